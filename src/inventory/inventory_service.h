// InventoryService: snapshots of buckets (at most 48 hours old for selected ones, C5), estimates,
// and bucket properties with their exposure.
//
// Thread rule: all methods may be called by several threads at once; two that want a snapshot of
// the same bucket share one listing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "store/bucket_rows.h"
#include "store/database.h"

namespace assay {

struct InventoryOptions {
  int64_t max_snapshot_age_ms = int64_t{48} * 3600 * 1000;
  int64_t price_per_gb_hundredth_cents = 50'000;  // 5.00 USD
  uint32_t parallel_listings = 4;                 // prefixes of one bucket listed at once
  std::string classifier_program{};               // path of assay-classifier; "" = beside this one
};

// One line of the estimate table (C2-C5).
struct BucketEstimate {
  SnapshotRow snapshot;
  int64_t total_cost_cents = 0;
};

struct ListedBucket {
  BucketInfo info;  // region filled in
  std::optional<SnapshotRow> snapshot;
  std::string problem;  // why it cannot be selected; its region is not known then; "" = it can
};

class InventoryService {
 public:
  // All must outlive the service. `cancel` ends listings that are under way.
  InventoryService(Database* database, AccountAccess* access, InventoryOptions options,
                   const std::atomic<bool>* cancel);
  ~InventoryService();

  // Buckets of an account in a region, by name, and those whose region the store does not tell.
  // Snapshots that are too old (C5) are left out.
  Result<std::vector<ListedBucket>> ListBuckets(const std::string& account_id,
                                                const std::string& region);
  // The snapshot, taken now when there is none or it is older than `max_age_ms` (0 = as the
  // options say): from an S3 Inventory report that is recent enough, else by listing. A listing
  // that failed goes on where it stopped when it is asked for again within an hour. by_encryption
  // of a listing is what the bucket does to new objects ("default:aws:kms") or "unknown": listings
  // do not tell; "none" for directories. `on_progress` gets the number of objects listed so far;
  // may be empty.
  Result<SnapshotRow> Snapshot(const std::string& account_id, const std::string& bucket,
                               int64_t max_age_ms,
                               const std::function<void(uint64_t)>& on_progress);
  // Names one level below `prefix` that come after `after`, as ObjectStore::ListLevel gives them.
  Result<LevelPage> ListLevel(const std::string& account_id, const std::string& bucket,
                              const std::string& prefix, const std::string& after,
                              uint32_t max_names);
  // Of the whole buckets that hold the given resources, each bucket once (C4).
  Result<std::vector<BucketEstimate>> Estimate(const std::string& account_id,
                                               const std::vector<std::string>& buckets);
  // Reads ACL, policy, public access block, location, logging, tagging, versioning, website and
  // encryption (bucket_properties.h) and stores them with the world readability and writability
  // they add up to.
  Result<BucketPropertiesRow> CrawlBucketProperties(const std::string& account_id,
                                                    const std::string& bucket);
  // Takes snapshots and properties of selected buckets that are due (three quarters of the greatest
  // age); called now and then. Goes on after a failure, which is tried again after 15 minutes, and
  // returns the first.
  Status RefreshSelected();

 private:
  Status RefreshBucket(const std::string& account_id, const std::string& bucket);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
