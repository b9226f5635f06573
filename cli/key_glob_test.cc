#include "cli/key_glob.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace assay {
namespace {

TEST(KeyGlobTest, StarsAndSlashes) {
  EXPECT_TRUE(GlobMatches("*.csv", "a.csv"));
  EXPECT_FALSE(GlobMatches("*.csv", "x/a.csv"));
  EXPECT_TRUE(GlobMatches("**.csv", "x/y/a.csv"));
  EXPECT_TRUE(GlobMatches("x/**", "x/y/z"));
  EXPECT_FALSE(GlobMatches("x/**", "y/x/z"));
  EXPECT_TRUE(GlobMatches("**/z", "z"));
  EXPECT_TRUE(GlobMatches("**/z", "x/y/z"));
  EXPECT_FALSE(GlobMatches("**/z", "xz"));
  EXPECT_TRUE(GlobMatches("a/**/z", "a/z"));
  EXPECT_TRUE(GlobMatches("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(GlobMatches("a*b*c", "aXbYbZc"));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_FALSE(GlobMatches("?", ""));
}

TEST(KeyGlobTest, SetsQuestionMarksAndEscapes) {
  EXPECT_TRUE(GlobMatches("log-[0-9]?.txt", "log-1a.txt"));
  EXPECT_FALSE(GlobMatches("log-[!0-9].txt", "log-1.txt"));
  EXPECT_TRUE(GlobMatches("[]a]", "]"));
  EXPECT_TRUE(GlobMatches("[x", "[x"));
  EXPECT_TRUE(GlobMatches("\\*", "*"));
  EXPECT_FALSE(GlobMatches("\\*", "x"));
  EXPECT_FALSE(GlobMatches("a?b", "a/b"));
}

TEST(KeyGlobTest, AnyBytes) { EXPECT_TRUE(GlobMatches("a*b", std::string("a\xff\0\nb", 5))); }

TEST(KeyGlobTest, HostilePatternsStayQuick) {
  std::string glob;
  for (int i = 0; i < 60; ++i) glob += "*a";
  // Processor time: what else the machine does must not count.
  const std::clock_t begin = std::clock();
  EXPECT_FALSE(GlobMatches(glob + "b", std::string(1024, 'a')));
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC);
}

TEST(KeyGlobTest, FilterTakesNamesOrWholeKeys) {
  const KeyFilter filter({"*.csv", "hr/**"}, {"tmp/**", "secret.*"});
  EXPECT_TRUE(filter.Wants("x/y/a.csv"));
  EXPECT_TRUE(filter.Wants("hr/a.pdf"));
  EXPECT_FALSE(filter.Wants("x/a.pdf"));
  EXPECT_FALSE(filter.Wants("tmp/a.csv"));
  EXPECT_FALSE(filter.Wants("hr/secret.csv"));
  EXPECT_TRUE(KeyFilter().Wants("anything"));
}

}  // namespace
}  // namespace assay
