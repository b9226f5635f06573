#include "cli/byte_size.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ByteSizeTest, ReadsSizes) {
  EXPECT_EQ(*ParseByteSize("0"), 0u);
  EXPECT_EQ(*ParseByteSize("4096"), 4096u);
  EXPECT_EQ(*ParseByteSize("64k"), 65536u);
  EXPECT_EQ(*ParseByteSize("20MB"), 20u << 20);
  EXPECT_EQ(*ParseByteSize("1.5GiB"), 1610612736u);
  EXPECT_EQ(*ParseByteSize("2 tb"), 2ull << 40);
}

TEST(ByteSizeTest, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "MB", "20MX", "-1", "1e3", "1.2.3", "20 M B", "99999999999TB", "0x10"}) {
    EXPECT_FALSE(ParseByteSize(bad).ok()) << bad;
  }
}

TEST(ByteSizeTest, WritesForPeople) {
  EXPECT_EQ(FormatByteSize(999), "999 B");
  EXPECT_EQ(FormatByteSize(1536), "1.5 KB");
  EXPECT_EQ(FormatByteSize((1 << 20) - 1), "1.0 MB");
  EXPECT_EQ(FormatByteSize(UINT64_MAX), "16.0 EB");
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatSeconds(0.84), "0.8 s");
  EXPECT_EQ(FormatSeconds(185), "3 min 05 s");
  EXPECT_EQ(FormatSeconds(7620), "2 h 07 min");
  EXPECT_EQ(FormatRate(500'000'000, 2), "0.250 GB/s");
  EXPECT_EQ(FormatRate(5, 0), "0.000 GB/s");
}

}  // namespace
}  // namespace assay
