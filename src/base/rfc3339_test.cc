#include "base/rfc3339.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

TEST(Rfc3339, Formats) {
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339(1510258500125), "2017-11-09T20:15:00.125Z");
  EXPECT_EQ(FormatRfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<int64_t>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(Rfc3339, ParsesWhatItFormats) {
  for (const int64_t ms :
       {int64_t{0}, int64_t{-1}, int64_t{1510258500125}, int64_t{951782400000}}) {
    EXPECT_EQ(ParseRfc3339(FormatRfc3339(ms)), ms);
  }
  EXPECT_EQ(ParseRfc3339("2017-11-09T20:15:00Z"), 1510258500000);
  EXPECT_EQ(ParseRfc3339("2017-11-09T20:15:00.1259999Z"), 1510258500125);
}

TEST(Rfc3339, RefusesTheRest) {
  for (const char* text : {"", "2017", "2017-02-29T00:00:00Z", "2017-11-09T24:00:00Z",
                           "2017-11-09T20:15:00", "2017-11-09T20:15:00.Z", "2017-11-09 20:15:00Z",
                           "2017-11-09T20:15:00Zx", "-017-11-09T20:15:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace assay
