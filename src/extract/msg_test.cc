#include "extract/msg.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::string_view_literals::operator""sv;

// The two worked examples of [MS-OXRTFCP], section 3.1 and 3.2.
TEST(DecompressRtfTest, ReadsThePublishedExamples) {
  constexpr std::string_view kSimple =
      "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 "
      "bw\x05\xb0ld}"
      "\x0a\x80\x0f\xa0"sv;
  EXPECT_EQ(DecompressRtf(kSimple, 1000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  constexpr std::string_view kCrossing =
      "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4KQA\0\x04 WXYZ\x0dn}\x01\x0e\xb0"sv;
  EXPECT_EQ(DecompressRtf(kCrossing, 1000), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
}

TEST(DecompressRtfTest, StopsAtLimitsAndDamage) {
  constexpr std::string_view kStored = "\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0abc"sv;
  EXPECT_EQ(DecompressRtf(kStored, 1000), "abc");
  EXPECT_EQ(DecompressRtf(kStored, 2), "ab");
  EXPECT_EQ(DecompressRtf(kStored.substr(0, 15), 2), "");
  EXPECT_EQ(DecompressRtf("\x0f\0\0\0\x03\0\0\0XXXX\0\0\0\0abc"sv, 10), "");
}

TEST(FileTimeTest, IsWrittenInUtc) {
  EXPECT_EQ(FileTimeText(133594528890000000), "2024-05-06T07:08:09Z");
  EXPECT_EQ(FileTimeText(0), "");
  EXPECT_EQ(FileTimeText(~uint64_t{0}), "");
}

}  // namespace
}  // namespace assay
