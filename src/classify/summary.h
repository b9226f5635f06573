// What follows from the detections of an object: PII types and impact, regex themes, risks.
#pragma once

#include <cstdint>
#include <vector>

#include "classify/classification.h"
#include "detect/identifier.h"
#include "detect/scanner.h"

namespace assay {

// Detections per PII artifact of Macie Classic.
struct PiiCounts {
  uint64_t names = 0;
  uint64_t emails = 0;
  uint64_t credit_cards = 0;
  uint64_t others = 0;  // addresses, IP addresses, licences, SSNs, birth dates
};
// Impact as in Macie Classic's guide. `n` counts names and emails together; "with other PII" means
// any artifact of another kind, a name beside an email included:
//   high      a name and a card; or n >= 50 with other PII
//   moderate  n >= 5 with other PII (at exactly 5 Classic's rows overlap: the higher wins)
//   low       any PII else
PiiImpact ImpactOf(const PiiCounts& counts);

// Fills pii_types, pii_impact, regex_themes, keyword_themes, themes, theme_risk and regex_risk of
// *result. counts[i]: how often identifiers[i] was found. REQUIRES: hits index `themes`.
void Summarise(const std::vector<Identifier>& identifiers, const std::vector<Theme>& themes,
               const std::vector<uint64_t>& counts, const std::vector<ThemeHit>& hits,
               Classification* result);

}  // namespace assay
