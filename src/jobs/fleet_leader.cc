#include "jobs/fleet_leader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "jobs/event_intake.h"
#include "jobs/event_orders.h"
#include "jobs/now_ms.h"
#include "store/migrations.h"

namespace assay {
namespace {

constexpr uint32_t kListers = 6;
constexpr std::chrono::milliseconds kTickEvery{100};
constexpr std::chrono::milliseconds kPauseAfterError{500};
constexpr int64_t kPlanEveryMs = 1000;
constexpr int64_t kPruneMembersEveryMs = int64_t{10} * 60 * 1000;
constexpr int64_t kForgetWorkersMs = int64_t{3600} * 1000;
constexpr std::chrono::milliseconds kPauseWhenUnfit{5000};
constexpr size_t kMinDepth = 8;

}  // namespace

FleetLeader::FleetLeader(Database* database, AccountAccess* access, UnitQueue* queue,
                         QueueLease* lease, const FleetLeaderOptions& options)
    : database_(database),
      access_(access),
      queue_(queue),
      options_(options),
      event_queues_(std::make_unique<EventQueues>(access,
                                                  [this](const std::vector<EventRow>& events) {
                                                    const Status status =
                                                        StoreEvents(database_, events);
                                                    if (status.ok()) Wake();
                                                    return status;
                                                  })),
      pruner_(database, options.retention_ms, [this] { return leading() && !Stopping(); }),
      keeper_(lease, options.holder, [this] { Wake(); }) {
  threads_.emplace_back([this] { LeadLoop(); });
  for (uint32_t i = 0; i < kListers; ++i) threads_.emplace_back([this] { ListLoop(); });
}

FleetLeader::~FleetLeader() {
  Stop();
  event_queues_.reset();
}

void FleetLeader::Stop() {
  event_queues_->Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    list_wanted_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  leading_ = false;
  pruner_.Stop();
  keeper_.Stop();
}

void FleetLeader::Wake() {
  const std::lock_guard lock(mutex_);
  plan_now_ = true;
  woken_ = true;
  wake_.notify_all();
}

bool FleetLeader::Stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::string FleetLeader::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void FleetLeader::NoteError(const Status& status) {
  const std::lock_guard lock(mutex_);
  last_error_ = status.ok() ? "" : status.message();
}

// Whoever loses the lease while a tick is under way is stopped by its epoch, not by this loop.
void FleetLeader::LeadLoop() {
  while (!Stopping()) {
    const uint64_t term = keeper_.Term();
    Status status;
    if (term == 0) {
      leading_ = false;
      event_queues_->Follow({});
      NoteError(WhyNotLeading());
    } else {
      if (term != term_ || !leading_) status = TakeTheLead();
      if (status.ok()) {
        term_ = term;
        leading_ = true;
        status = Tick();
      }
      unfit_ = status.code() == StatusCode::kUnimplemented ? status : Status::Ok();
      // The lease is for those whose schema this is.
      if (!unfit_.ok()) keeper_.StepDown(kPauseWhenUnfit);
      if (!unfit_.ok() || status.code() == StatusCode::kAborted) leading_ = false;
      NoteError(!status.ok() ? status : pruner_.last_status());
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, status.ok() ? kTickEvery : kPauseAfterError,
                   [this] { return stopping_ || woken_; });
    woken_ = false;
  }
}

Status FleetLeader::WhyNotLeading() {
  if (!unfit_.ok()) {
    unfit_ = database_->Read([](Transaction& tx) { return RequireSchema(tx); });
    if (!unfit_.ok()) return unfit_;
  }
  const std::string error = keeper_.last_error();
  return error.empty() ? Status::Ok()  // somebody else has it
                       : Unavailable("who leads the fleet: " + error);
}

// The orders of the one before may have been lost on their way: all that are open are published
// again. The queue knows those it has by their ids, and workers know what is recorded.
Status FleetLeader::TakeTheLead() {
  ASSAY_RETURN_IF_ERROR(queue_->Prepare());
  int64_t epoch = 0;
  const auto claim = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(RequireSchema(tx));
    ASSAY_ASSIGN_OR_RETURN(epoch, ClaimLeadership(tx, options_.holder, NowMs()));
    return StoreObjectSettings(tx, options_.objects);
  };
  ASSAY_RETURN_IF_ERROR(database_->WriteLocking(claim));
  epoch_ = epoch;
  std::vector<WalkPageRow> pages;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(pages, ListWalkPages(tx));
    return Status::Ok();
  }));
  to_publish_.clear();
  events_to_publish_.clear();
  for (const WalkPageRow& page : pages) {
    if (page.state == WalkPageState::kOpen && page.published_ms > 0) to_publish_.push_back(page);
  }
  planned_ms_ = 0;
  suspected_.clear();
  unlettered_.clear();
  letters_after_ = 0;
  const std::lock_guard lock(mutex_);
  seats_.Clear();
  seats_.SetPages(pages);
  accounts_.clear();
  return Status::Ok();
}

Status FleetLeader::WriteLeading(const std::function<Status(Transaction&)>& body) {
  return database_->WriteLocking([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(RequireLeadership(tx, epoch_, NowMs()));
    return body(tx);
  });
}

Status FleetLeader::Tick() {
  bool plan = false;
  {
    const std::lock_guard lock(mutex_);
    plan = plan_now_ || NowMs() - planned_ms_ >= kPlanEveryMs;
    plan_now_ = false;
  }
  if (plan) ASSAY_RETURN_IF_ERROR(Plan());
  ASSAY_RETURN_IF_ERROR(MovePages());
  ASSAY_RETURN_IF_ERROR(PublishPages());
  ASSAY_RETURN_IF_ERROR(HandOutEvents());
  list_wanted_.notify_all();
  if (!plan) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(LookForLostPages());
  ASSAY_RETURN_IF_ERROR(LookAtLetters());
  return PruneMembers();
}

Status FleetLeader::Plan() {
  const int64_t now_ms = NowMs();
  WorkFound found;
  std::vector<WorkerRow> workers;
  const auto look = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(RequireSchema(tx));
    ASSAY_RETURN_IF_ERROR(FindWork(tx, now_ms, &found));
    ASSAY_ASSIGN_OR_RETURN(workers, ListWorkers(tx));
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(database_->Read(look));
  const std::vector<WalkRow> due = DueComparisons(found, options_.comparison_interval_ms, now_ms);
  const std::set<std::string> raised = RaisedQuotas(found, accounts_);
  // A quota that is raised while we write is one that the next look finds raised.
  std::map<std::string, AccountRow> accounts = found.accounts;
  if (!due.empty() || !raised.empty()) {
    const auto start = [&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(StartWalks(tx, due));
      return ResumeWalks(tx, raised);
    };
    ASSAY_RETURN_IF_ERROR(WriteLeading(start));
    ASSAY_RETURN_IF_ERROR(database_->Read(look));
  }
  event_queues_->Follow(QueuesToFollow(found, access_));
  size_t depth = options_.depth;
  for (const WorkerRow& worker : workers) {
    if (options_.depth != 0 || worker.draining || !IsAlive(worker, now_ms)) continue;
    depth += static_cast<size_t>(2 * worker.units);
  }
  due_events_.insert(found.due_events.begin(), found.due_events.end());
  planned_ms_ = now_ms;
  const std::lock_guard lock(mutex_);
  accounts_ = std::move(accounts);
  seats_.SetDepth(std::max(depth, kMinDepth));
  seats_.Update(found, now_ms);
  return Status::Ok();
}

Status FleetLeader::PruneMembers() {
  const int64_t now_ms = NowMs();
  if (now_ms - members_pruned_ms_ < kPruneMembersEveryMs) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(
      WriteLeading([&](Transaction& tx) { return PruneFleet(tx, now_ms - kForgetWorkersMs); }));
  members_pruned_ms_ = now_ms;
  return Status::Ok();
}

}  // namespace assay
