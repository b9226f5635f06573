// ClassificationEngine: pages of listings and events into units of work.
#include <algorithm>
#include <utility>

#include "inventory/estimate.h"
#include "jobs/classification_engine.h"
#include "jobs/event_unit.h"
#include "jobs/list_unit.h"
#include "jobs/now_ms.h"

namespace assay {
namespace {

// Pages after which a walk gives up its seat when an account without one waits.
constexpr uint32_t kPagesInTurn = 8;
constexpr uint32_t kEventsInUnit = 256;

}  // namespace

void ClassificationEngine::ListLoop() {
  while (true) {
    WalkPtr walk;
    std::optional<std::string> account_id;
    {
      std::unique_lock lock(mutex_);
      list_wanted_.wait(lock, [&] {
        if (stopping_) return true;
        account_id = NextEventAccount();
        if (!account_id) walk = NextToList();
        return account_id || walk != nullptr;
      });
      if (stopping_) return;
    }
    if (account_id) {
      TakeEventsOf(*account_id);
    } else {
      ListPageOf(walk);
    }
  }
}

// Marks the one it returns as being listed.
ClassificationEngine::WalkPtr ClassificationEngine::NextToList() {
  WalkPtr best;
  for (const WalkPtr& walk : seated_) {
    if (walk->listing || walk->listed_all || walk->held) continue;
    if (walk->units.size() >= kPagesInHand) continue;
    if (walk->pages >= kPagesInTurn) {
      const size_t seats = SeatsOf(walk->resource.account_id);
      walk->held = std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
        return SeatsOf(waiting.resource.account_id) < seats;
      });
      if (walk->held) record_wanted_.notify_one();  // it frees the seat
      if (walk->held) continue;
      walk->pages = 0;
    }
    if (best == nullptr || walk->units.size() < best->units.size()) best = walk;
  }
  if (best != nullptr) best->listing = true;
  return best;
}

void ClassificationEngine::ListPageOf(const WalkPtr& walk) {
  ListRequest request;
  AccountRow account;
  {
    const std::lock_guard lock(mutex_);
    const std::string& account_id = walk->resource.account_id;
    account = accounts_[account_id];
    request.walk_id = walk->row.id;
    request.kind = walk->row.kind;
    request.resource = walk->resource;
    request.page = walk->next_page;
    request.after_key = walk->after_key;
    request.reserved_bytes = reserved_[account_id];
    request.now_ms = NowMs();
  }
  const std::string& account_id = request.resource.account_id;
  request.remote = access_->ConnectionOf(account_id).kind != AccountKind::kDirectory;
  Status database_error;
  Result<UnitPtr> unit = MakePageUnit(walk, request, &database_error);
  if (!database_error.ok()) {
    NoteDatabaseError(database_error);
    PauseAfterDatabaseError(4, stopping_);
    const std::lock_guard lock(mutex_);
    walk->listing = false;
    list_wanted_.notify_one();
    return;
  }
  if (!unit.ok()) {
    // The walk notes why it cannot go on.
    auto blocked = std::make_shared<WorkUnit>();
    blocked->account_id = account_id;
    blocked->walk_id = request.walk_id;
    blocked->resource = request.resource;
    blocked->page = request.page;
    blocked->blocked = unit.status();
    unit = std::move(blocked);
  }
  const std::lock_guard lock(mutex_);
  AddPage(walk, *std::move(unit));
}

Result<ClassificationEngine::UnitPtr> ClassificationEngine::MakePageUnit(const WalkPtr& walk,
                                                                         const ListRequest& given,
                                                                         Status* database_error) {
  ListRequest request = given;
  std::string role_arn;
  {
    const std::lock_guard lock(mutex_);
    role_arn = accounts_[walk->resource.account_id].service_role_arn;
  }
  ASSAY_ASSIGN_OR_RETURN(request.store, access_->OpenStore(request.resource.account_id,
                                                           request.resource.region, role_arn));
  return ListUnit(database_, request, database_error);
}

void ClassificationEngine::AddPage(const WalkPtr& walk, UnitPtr unit) {
  walk->listing = false;
  list_wanted_.notify_one();
  if (std::find(seated_.begin(), seated_.end(), walk) == seated_.end()) return;  // given up
  walk->next_page = unit->next_page;
  walk->after_key = unit->last_key;
  walk->listed_all = unit->next_page.empty();
  walk->held = walk->held || unit->cut_before || !unit->blocked.ok();
  ++walk->pages;
  unit->flushed_ms = NowMs();
  reserved_[unit->account_id] += unit->reserved_bytes;
  if (!unit->objects.empty()) {
    AddWaiting(*unit);
    queues_[unit->account_id].pages.push_back(unit);
    work_wanted_.notify_all();
  }
  walk->units.push_back(std::move(unit));
  record_wanted_.notify_one();
}

std::optional<std::string> ClassificationEngine::NextEventAccount() {
  for (const std::string& account_id : due_events_) {
    if (taking_events_.contains(account_id) || !accounts_.contains(account_id)) continue;
    std::string taken = account_id;
    due_events_.erase(account_id);
    taking_events_.insert(taken);
    return taken;
  }
  return std::nullopt;
}

void ClassificationEngine::TakeEventsOf(const std::string& account_id) {
  Result<UnitPtr> made = MakeEventUnit(account_id);
  if (!made.ok()) {
    NoteDatabaseError(made.status());
    PauseAfterDatabaseError(4, stopping_);
  }
  const std::lock_guard lock(mutex_);
  if (!made.ok() || *made == nullptr) {
    taking_events_.erase(account_id);
    return;
  }
  const UnitPtr& unit = *made;
  unit->flushed_ms = NowMs();
  event_units_.push_back(unit);
  if (unit->settled()) {
    record_wanted_.notify_one();
    return;
  }
  AddWaiting(*unit);
  queues_[account_id].events.push_back(unit);
  work_wanted_.notify_all();
}

// Null when no event is due, or the quota has no room for any.
Result<ClassificationEngine::UnitPtr> ClassificationEngine::MakeEventUnit(
    const std::string& account_id) {
  auto unit = std::make_shared<WorkUnit>();
  std::vector<std::string> regions;
  std::optional<AccountRow> account;
  const Status read = database_->Read([&](Transaction& tx) -> Status {
    *unit = {};
    unit->account_id = account_id;
    ASSAY_ASSIGN_OR_RETURN(account, GetAccount(tx, account_id));
    ASSAY_ASSIGN_OR_RETURN(unit->events, TakeDueEvents(tx, account_id, NowMs(), kEventsInUnit));
    return LoadEventUnit(tx, unit.get(), &regions);
  });
  if (!read.ok()) return read;
  if (unit->events.empty() || !account) return UnitPtr();
  if (account->quota_bytes - account->charged_bytes < static_cast<int64_t>(kMinProcessedBytes)) {
    const std::lock_guard lock(mutex_);
    event_quota_[account_id] = account->quota_bytes;
    return UnitPtr();
  }
  OpenEventStores(access_, *account, regions, unit.get());
  return unit;
}

}  // namespace assay
