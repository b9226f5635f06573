#include "inventory/inventory_service.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "aws/aws_time.h"
#include "aws/s3_control.h"
#include "inventory/bucket_listing.h"
#include "inventory/bucket_properties.h"
#include "inventory/estimate.h"
#include "inventory/inventory_report.h"
#include "store/account_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

using BucketId = std::pair<std::string, std::string>;  // account, bucket

// A listing that failed goes on within this time; later it would mix two states of the bucket.
constexpr int64_t kResumeWithinMs = int64_t{3600} * 1000;
constexpr size_t kMaxPaused = 64;
// Snapshots of selected buckets are renewed well before they are too old.
constexpr int64_t kRenewNumerator = 3;
constexpr int64_t kRenewDenominator = 4;
// What failed is left alone for a while.
constexpr int64_t kRetryAfterMs = int64_t{15} * 60 * 1000;
constexpr size_t kParallelCalls = 4;
// Behind every key that people give to an object in a folder: no UTF-8 has these bytes.
constexpr const char* kLastInFolder = "\xff\xff\xff\xff";
constexpr std::chrono::milliseconds kProgressInterval{200};

// Calls `work(i)` for all i below `count`, several at once; the first error by index.
template <typename Work>
Status ForEachAtOnce(size_t count, Work work) {
  std::vector<Status> results(count);
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) results[i] = work(i);
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, kParallelCalls); ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  for (const Status& result : results) ASSAY_RETURN_IF_ERROR(result);
  return Status::Ok();
}

// A level of a store that lists keys only: reads the first key behind each name and leaps over what
// begins like it.
Result<LevelPage> LevelByLeaps(ObjectStore* store, const std::string& bucket,
                               const std::string& prefix, const std::string& after,
                               uint32_t max_names) {
  const auto behind = [&](const std::string& name) {
    return store->ContinuationAfter(bucket, name.ends_with('/') ? name + kLastInFolder : name);
  };
  LevelPage page;
  std::string continuation = after.empty() ? "" : behind(after);
  if (!after.empty() && continuation.empty()) return page;
  for (;;) {
    ASSAY_ASSIGN_OR_RETURN(const ListPage keys, store->List(bucket, prefix, continuation, 1));
    if (keys.objects.empty()) return page;
    const std::string& key = keys.objects.front().key;
    const size_t slash = key.find('/', prefix.size());
    std::string name = slash == std::string::npos ? key : key.substr(0, slash + 1);
    if (page.names.size() == max_names) {
      page.more = true;
      return page;
    }
    continuation = behind(name);
    page.names.push_back(std::move(name));
    if (continuation.empty()) return page;
  }
}

}  // namespace

struct InventoryService::Impl {
  Impl(Database* rows, AccountAccess* accounts, InventoryOptions settings,
       const std::atomic<bool>* stop)
      : database(rows), access(accounts), options(settings), cancel(stop) {}

  // A snapshot that is being taken, for all who wait for it.
  struct Flight {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    Status status;
    SnapshotRow row;
    std::atomic<uint64_t> listed{0};
  };
  struct Paused {
    std::shared_ptr<BucketListing> listing;
    int64_t started_ms = 0;
  };
  // An account's bucket, and how it is reached.
  struct Place {
    std::string account_id;
    std::string bucket;
    std::string region;
    std::string role_arn;
    std::shared_ptr<ObjectStore> store;
  };

  Result<std::string> ServiceRole(const std::string& account_id);
  Result<Place> Open(const std::string& account_id, const std::string& bucket);
  Result<std::optional<SnapshotRow>> Kept(const std::string& account_id, const std::string& bucket,
                                          int64_t max_age_ms);
  Result<SnapshotRow> Snapshot(const std::string& account_id, const std::string& bucket,
                               int64_t max_age_ms, const std::function<void(uint64_t)>& progress);
  Result<SnapshotRow> Wait(Flight* flight, const std::function<void(uint64_t)>& progress);
  Result<SnapshotRow> Take(const BucketId& id, int64_t max_age_ms, Flight* flight,
                           const std::function<void(uint64_t)>& progress);
  BucketDocument<PublicAccessBlock> AccountBlock(const Place& place);
  std::optional<SnapshotRow> FromReport(const Place& place, int64_t max_age_ms,
                                        const std::function<void(uint64_t)>& progress);
  Result<SnapshotRow> FromListing(const Place& place,
                                  const std::function<void(uint64_t)>& progress);
  Status RunWithProgress(BucketListing* listing, ObjectStore* store,
                         const std::function<void(uint64_t)>& progress);
  Paused TakePaused(const BucketId& id, const Place& place);
  void KeepPaused(const BucketId& id, Paused paused);
  bool IsCancelled() const { return cancel != nullptr && *cancel; }

  Database* const database;
  AccountAccess* const access;
  const InventoryOptions options;
  const std::atomic<bool>* const cancel;
  std::mutex mutex;
  std::map<BucketId, std::shared_ptr<Flight>> flights;  // guarded by mutex
  std::map<BucketId, Paused> paused;                    // guarded by mutex
  std::map<BucketId, int64_t> not_before;               // guarded by mutex
};

Result<std::string> InventoryService::Impl::ServiceRole(const std::string& account_id) {
  std::string role;
  ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> row, GetAccount(tx, account_id));
    role = row ? row->service_role_arn : "";
    return Status::Ok();
  }));
  return role;
}

Result<InventoryService::Impl::Place> InventoryService::Impl::Open(const std::string& account_id,
                                                                   const std::string& bucket) {
  Place place{
      .account_id = account_id, .bucket = bucket, .region = {}, .role_arn = {}, .store = {}};
  ASSAY_ASSIGN_OR_RETURN(place.role_arn, ServiceRole(account_id));
  ASSAY_ASSIGN_OR_RETURN(place.region, access->BucketRegion(account_id, bucket, place.role_arn));
  ASSAY_ASSIGN_OR_RETURN(place.store, access->OpenStore(account_id, place.region, place.role_arn));
  return place;
}

// What keeps the world out of every bucket of the account. Only AWS has such a thing.
BucketDocument<PublicAccessBlock> InventoryService::Impl::AccountBlock(const Place& place) {
  BucketDocument<PublicAccessBlock> block;
  const auto ask = [&]() -> Result<PublicAccessBlock> {
    ASSAY_ASSIGN_OR_RETURN(
        AwsServiceContext context,
        access->ServiceContext(place.account_id, "s3", place.region, place.role_arn));
    const S3ControlClient client(std::move(context), place.account_id);
    ASSAY_ASSIGN_OR_RETURN(const std::string xml, client.GetPublicAccessBlock());
    return ParsePublicAccessBlock(xml);
  };
  Result<PublicAccessBlock> answer = ask();
  if (answer.ok()) {
    block.state = DocumentState::kPresent;
    block.value = *answer;
    return block;
  }
  switch (answer.status().code()) {
    case StatusCode::kNotFound:
      block.state = DocumentState::kAbsent;
      return block;
    case StatusCode::kUnimplemented:
      block.state = DocumentState::kUnsupported;
      break;
    case StatusCode::kPermissionDenied:
      block.state = DocumentState::kDenied;
      break;
    default:
      block.state = DocumentState::kFailed;
  }
  block.status = answer.status();
  return block;
}

Result<std::optional<SnapshotRow>> InventoryService::Impl::Kept(const std::string& account_id,
                                                                const std::string& bucket,
                                                                int64_t max_age_ms) {
  std::optional<SnapshotRow> kept;
  ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) {
    ASSAY_ASSIGN_OR_RETURN(kept, GetSnapshot(tx, account_id, bucket));
    return Status::Ok();
  }));
  const int64_t now = NowMs();
  // One from the future is of a clock that was wrong.
  if (kept && (kept->taken_at_ms < now - max_age_ms || kept->taken_at_ms > now)) kept.reset();
  return kept;
}

Result<SnapshotRow> InventoryService::Impl::Wait(Flight* flight,
                                                 const std::function<void(uint64_t)>& progress) {
  std::unique_lock lock(flight->mutex);
  while (!flight->done) {
    flight->changed.wait_for(lock, kProgressInterval);
    if (!progress) continue;
    lock.unlock();
    progress(flight->listed);
    lock.lock();
  }
  if (!flight->status.ok()) return flight->status;
  return flight->row;
}

Result<SnapshotRow> InventoryService::Impl::Snapshot(
    const std::string& account_id, const std::string& bucket, int64_t max_age_ms,
    const std::function<void(uint64_t)>& progress) {
  if (max_age_ms <= 0) max_age_ms = options.max_snapshot_age_ms;
  const BucketId id(account_id, bucket);
  std::shared_ptr<Flight> flight;
  bool ours = false;
  {
    const std::lock_guard lock(mutex);
    std::shared_ptr<Flight>& slot = flights[id];
    ours = slot == nullptr;
    if (ours) slot = std::make_shared<Flight>();
    flight = slot;
  }
  if (!ours) return Wait(flight.get(), progress);
  // The database is asked inside the flight, so that nobody lists again what another just listed.
  Result<SnapshotRow> row = Take(id, max_age_ms, flight.get(), progress);
  {
    const std::lock_guard lock(mutex);
    flights.erase(id);
  }
  {
    const std::lock_guard lock(flight->mutex);
    flight->done = true;
    flight->status = row.status();
    if (row.ok()) flight->row = *row;
  }
  flight->changed.notify_all();
  return row;
}

Result<SnapshotRow> InventoryService::Impl::Take(const BucketId& id, int64_t max_age_ms,
                                                 Flight* flight,
                                                 const std::function<void(uint64_t)>& progress) {
  ASSAY_ASSIGN_OR_RETURN(std::optional<SnapshotRow> row, Kept(id.first, id.second, max_age_ms));
  if (row) return *std::move(row);
  ASSAY_ASSIGN_OR_RETURN(const Place place, Open(id.first, id.second));
  const auto tell = [&](uint64_t listed) {
    flight->listed = listed;
    if (progress) progress(listed);
  };
  row = FromReport(place, max_age_ms, tell);
  if (!row) {
    ASSAY_ASSIGN_OR_RETURN(row, FromListing(place, tell));
  }
  row->account_id = place.account_id;
  row->bucket = place.bucket;
  row->region = place.region;
  row->finished_at_ms = NowMs();
  ASSAY_RETURN_IF_ERROR(database->Write([&](Transaction& tx) { return PutSnapshot(tx, *row); }));
  return *std::move(row);
}

// A report that is not there, not ours to read, or damaged is no error: the bucket is listed then.
std::optional<SnapshotRow> InventoryService::Impl::FromReport(
    const Place& place, int64_t max_age_ms, const std::function<void(uint64_t)>& progress) {
  S3BucketDocuments* documents = place.store->bucket_documents();
  if (documents == nullptr) return std::nullopt;
  const auto configurations = documents->Inventory(place.bucket);
  InventoryReading reading;
  reading.oldest_ms = NowMs() - max_age_ms;
  reading.classifier_program = options.classifier_program;
  reading.cancel = cancel;
  reading.on_progress = progress;
  for (const InventoryConfiguration& configuration : configurations.value) {
    if (!IsUsableInventory(configuration) || IsCancelled()) continue;
    const Result<std::optional<InventoryReport>> report =
        ReadInventoryReport(place.store.get(), place.bucket, configuration, reading);
    if (!report.ok() || !report->has_value() || (*report)->created_ms > NowMs()) continue;
    SnapshotRow row;
    row.taken_at_ms = (*report)->created_ms;
    row.source = "inventory";
    (*report)->contents.FillRow(&row);
    return row;
  }
  return std::nullopt;
}

InventoryService::Impl::Paused InventoryService::Impl::TakePaused(const BucketId& id,
                                                                  const Place& place) {
  const int64_t now = NowMs();
  {
    const std::lock_guard lock(mutex);
    const auto found = paused.find(id);
    if (found != paused.end()) {
      Paused kept = std::move(found->second);
      paused.erase(found);
      if (kept.started_ms <= now && now - kept.started_ms < kResumeWithinMs) return kept;
    }
  }
  BucketListingOptions listing{
      .parallel = options.parallel_listings, .encryption = "none", .cancel = cancel};
  if (S3BucketDocuments* documents = place.store->bucket_documents()) {
    // A listing does not tell how an object is encrypted, only what new ones get.
    const BucketDocument<BucketEncryption> encryption = documents->Encryption(place.bucket);
    const bool known =
        encryption.state == DocumentState::kPresent && !encryption.value.algorithm.empty();
    listing.encryption = known ? "default:" + encryption.value.algorithm : "unknown";
  }
  return {std::make_shared<BucketListing>(place.bucket, std::move(listing)), now};
}

void InventoryService::Impl::KeepPaused(const BucketId& id, Paused kept) {
  const std::lock_guard lock(mutex);
  if (paused.size() >= kMaxPaused) paused.clear();
  paused[id] = std::move(kept);
}

// The listing runs beside; this thread, which is the caller's, tells its progress.
Status InventoryService::Impl::RunWithProgress(BucketListing* listing, ObjectStore* store,
                                               const std::function<void(uint64_t)>& progress) {
  std::mutex done_mutex;
  std::condition_variable done_changed;
  bool done = false;
  Status status;
  std::thread runner([&] {
    const Status result = listing->Run(store);
    const std::lock_guard lock(done_mutex);
    status = result;
    done = true;
    done_changed.notify_one();
  });
  {
    std::unique_lock lock(done_mutex);
    while (!done_changed.wait_for(lock, kProgressInterval, [&] { return done; })) {
      lock.unlock();
      progress(listing->listed());
      lock.lock();
    }
  }
  runner.join();
  progress(listing->listed());
  return status;
}

Result<SnapshotRow> InventoryService::Impl::FromListing(
    const Place& place, const std::function<void(uint64_t)>& progress) {
  const BucketId id(place.account_id, place.bucket);
  Paused work = TakePaused(id, place);
  const Status status = RunWithProgress(work.listing.get(), place.store.get(), progress);
  if (!status.ok()) {
    const bool may_go_on = status.code() == StatusCode::kUnavailable ||
                           status.code() == StatusCode::kCancelled ||
                           status.code() == StatusCode::kPermissionDenied;
    if (may_go_on) KeepPaused(id, std::move(work));
    return status.WithContext("listing " + place.bucket);
  }
  ASSAY_ASSIGN_OR_RETURN(const BucketContents contents, work.listing->Contents());
  SnapshotRow row;
  row.taken_at_ms = work.started_ms;
  row.source = "listing";
  contents.FillRow(&row);
  return row;
}

InventoryService::InventoryService(Database* database, AccountAccess* access,
                                   InventoryOptions options, const std::atomic<bool>* cancel)
    : impl_(std::make_unique<Impl>(database, access, options, cancel)) {}

InventoryService::~InventoryService() = default;

Result<std::vector<ListedBucket>> InventoryService::ListBuckets(const std::string& account_id,
                                                                const std::string& region) {
  ASSAY_ASSIGN_OR_RETURN(const std::string role, impl_->ServiceRole(account_id));
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store,
                         impl_->access->OpenStore(account_id, region, role));
  ASSAY_ASSIGN_OR_RETURN(std::vector<BucketInfo> buckets, store->ListBuckets());
  std::vector<std::string> problems(buckets.size());
  ASSAY_RETURN_IF_ERROR(ForEachAtOnce(buckets.size(), [&](size_t i) {
    BucketInfo& bucket = buckets[i];
    if (!bucket.region.empty()) return Status::Ok();
    Result<std::string> found = impl_->access->BucketRegion(account_id, bucket.name, role);
    if (found.ok()) {
      bucket.region = *std::move(found);
      return Status::Ok();
    }
    // Gone meanwhile: no bucket any more. Not ours to see: it cannot be selected.
    const StatusCode code = found.status().code();
    if (code == StatusCode::kPermissionDenied) problems[i] = found.status().message();
    const bool left_out = code == StatusCode::kNotFound || code == StatusCode::kPermissionDenied;
    return left_out ? Status::Ok() : found.status();
  }));
  std::map<std::string, SnapshotRow> snapshots;
  ASSAY_RETURN_IF_ERROR(impl_->database->Read([&](Transaction& tx) {
    snapshots.clear();
    ASSAY_ASSIGN_OR_RETURN(std::vector<SnapshotRow> rows, ListSnapshots(tx, account_id));
    for (SnapshotRow& row : rows) snapshots[row.bucket] = std::move(row);
    return Status::Ok();
  }));
  const int64_t oldest_ms = NowMs() - impl_->options.max_snapshot_age_ms;
  std::vector<ListedBucket> listed;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].region != region && problems[i].empty()) continue;
    ListedBucket& bucket = listed.emplace_back();
    bucket.info = std::move(buckets[i]);
    bucket.problem = std::move(problems[i]);
    const auto snapshot = snapshots.find(bucket.info.name);
    if (snapshot != snapshots.end() && snapshot->second.taken_at_ms >= oldest_ms) {
      bucket.snapshot = std::move(snapshot->second);
    }
  }
  std::sort(listed.begin(), listed.end(),
            [](const ListedBucket& a, const ListedBucket& b) { return a.info.name < b.info.name; });
  return listed;
}

Result<SnapshotRow> InventoryService::Snapshot(const std::string& account_id,
                                               const std::string& bucket, int64_t max_age_ms,
                                               const std::function<void(uint64_t)>& on_progress) {
  return impl_->Snapshot(account_id, bucket, max_age_ms, on_progress);
}

Result<LevelPage> InventoryService::ListLevel(const std::string& account_id,
                                              const std::string& bucket, const std::string& prefix,
                                              const std::string& after, uint32_t max_names) {
  ASSAY_ASSIGN_OR_RETURN(const Impl::Place place, impl_->Open(account_id, bucket));
  Result<LevelPage> level = place.store->ListLevel(bucket, prefix, after, max_names);
  if (level.status().code() != StatusCode::kUnimplemented) return level;
  return LevelByLeaps(place.store.get(), bucket, prefix, after, max_names);
}

Result<std::vector<BucketEstimate>> InventoryService::Estimate(
    const std::string& account_id, const std::vector<std::string>& buckets) {
  const std::set<std::string> unique(buckets.begin(), buckets.end());
  const std::vector<std::string> names(unique.begin(), unique.end());
  std::vector<BucketEstimate> estimates(names.size());
  ASSAY_RETURN_IF_ERROR(ForEachAtOnce(names.size(), [&](size_t i) {
    ASSAY_ASSIGN_OR_RETURN(estimates[i].snapshot, impl_->Snapshot(account_id, names[i], 0, {}));
    ASSAY_ASSIGN_OR_RETURN(estimates[i].total_cost_cents,
                           CostCents(estimates[i].snapshot.total_processed,
                                     impl_->options.price_per_gb_hundredth_cents));
    return Status::Ok();
  }));
  return estimates;
}

Result<BucketPropertiesRow> InventoryService::CrawlBucketProperties(const std::string& account_id,
                                                                    const std::string& bucket) {
  ASSAY_ASSIGN_OR_RETURN(const Impl::Place place, impl_->Open(account_id, bucket));
  BucketFacts facts;
  facts.account_id = account_id;
  facts.bucket = bucket;
  facts.region = place.region;
  facts.crawled_at_ms = NowMs();
  facts.account_block = impl_->AccountBlock(place);
  ASSAY_RETURN_IF_ERROR(CollectBucketFacts(place.store.get(), &facts));
  BucketPropertiesRow row;
  row.account_id = account_id;
  row.region = place.region;
  row.bucket = bucket;
  row.crawled_at_ms = facts.crawled_at_ms;
  row.world_readability = TruthName(facts.exposure.readability.verdict);
  row.world_writability = TruthName(facts.exposure.writability.verdict);
  row.properties = BucketPropertiesJson(facts);
  ASSAY_RETURN_IF_ERROR(
      impl_->database->Write([&](Transaction& tx) { return PutBucketProperties(tx, row); }));
  return row;
}

Status InventoryService::RefreshBucket(const std::string& account_id, const std::string& bucket) {
  const int64_t renew_after =
      impl_->options.max_snapshot_age_ms / kRenewDenominator * kRenewNumerator;
  ASSAY_RETURN_IF_ERROR(impl_->Snapshot(account_id, bucket, renew_after, {}).status());
  std::optional<BucketPropertiesRow> properties;
  ASSAY_RETURN_IF_ERROR(impl_->database->Read([&](Transaction& tx) {
    ASSAY_ASSIGN_OR_RETURN(properties, GetBucketProperties(tx, account_id, bucket));
    return Status::Ok();
  }));
  if (properties && properties->crawled_at_ms > NowMs() - renew_after) return Status::Ok();
  return CrawlBucketProperties(account_id, bucket).status();
}

Status InventoryService::RefreshSelected() {
  std::set<BucketId> due;
  ASSAY_RETURN_IF_ERROR(impl_->database->Read([&](Transaction& tx) {
    due.clear();
    ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> accounts, ListAccounts(tx));
    for (const AccountRow& account : accounts) {
      if (account.state != AccountState::kIntegrated) continue;
      ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                             ListResources(tx, account.account_id, "", "", "", 0));
      for (const ResourceRow& resource : resources) {
        due.emplace(account.account_id, resource.bucket);
      }
    }
    return Status::Ok();
  }));
  Status first;
  for (const BucketId& id : due) {
    if (impl_->IsCancelled()) return Cancelled("renewing snapshots was cancelled");
    {
      const std::lock_guard lock(impl_->mutex);
      const auto wait = impl_->not_before.find(id);
      if (wait != impl_->not_before.end() && NowMs() < wait->second) continue;
    }
    const Status status = RefreshBucket(id.first, id.second);
    const std::lock_guard lock(impl_->mutex);
    if (status.ok()) {
      impl_->not_before.erase(id);
      continue;
    }
    impl_->not_before[id] = NowMs() + kRetryAfterMs;
    if (first.ok()) first = status.WithContext(id.first + '/' + id.second);
  }
  return first;
}

}  // namespace assay
