// Every managed identifier's and theme's examples, through the real path.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "detect/test_piece.h"

namespace assay {
namespace {

std::shared_ptr<const Ruleset> Managed() {
  RulesetOptions options;
  auto ruleset = Ruleset::Load(options);
  EXPECT_TRUE(ruleset.ok()) << ruleset.status().message();
  return *ruleset;
}

// What `identifier` finds in `text`.
std::vector<std::string> Found(Scanner& scanner, uint32_t identifier, const std::string& text) {
  std::vector<std::string> found;
  for (const Detection& detection : ScanText(scanner, text)) {
    if (detection.identifier == identifier) {
      found.push_back(text.substr(detection.begin, detection.end - detection.begin));
    }
  }
  return found;
}

TEST(ExamplesTest, IdentifiersFindTheirPositiveAndNotTheirNegativeExamples) {
  const auto ruleset = Managed();
  Scanner scanner(ruleset);
  const auto with_examples = ManagedIdentifiers();
  ASSERT_TRUE(with_examples.ok()) << with_examples.status().message();
  ASSERT_EQ(with_examples->size(), ruleset->identifiers().size());
  ASSERT_GE(with_examples->size(), 67u);
  for (uint32_t i = 0; i < with_examples->size(); ++i) {
    const Identifier& id = (*with_examples)[i];
    ASSERT_EQ(id.id, ruleset->identifiers()[i].id);
    EXPECT_GE(id.positive.size(), 5u) << id.id << " needs at least 5 positive examples";
    EXPECT_GE(id.negative.size(), 5u) << id.id << " needs at least 5 negative examples";
    for (const IdentifierExample& example : id.positive) {
      const auto found = Found(scanner, i, example.text);
      EXPECT_FALSE(found.empty()) << id.id << " misses: " << example.text;
      if (example.match.empty() || found.empty()) continue;
      EXPECT_NE(std::find(found.begin(), found.end(), example.match), found.end())
          << id.id << " finds '" << found[0] << "' and not '" << example.match
          << "' in: " << example.text;
    }
    for (const IdentifierExample& example : id.negative) {
      const auto found = Found(scanner, i, example.text);
      EXPECT_TRUE(found.empty()) << id.id << " wrongly finds '" << (found.empty() ? "" : found[0])
                                 << "' in: " << example.text;
    }
  }
}

TEST(ExamplesTest, ThemesFindTheirPositiveAndNotTheirNegativeExamples) {
  const auto ruleset = Managed();
  Scanner scanner(ruleset);
  const auto with_examples = ManagedThemes();
  ASSERT_TRUE(with_examples.ok()) << with_examples.status().message();
  ASSERT_EQ(with_examples->size(), ruleset->themes().size());
  for (uint32_t i = 0; i < with_examples->size(); ++i) {
    const Theme& theme = (*with_examples)[i];
    EXPECT_GE(theme.positive.size(), 5u) << theme.name;
    EXPECT_GE(theme.negative.size(), 5u) << theme.name;
    const auto has = [&](const std::string& text) {
      ScanText(scanner, text);
      const auto hits = scanner.Themes();
      return std::any_of(hits.begin(), hits.end(), [i](const auto& hit) { return hit.theme == i; });
    };
    for (const auto& example : theme.positive) {
      EXPECT_TRUE(has(example.text)) << theme.name << " misses: " << example.text;
    }
    for (const auto& example : theme.negative) {
      EXPECT_FALSE(has(example.text)) << theme.name << " wrongly in: " << example.text;
    }
  }
}

}  // namespace
}  // namespace assay
