#include "extract/mime.h"

#include <gtest/gtest.h>

#include "extract/charset.h"

namespace assay {
namespace {

TEST(MimeTest, UnfoldsHeaderFieldsAndFindsTheBody) {
  const MimeEntity entity = ParseEntity("Subject: one\r\n two\r\nX: y\r\n\r\nbody\r\n");
  EXPECT_EQ(entity.Find("subject"), "one two");
  EXPECT_EQ(entity.Find("X"), "y");
  EXPECT_EQ(entity.Find("absent"), "");
  EXPECT_EQ(entity.body, "body\r\n");
}

TEST(MimeTest, AHeaderEndsAtALineThatIsNoField) {
  EXPECT_EQ(ParseEntity("A: b\nnot a field\n").body, "not a field\n");
}

TEST(MimeTest, DecodesEncodedWords) {
  // Examples of RFC 2047, section 8.
  EXPECT_EQ(DecodeHeaderText("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), "ab");
  EXPECT_EQ(DecodeHeaderText("(=?ISO-8859-1?Q?a?= b)"), "(a b)");
  EXPECT_EQ(DecodeHeaderText("=?ISO-8859-1?Q?a_b?="), "a b");
  EXPECT_EQ(DecodeHeaderText("=?utf-8?B?R3LDvMOfZQ==?= x"), "Gr\u00fc\u00dfe x");
  EXPECT_EQ(DecodeHeaderText("=?koi8-r?Q?=ED?="), "\u041c");
  EXPECT_EQ(DecodeHeaderText("=?broken"), "=?broken");
  EXPECT_EQ(DecodeHeaderText("=?a?Q"), "=?a?Q");
}

TEST(MimeTest, JoinsSplitParameters) {
  // RFC 2231, section 4.1.
  const MimeValue value = ParseMimeValue(
      "Application/X-Stuff; title*0*=us-ascii'en'This%20is%20even%20more%20;"
      " title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"; plain=\"a\\\"b;c\"");
  EXPECT_EQ(value.value, "application/x-stuff");
  EXPECT_EQ(value.Find("title"), "This is even more ***fun*** isn't it!");
  EXPECT_EQ(value.Find("plain"), "a\"b;c");
  EXPECT_EQ(ParseMimeValue("attachment; filename*=UTF-8''l%C3%B6hne.csv").Find("filename"),
            "l\u00f6hne.csv");
}

TEST(MimeTest, DecodesTransferEncodings) {
  EXPECT_EQ(DecodeTransfer("a=3Db=\r\nc =E4", " Quoted-Printable "), "a=bc \xE4");
  EXPECT_EQ(DecodeTransfer("SGVs\r\nbG8=", "base64"), "Hello");
  EXPECT_EQ(DecodeTransfer("as it is", "8bit"), "as it is");
  EXPECT_EQ(DecodeTransfer("=", "quoted-printable"), "");
}

TEST(MimeTest, SplitsMultiparts) {
  const auto parts =
      SplitMultipart("preamble\n--b\r\none\r\n--b \r\ntwo\n--bc\n--b--\nepilogue", "b", 10);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0], "one");
  EXPECT_EQ(parts[1], "two\n--bc");
  EXPECT_EQ(SplitMultipart("--b\ncut off", "b", 10).size(), 1u);
  EXPECT_EQ(SplitMultipart("--b\n--b\n--b\n--b\n", "b", 2).size(), 2u);
  EXPECT_TRUE(SplitMultipart("text", "", 10).empty());
}

TEST(CharsetTest, ReadsWhatMailDeclares) {
  EXPECT_EQ(DecodeCharset("\xAE", "iso-8859-2"), "\u017d");
  EXPECT_EQ(DecodeCharset("\x93\xFA", "Shift_JIS"), "\u65e5");
  EXPECT_EQ(DecodeCharset("\x80", "iso-8859-1"), "\u20ac");  // in truth windows-1252
  EXPECT_EQ(DecodeCharset("\xC3\xA4", "no-such-set"), "\u00e4");
  EXPECT_EQ(CodePageCharset(1251), "windows-1251");
  EXPECT_NE(CodePageCharset(932), "");
  EXPECT_EQ(CodePageCharset(4711), "");
}

}  // namespace
}  // namespace assay
