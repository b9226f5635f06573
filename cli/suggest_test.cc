#include "cli/suggest.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(SuggestTest, FindsTheNearestWord) {
  const std::vector<std::string> words = {"--format", "--output", "--min-risk",
                                          "--max-object-size"};
  EXPECT_EQ(NearestWord("--fromat", words), "--format");
  EXPECT_EQ(NearestWord("--ouput", words), "--output");
  EXPECT_EQ(NearestWord("--MIN-RISK", words), "--min-risk");
  EXPECT_EQ(NearestWord("--max-object", words), "--max-object-size");
  EXPECT_EQ(NearestWord("--xyzzyxyzzy", words), "");
  EXPECT_EQ(NearestWord(std::string(100000, 'x'), words), "");
}

}  // namespace
}  // namespace assay
