#include "classify/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PiiImpact, FollowsTheRows) {
  EXPECT_EQ(ImpactOf({}), PiiImpact::kNone);
  EXPECT_EQ(ImpactOf({.names = 1, .credit_cards = 1}), PiiImpact::kHigh);
  EXPECT_EQ(ImpactOf({.emails = 1, .credit_cards = 1}), PiiImpact::kLow);
  EXPECT_EQ(ImpactOf({.names = 50, .others = 1}), PiiImpact::kHigh);
  EXPECT_EQ(ImpactOf({.names = 25, .emails = 25}), PiiImpact::kHigh);
  EXPECT_EQ(ImpactOf({.emails = 49, .others = 3}), PiiImpact::kModerate);
  EXPECT_EQ(ImpactOf({.emails = 5, .others = 1}), PiiImpact::kModerate);
  EXPECT_EQ(ImpactOf({.emails = 4, .others = 100}), PiiImpact::kLow);
  EXPECT_EQ(ImpactOf({.credit_cards = 100'000}), PiiImpact::kLow);
  EXPECT_EQ(ImpactOf({.emails = 100'000}), PiiImpact::kLow);
}

Identifier Make(const std::string& classic, const std::string& pii, uint32_t least, uint32_t risk) {
  Identifier identifier;
  identifier.classic_regex = classic;
  identifier.pii_type = pii;
  identifier.min_matches = least;
  identifier.risk = risk;
  return identifier;
}

TEST(Summary, IdentifiersOfOneRegexAddUp) {
  const std::vector<Identifier> identifiers = {
      Make("Routing Numbers", "", 10, 3), Make("Routing Numbers", "", 10, 3),
      Make("", "ssn", 5, 10), Make("Keys", "", 1, 8), Make("", "", 5, 9)};
  Classification below;
  Summarise(identifiers, {}, {5, 4, 4, 0, 4}, {}, &below);
  EXPECT_THAT(below.regex_themes, IsEmpty());
  EXPECT_EQ(below.regex_risk, 0u);
  EXPECT_THAT(below.pii_types, ElementsAre("ssn"));
  Classification above;
  Summarise(identifiers, {}, {5, 5, 5, 1, 5}, {}, &above);
  EXPECT_THAT(above.regex_themes, ElementsAre("Keys", "Routing Numbers"));
  EXPECT_EQ(above.regex_risk, 9u);  // of the last: SSNs have an impact, not a risk
}

TEST(Summary, ThemesOfBothKinds) {
  Theme theme;
  theme.name = "Audit Keywords";
  theme.risk = 2;
  Classification result;
  Summarise({Make("Keys", "", 1, 8)}, {theme}, {1}, {{0, 3}}, &result);
  EXPECT_THAT(result.keyword_themes, ElementsAre("Audit Keywords"));
  EXPECT_THAT(result.themes, ElementsAre("Audit Keywords", "Keys"));
  EXPECT_EQ(result.theme_risk, 2u);
}

}  // namespace
}  // namespace assay
