#include "classify/summary.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace assay {
namespace {

void CountPii(const Identifier& identifier, uint64_t count, PiiCounts* pii) {
  if (identifier.pii_type == "name") {
    pii->names += count;
  } else if (identifier.pii_type == "email") {
    pii->emails += count;
  } else if (identifier.pii_type == "credit_card") {
    pii->credit_cards += count;
  } else if (!identifier.pii_type.empty()) {
    pii->others += count;
  }
}

// One regex of Macie Classic's list may be made of several identifiers: their matches add up.
struct RegexTheme {
  uint64_t count = 0;
  uint32_t min_matches = 1;
  uint32_t risk = 0;
};

}  // namespace

PiiImpact ImpactOf(const PiiCounts& counts) {
  const uint64_t people = counts.names + counts.emails;
  const uint64_t rest = counts.credit_cards + counts.others;
  if (people + rest == 0) return PiiImpact::kNone;
  if (counts.names > 0 && counts.credit_cards > 0) return PiiImpact::kHigh;
  const bool with_other = rest > 0 || (counts.names > 0 && counts.emails > 0);
  if (with_other && people >= 50) return PiiImpact::kHigh;
  if (with_other && people >= 5) return PiiImpact::kModerate;
  return PiiImpact::kLow;
}

void Summarise(const std::vector<Identifier>& identifiers, const std::vector<Theme>& themes,
               const std::vector<uint64_t>& counts, const std::vector<ThemeHit>& hits,
               Classification* result) {
  PiiCounts pii;
  std::set<std::string> pii_types;
  std::map<std::string, RegexTheme> regexes;
  result->regex_risk = 0;
  for (size_t i = 0; i < identifiers.size() && i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const Identifier& identifier = identifiers[i];
    CountPii(identifier, counts[i], &pii);
    if (!identifier.pii_type.empty()) pii_types.insert(identifier.pii_type);
    if (identifier.classic_regex.empty()) {
      // A PII artifact has an impact, not a risk (Macie Classic user guide, "Classify objects").
      if (identifier.pii_type.empty() && counts[i] >= identifier.min_matches) {
        result->regex_risk = std::max(result->regex_risk, identifier.risk);
      }
      continue;
    }
    RegexTheme& theme = regexes[identifier.classic_regex];
    theme.count += counts[i];
    theme.min_matches = std::max(theme.min_matches, identifier.min_matches);
    theme.risk = std::max(theme.risk, identifier.risk);
  }
  for (const auto& [name, theme] : regexes) {
    if (theme.count < theme.min_matches) continue;
    result->regex_themes.push_back(name);
    result->regex_risk = std::max(result->regex_risk, theme.risk);
  }
  std::set<std::string> names;
  for (const ThemeHit& hit : hits) {
    names.insert(themes[hit.theme].name);
    result->theme_risk = std::max(result->theme_risk, themes[hit.theme].risk);
  }
  result->keyword_themes.assign(names.begin(), names.end());
  names.insert(result->regex_themes.begin(), result->regex_themes.end());
  result->themes.assign(names.begin(), names.end());
  result->pii_types.assign(pii_types.begin(), pii_types.end());
  result->pii_impact = ImpactOf(pii);
}

}  // namespace assay
