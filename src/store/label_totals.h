// How many objects carry a label, from the counters: what a dashboard shows.
//
// Thread rule: free functions on a Transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/database.h"

namespace assay {

struct LabelTotal {
  std::string kind;  // as of LabelName: "outcome", "impact", "pii", "theme"
  std::string name;
  std::string detail;  // the outcome's reason
  uint32_t dlp_risk = 0;
  uint64_t objects = 0;
  uint64_t bytes_classified = 0;
};
// By kind, name, detail and risk; "" = of all accounts. Reads as many rows as there are buckets
// times labels times risks, however many objects there are.
Result<std::vector<LabelTotal>> TotalLabels(Transaction& tx, const std::string& account_id);

}  // namespace assay
