#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(TerminalTest, HostileKeysCannotSteerTheTerminal) {
  EXPECT_EQ(PrintableText("plain/ключ 日本.txt"), "plain/ключ 日本.txt");
  EXPECT_EQ(PrintableText("a\nb\x1b[31mc"), "a\\nb\\x1b[31mc");
  EXPECT_EQ(PrintableText("\xff\xc0"), "\\xff\\xc0");
  EXPECT_EQ(PrintableText("a\xe2\x80\xae"
                          "b"),
            "a\\u{202e}b");  // right-to-left override
  EXPECT_EQ(PrintableText("\xc2\x9b"
                          "2J"),
            "\\u{9b}2J");  // C1 control sequence introducer
}

TEST(TerminalTest, WidthsAndCuts) {
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);
  EXPECT_EQ(Shorten("short", 10), "short");
  EXPECT_EQ(Shorten("abcdefghij", 5), "ab…ij");
  EXPECT_EQ(Shorten("日本日本日本日本", 7), "日…本");
  EXPECT_EQ(Shorten("abc", 0), "");
}

TEST(TerminalTest, PaintsOnlyWhenAsked) {
  EXPECT_EQ(Paint("x", Color::kRed, false), "x");
  EXPECT_EQ(Paint("x", Color::kRed, true), "\x1b[31mx\x1b[0m");
}

}  // namespace
}  // namespace assay
