// How many objects carry a label, from the counters: what a dashboard shows.
//
// Thread rule: free functions on a Transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/database.h"

namespace assay {

struct LabelTotal {
  std::string kind;  // as of LabelName: "outcome", "impact", "pii", "theme", "acl"
  std::string name;
  std::string detail;  // the outcome's reason
  uint32_t dlp_risk = 0;
  uint64_t objects = 0;
  uint64_t bytes_classified = 0;
};
// By kind, name, detail and risk; "" = of all accounts. Reads as many rows as there are buckets
// times labels times risks, however many objects there are.
Result<std::vector<LabelTotal>> TotalLabels(Transaction& tx, const std::string& account_id);

// Objects of at least this risk by account and bucket; "" = of all accounts.
Result<std::map<std::pair<std::string, std::string>, uint64_t>> CountRiskyByBucket(
    Transaction& tx, const std::string& account_id, uint32_t min_risk);

}  // namespace assay
