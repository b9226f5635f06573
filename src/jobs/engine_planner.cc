// ClassificationEngine: finding out what there is to do.
#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "jobs/classification_engine.h"
#include "jobs/now_ms.h"

namespace assay {
namespace {

constexpr size_t kSeats = 8;
constexpr std::chrono::milliseconds kPlanEvery{1000};
constexpr int64_t kPruneEveryMs = int64_t{10} * 60 * 1000;
constexpr uint32_t kPruneAtOnce = 1000;

}  // namespace

// What one look into the database showed.
struct ClassificationEngine::Found {
  std::map<std::string, AccountRow> accounts;  // integrated
  std::map<int64_t, ResourceRow> resources;    // of these, by id
  std::vector<WalkRow> walks;                  // unfinished, of these
  std::set<std::string> due_events;            // accounts
};

void ClassificationEngine::PlanLoop() {
  uint32_t failures = 0;
  while (TakingWork()) {
    const Status status = Plan();
    if (!status.ok()) {
      NoteDatabaseError(status);
      PauseAfterDatabaseError(failures++, stopping_);
      continue;
    }
    if (failures > 0) NoteDatabaseError(Status::Ok());
    failures = 0;
    std::unique_lock lock(mutex_);
    plan_wanted_.wait_for(lock, kPlanEvery, [this] { return stopping_ || plan_now_; });
    plan_now_ = false;
  }
}

Status ClassificationEngine::Plan() {
  const int64_t now_ms = NowMs();
  Found found;
  const auto find = [&](Transaction& tx) {
    found = {};
    return Find(tx, now_ms, &found);
  };
  ASSAY_RETURN_IF_ERROR(database_->Read(find));
  ASSAY_RETURN_IF_ERROR(StartComparisons(found));
  ASSAY_RETURN_IF_ERROR(ResumeAfterQuota(found));
  FollowQueues(found);
  GiveOut(std::move(found));
  return Prune(now_ms);
}

Status ClassificationEngine::Find(Transaction& tx, int64_t now_ms, Found* found) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> accounts, ListAccounts(tx));
  for (const AccountRow& account : accounts) {
    if (account.state != AccountState::kIntegrated) continue;
    found->accounts[account.account_id] = account;
    ASSAY_ASSIGN_OR_RETURN(std::vector<ResourceRow> resources,
                           ListResources(tx, account.account_id, "", "", "", 0));
    for (ResourceRow& resource : resources) found->resources[resource.id] = std::move(resource);
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> due,
                           TakeDueEvents(tx, account.account_id, now_ms, 1));
    if (!due.empty()) found->due_events.insert(account.account_id);
  }
  ASSAY_ASSIGN_OR_RETURN(std::vector<WalkRow> walks, ListUnfinishedWalks(tx));
  for (WalkRow& walk : walks) {
    if (found->resources.contains(walk.resource_id)) found->walks.push_back(std::move(walk));
  }
  return Status::Ok();
}

// A resource is compared when nothing else walks it: its one-time classification comes first.
Status ClassificationEngine::StartComparisons(const Found& found) {
  const int64_t now_ms = NowMs();
  std::set<int64_t> walked;
  for (const WalkRow& walk : found.walks) walked.insert(walk.resource_id);
  std::vector<WalkRow> due;
  for (const auto& [id, resource] : found.resources) {
    if (!resource.continuous_full || walked.contains(id)) continue;
    if (resource.last_compared_ms + options_.comparison_interval_ms > now_ms) continue;
    WalkRow walk;
    walk.resource_id = id;
    walk.account_id = resource.account_id;
    walk.kind = WalkKind::kComparison;
    walk.started_ms = now_ms;
    due.push_back(std::move(walk));
  }
  if (due.empty()) return Status::Ok();
  const auto start = [&](Transaction& tx) -> Status {
    for (const WalkRow& walk : due) {
      // Disassociated meanwhile: there is nothing to walk.
      ASSAY_ASSIGN_OR_RETURN(const std::optional<ResourceRow> resource,
                             GetResource(tx, walk.resource_id));
      if (resource) ASSAY_RETURN_IF_ERROR(StartWalk(tx, walk).status());
    }
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(database_->Write(start));
  const std::lock_guard lock(mutex_);
  plan_now_ = true;
  return Status::Ok();
}

// Walks that stand at the quota go on when it was raised, and once after a start: it may have been
// raised while nobody looked.
Status ClassificationEngine::ResumeAfterQuota(const Found& found) {
  std::set<std::string> raised;
  {
    const std::lock_guard lock(mutex_);
    for (const WalkRow& walk : found.walks) {
      if (walk.state != WalkState::kQuotaReached) continue;
      const auto before = accounts_.find(walk.account_id);
      const AccountRow& account = found.accounts.at(walk.account_id);
      if (before == accounts_.end() || account.quota_bytes > before->second.quota_bytes) {
        raised.insert(walk.account_id);
      }
    }
    if (!raised.empty()) plan_now_ = true;
  }
  if (raised.empty()) return Status::Ok();
  return database_->Write([&](Transaction& tx) -> Status {
    for (const std::string& account_id : raised) {
      ASSAY_RETURN_IF_ERROR(ResumeQuotaWalks(tx, account_id));
    }
    return Status::Ok();
  });
}

void ClassificationEngine::FollowQueues(const Found& found) {
  std::map<std::string, std::vector<QueueAccount>> queues;
  for (const auto& [account_id, account] : found.accounts) {
    const AccountConnection connection = access_->ConnectionOf(account_id);
    if (connection.kind != AccountKind::kAws || connection.events_queue_url.empty()) continue;
    queues[connection.events_queue_url].push_back({account_id, account.service_role_arn});
  }
  event_queues_->Follow(queues);
}

void ClassificationEngine::GiveOut(Found found) {
  const int64_t now_ms = NowMs();
  const std::lock_guard lock(mutex_);
  accounts_ = std::move(found.accounts);
  waiting_.clear();
  for (WalkRow& walk : found.walks) {
    const bool due = walk.state == WalkState::kReady ||
                     (walk.state == WalkState::kBlocked && walk.not_before_ms <= now_ms);
    const bool seated = std::any_of(seated_.begin(), seated_.end(), [&](const WalkPtr& active) {
      return active->row.id == walk.id;
    });
    if (!due || seated) continue;
    ResourceRow resource = found.resources.at(walk.resource_id);
    waiting_.push_back({std::move(walk), std::move(resource)});
  }
  for (const std::string& account_id : found.due_events) {
    const auto stopped = event_quota_.find(account_id);
    if (stopped != event_quota_.end()) {
      if (accounts_.at(account_id).quota_bytes <= stopped->second) continue;
      event_quota_.erase(stopped);
    }
    due_events_.insert(account_id);
  }
  SeatWalks();
  list_wanted_.notify_all();
}

size_t ClassificationEngine::SeatsOf(const std::string& account_id) const {
  return static_cast<size_t>(std::count_if(
      seated_.begin(), seated_.end(),
      [&](const WalkPtr& active) { return active->resource.account_id == account_id; }));
}

// Walks over one bucket go one after the other: what one has classified the next need not (R3).
bool ClassificationEngine::MayBeSeated(const Waiting& waiting) const {
  return std::none_of(seated_.begin(), seated_.end(), [&](const WalkPtr& active) {
    return active->resource.account_id == waiting.resource.account_id &&
           active->resource.bucket == waiting.resource.bucket;
  });
}

// Accounts with fewer seats come first, then those that waited longest, then older walks.
void ClassificationEngine::SeatWalks() {
  while (seated_.size() < kSeats) {
    auto best = waiting_.end();
    for (auto candidate = waiting_.begin(); candidate != waiting_.end(); ++candidate) {
      if (!MayBeSeated(*candidate)) continue;
      const auto rank = [&](const Waiting& waiting) {
        const std::string& account_id = waiting.resource.account_id;
        return std::tuple(SeatsOf(account_id), served_[account_id], waiting.row.started_ms);
      };
      if (best == waiting_.end() || rank(*candidate) < rank(*best)) best = candidate;
    }
    if (best == waiting_.end()) return;
    auto active = std::make_shared<ActiveWalk>();
    active->row = std::move(best->row);
    active->resource = std::move(best->resource);
    active->next_page = active->row.continuation;
    active->after_key = active->row.last_key;
    served_[active->resource.account_id] = ++turn_;
    seated_.push_back(std::move(active));
    waiting_.erase(best);
  }
}

// R6: what nobody monitors any more goes when its retention ends. Walks that are over go at once,
// but for the last.
Status ClassificationEngine::Prune(int64_t now_ms) {
  if (pruned_ms_ != 0 && now_ms - pruned_ms_ < kPruneEveryMs) return Status::Ok();
  uint64_t pruned = kPruneAtOnce;
  while (pruned == kPruneAtOnce && TakingWork()) {
    const auto prune = [&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(pruned, PruneObjects(tx, now_ms - retention_ms_, kPruneAtOnce));
      return Status::Ok();
    };
    ASSAY_RETURN_IF_ERROR(database_->Write(prune));
  }
  pruned = kPruneAtOnce;
  while (pruned == kPruneAtOnce && TakingWork()) {
    const auto prune = [&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(pruned, PruneWalks(tx, kPruneAtOnce));
      return Status::Ok();
    };
    ASSAY_RETURN_IF_ERROR(database_->Write(prune));
  }
  pruned_ms_ = now_ms;  // of the planner's thread alone
  return Status::Ok();
}

}  // namespace assay
