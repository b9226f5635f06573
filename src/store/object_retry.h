// Trying again what could not be classified, many objects at a time.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "store/database.h"

namespace assay {

struct RetryFilter {
  std::string account_id;  // "" = of all accounts
  std::string bucket;      // "" = of all buckets
  std::string reason;      // of the outcome
};

// Where a run over the objects of a filter stands: behind this entry.
struct RetryPosition {
  int64_t dlp_risk = -1;
  int64_t classified_at_ms = 0;
  int64_t object_id = 0;
};

struct RetryStep {
  uint64_t objects = 0;    // that will be tried again
  RetryPosition position;  // for the next step
  bool more = false;       // there may be further objects
};

// Makes at most `limit` objects that have this outcome, and are still monitored, due at once,
// however often they failed: an event for each. The outcome stays to be seen until there is a new
// one, and with it what was charged.
Result<RetryStep> RetryObjects(Transaction& tx, const RetryFilter& filter,
                               const RetryPosition& position, uint32_t limit, int64_t now_ms);

}  // namespace assay
