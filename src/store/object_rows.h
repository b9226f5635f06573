// What became of each object: one row per (account, bucket, key), and counters that are kept in the
// same transaction so that no dashboard has to count rows.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace assay {

// The row's own columns are those that queries filter and sort by; `record` is the JSON of what
// else there is to say (JsonMembers::kRecord in classify/classification.h) and `detections` what
// was found: bytes of classify/codec.h. jobs/object_record.h makes a Classification of all of it;
// this folder never looks into either.
struct ObjectRow {
  std::string account_id;
  std::string bucket;
  std::string key;  // bytes
  std::string etag;
  std::string version_id;
  int64_t size = 0;
  int64_t last_modified_ms = 0;
  std::string outcome;  // "classified", "skipped", "failed"
  std::string reason;   // "" for classified
  bool retryable = false;
  uint32_t dlp_risk = 0;   // 0-10
  std::string pii_impact;  // "none", "low", "moderate", "high"
  std::vector<std::string> pii_types;
  std::vector<std::string> themes;
  std::string server_encryption;
  std::string sse_kms_key_id;
  bool world_readable = false;  // by an ACL of its own
  int64_t bytes_classified = 0;
  // What the classification of this version was charged with (C3 sizes); 0 when it was not
  // classified.
  int64_t charged_bytes = 0;
  int64_t classified_at_ms = 0;  // when the outcome was recorded
  uint32_t attempts = 0;         // failures in a row, for retryable ones
  int64_t not_before_ms = 0;     // retryable: not tried earlier
  std::string record;            // JSON
  std::string detections;        // bytes
};

// What decides whether a listed object has been dealt with.
struct ObjectMark {
  std::string key;
  std::string etag;
  std::string version_id;
  std::string outcome;
  bool retryable = false;
  uint32_t attempts = 0;
  int64_t not_before_ms = 0;
  int64_t charged_bytes = 0;
};

// Marks of the bucket's objects with first_key <= key <= last_key, in byte order, the first `limit`
// of them; 0 = all.
Result<std::vector<ObjectMark>> ListObjectMarks(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket,
                                                const std::string& first_key,
                                                const std::string& last_key, uint32_t limit);
// Marks of those of `keys` (in ascending order) that are recorded, in that order. However many
// other keys lie between them, few are read.
Result<std::vector<ObjectMark>> GetObjectMarks(Transaction& tx, const std::string& account_id,
                                               const std::string& bucket,
                                               const std::vector<std::string>& keys);
Result<std::optional<ObjectMark>> GetObjectMark(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket, const std::string& key);
// Inserts or replaces rows and brings the counters up to date. The quota is charged by the caller,
// with ChargeQuota, in the same transaction.
Status PutObjects(Transaction& tx, std::span<const ObjectRow* const> objects);
Status PutObjects(Transaction& tx, const std::vector<ObjectRow>& objects);
// Removes rows of objects that are gone; counters follow. Returns how many there were.
Result<uint64_t> DeleteObjects(Transaction& tx, const std::string& account_id,
                               const std::string& bucket, const std::vector<std::string>& keys);
// Removes at most `limit` objects recorded before `before_ms` that no resource monitors any more,
// and of those still monitored none (R6). Returns how many.
Result<uint64_t> PruneObjects(Transaction& tx, int64_t before_ms, uint32_t limit);

// A condition on the record, which this folder does not look into.
struct RecordCondition {
  std::string text;  // names it, in tokens: conditions with one text are one condition; "" = none
  std::function<bool(std::string_view key, std::string_view record)> accepts;
};

// Empty members ask for nothing. Account, bucket, prefix, key, outcome, reason, risk, PII, theme,
// time and world_readable are read from indexes; the others are tried on one object after the
// other, a bounded number for each page.
struct ObjectFilter {
  std::string account_id;
  std::string bucket;
  std::string prefix;        // bytes; needs bucket
  std::string key;           // bytes; exactly this
  std::string first_prefix;  // bytes; what the key has before its first '/'
  std::string outcome;
  std::string reason;
  std::optional<uint32_t> min_risk;
  std::optional<uint32_t> max_risk;
  std::string pii_type;
  std::string pii_impact;
  std::string theme;
  std::optional<int64_t> since_ms;  // classified_at_ms >=
  std::optional<int64_t> until_ms;  // classified_at_ms <
  bool world_readable = false;      // only those that are, by an ACL of their own
  std::string etag;                 // bytes
  std::optional<int64_t> min_size;
  std::optional<int64_t> max_size;
  std::optional<int64_t> modified_since_ms;  // last_modified_ms >=
  std::optional<int64_t> modified_until_ms;  // last_modified_ms <
  std::string server_encryption;             // "none" = none is known of
  std::string sse_kms_key_id;
  RecordCondition record;
};
enum class ObjectOrder {
  kRisk,  // highest dlp_risk first, then newest
  kTime,  // newest first
  kKey,   // account, bucket, key ascending
};
// Whether rows are read with what may be a thousand times as long as the rest.
enum class ObjectParts { kAll, kWithoutDetections };
struct ObjectPage {
  std::vector<ObjectRow> objects;
  std::string next;  // opaque keyset token; "" at the end
};
// At most `limit` rows (1-1000) after `token` ("" = from the start). kInvalidArgument: a token of
// another query, or no token at all. Indexed, no OFFSET: within 100 ms at ten million rows. When a
// filter finds little among much, a page may be short, even empty, and still have a `next`: it ends
// where a bounded amount of work does, and only "" is the end.
Result<ObjectPage> ListObjects(Transaction& tx, const ObjectFilter& filter, ObjectOrder order,
                               const std::string& token, uint32_t limit,
                               ObjectParts parts = ObjectParts::kAll);
Result<std::optional<ObjectRow>> GetObject(Transaction& tx, const std::string& account_id,
                                           const std::string& bucket, const std::string& key);

// Objects and bytes by outcome and reason, of one account and bucket.
struct OutcomeCount {
  std::string account_id;
  std::string bucket;
  std::string outcome;
  std::string reason;
  uint64_t objects = 0;
  uint64_t bytes_classified = 0;
  uint64_t high_risk = 0;  // dlp_risk 8-10
};
// "" account or bucket = all of them, each in entries of its own.
Result<std::vector<OutcomeCount>> CountOutcomes(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket);

}  // namespace assay
