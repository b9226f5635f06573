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

}  // namespace

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
  WorkFound found;
  ASSAY_RETURN_IF_ERROR(
      database_->Read([&](Transaction& tx) { return FindWork(tx, now_ms, &found); }));
  ASSAY_RETURN_IF_ERROR(StartComparisons(found));
  ASSAY_RETURN_IF_ERROR(ResumeAfterQuota(found));
  event_queues_->Follow(QueuesToFollow(found, access_));
  GiveOut(std::move(found));
  return Status::Ok();
}

Status ClassificationEngine::StartComparisons(const WorkFound& found) {
  const std::vector<WalkRow> due = DueComparisons(found, options_.comparison_interval_ms, NowMs());
  if (due.empty()) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) { return StartWalks(tx, due); }));
  const std::lock_guard lock(mutex_);
  plan_now_ = true;
  return Status::Ok();
}

Status ClassificationEngine::ResumeAfterQuota(const WorkFound& found) {
  std::set<std::string> raised;
  {
    const std::lock_guard lock(mutex_);
    raised = RaisedQuotas(found, accounts_);
    if (!raised.empty()) plan_now_ = true;
  }
  if (raised.empty()) return Status::Ok();
  return database_->Write([&](Transaction& tx) { return ResumeWalks(tx, raised); });
}

void ClassificationEngine::GiveOut(WorkFound found) {
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

}  // namespace assay
