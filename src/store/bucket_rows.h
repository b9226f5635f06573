// Snapshots of buckets' contents (rules C2-C5) and the properties of index "S3 bucket properties".
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"

namespace assay {

struct SizeByName {
  std::string name;  // storage class or kind of encryption
  uint64_t objects = 0;
  uint64_t bytes = 0;
};

struct SnapshotRow {
  std::string account_id;
  std::string region;
  std::string bucket;
  int64_t taken_at_ms = 0;  // when the listing began
  int64_t finished_at_ms = 0;
  uint64_t object_count = 0;
  // Exact to beyond 2^63 (C6): sums that could grow larger are refused, not wrapped.
  uint64_t total_size = 0;       // bytes (C2)
  uint64_t total_processed = 0;  // bytes (C3)
  std::vector<SizeByName> by_storage_class;
  std::vector<SizeByName> by_encryption;  // "AES256", "aws:kms", "none", "unknown" ...
  int64_t oldest_modified_ms = 0;         // 0 = no object
  int64_t newest_modified_ms = 0;
  std::string source;  // "listing" or "inventory"
};
Status PutSnapshot(Transaction& tx, const SnapshotRow& snapshot);
Result<std::optional<SnapshotRow>> GetSnapshot(Transaction& tx, const std::string& account_id,
                                               const std::string& bucket);
// "" account = all.
Result<std::vector<SnapshotRow>> ListSnapshots(Transaction& tx, const std::string& account_id);

struct BucketPropertiesRow {
  std::string account_id;
  std::string region;
  std::string bucket;
  int64_t crawled_at_ms = 0;
  std::string world_readability;  // "true", "false", "unknown"
  std::string world_writability;
  std::string properties;  // JSON object with the members of index "S3 bucket properties"
};
Status PutBucketProperties(Transaction& tx, const BucketPropertiesRow& row);
Result<std::optional<BucketPropertiesRow>> GetBucketProperties(Transaction& tx,
                                                               const std::string& account_id,
                                                               const std::string& bucket);
Result<std::vector<BucketPropertiesRow>> ListBucketProperties(Transaction& tx,
                                                              const std::string& account_id);

}  // namespace assay
