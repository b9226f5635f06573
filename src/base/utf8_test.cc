#include "base/utf8.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Utf8, WellFormedAndNot) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain text, longer than one word"));
  EXPECT_TRUE(IsValidUtf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  EXPECT_FALSE(IsValidUtf8("\xc0\x80"));          // overlong NUL
  EXPECT_FALSE(IsValidUtf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(IsValidUtf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsValidUtf8("12345678\xff"));
  EXPECT_FALSE(IsValidUtf8("\xe2\x82"));  // cut
}

TEST(Utf8, ReplacesWhatIsNotText) {
  EXPECT_EQ(ToValidUtf8("a\xff"
                        "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(PercentEncoding, RoundTripsAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  all += "%41 caf\xc3\xa9";
  const std::string encoded = PercentEncodeInvalid(all);
  EXPECT_TRUE(IsValidUtf8(encoded));
  EXPECT_EQ(PercentDecode(encoded), all);
  EXPECT_EQ(PercentDecode("50% of%zz%4"), "50% of%zz%4");
  EXPECT_EQ(PercentDecode("%41"), "A");
}

}  // namespace
}  // namespace assay
