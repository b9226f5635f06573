// What was recorded of an object before, and how much was recorded on each day. Both are written in
// the transactions that write objects (object_rows.h).
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/object_labels.h"
#include "store/object_rows.h"

namespace assay {

// Earlier outcomes that are kept of one object.
inline constexpr uint32_t kHistoryPerObject = 10;

struct ObjectHistoryRow {
  std::string etag;
  std::string version_id;
  int64_t size = 0;
  uint32_t dlp_risk = 0;
  std::string pii_impact;
  int64_t classified_at_ms = 0;
  std::string outcome;
  std::string reason;
};
// The newest first.
Result<std::vector<ObjectHistoryRow>> ListObjectHistory(Transaction& tx,
                                                        const std::string& account_id,
                                                        const std::string& bucket,
                                                        const std::string& key);

// Keeps what is recorded of these objects of a bucket now, before it is replaced. RemoveIndexed
// (object_labels.h) removes it with its object.
Status KeepObjectHistory(Transaction& tx, int64_t bucket_id,
                         const std::vector<IndexedObject>& replaced);

struct DayCount {
  int64_t day = 0;  // days since the Unix epoch, UTC
  uint64_t objects = 0;
  uint64_t bytes_classified = 0;
};
// Counts the recording of these objects.
Status CountDays(Transaction& tx, const std::vector<const ObjectRow*>& objects);
// Days from `first_day` on, in order; "" = of all accounts.
Result<std::vector<DayCount>> ListDays(Transaction& tx, const std::string& account_id,
                                       int64_t first_day);

}  // namespace assay
