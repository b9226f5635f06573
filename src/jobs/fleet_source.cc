#include "jobs/fleet_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "jobs/event_orders.h"
#include "jobs/event_unit.h"
#include "jobs/list_unit.h"
#include "jobs/now_ms.h"
#include "jobs/version_check.h"

namespace assay {
namespace {

// Units that come back to the queue are not announced.
constexpr int64_t kLookEveryMs = 500;
constexpr std::chrono::milliseconds kPauseAfterError{500};
constexpr int64_t kDatabaseDelayMs = 2000;
constexpr int64_t kFailedDelayMs = 5000;
// Until a worker of a newer version has a look at it.
constexpr int64_t kRefusedDelayMs = 15'000;

}  // namespace

FleetSource::FleetSource(Database* database, AccountAccess* access, UnitQueue* queue,
                         const FleetSourceOptions& options)
    : database_(database), access_(access), queue_(queue), options_(options) {
  heartbeat_ = std::thread([this] { HeartbeatLoop(); });
}

FleetSource::~FleetSource() {
  Stop();
  heartbeat_.join();
}

void FleetSource::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  stopped_.notify_all();
}

std::string FleetSource::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void FleetSource::NoteError(const Status& status) {
  const std::lock_guard lock(mutex_);
  last_error_ = status.ok() ? "" : status.message();
}

void FleetSource::Pause() {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, kPauseAfterError, [this] { return stopping_; });
}

// What is in hand stays ours while somebody works on it, and also while it is only being recorded.
void FleetSource::HeartbeatLoop() {
  std::unique_lock lock(mutex_);
  const std::chrono::milliseconds every{std::max<int64_t>(options_.ack_wait_ms / 4, 50)};
  while (!stopping_ || !in_hand_.empty() || !being_made_.empty()) {
    stopped_.wait_for(lock, every);
    for (const auto& [unit, in_hand] : in_hand_) in_hand.taken->StillAtIt();
    for (const auto& [raw, taken] : being_made_) taken->StillAtIt();
  }
}

Status FleetSource::KeepEvents() {
  const int64_t now_ms = NowMs();
  const int64_t until_ms = EventLeaseUntil(now_ms, options_.ack_wait_ms);
  std::vector<EventRow> events;
  {
    const std::lock_guard lock(mutex_);
    if (now_ms - events_kept_ms_ < (until_ms - now_ms) / 4) return Status::Ok();
    events_kept_ms_ = now_ms;
    for (const auto& [unit, in_hand] : in_hand_) {
      events.insert(events.end(), in_hand.events.begin(), in_hand.events.end());
    }
  }
  if (events.empty()) return Status::Ok();
  return database_->Write([&](Transaction& tx) { return LeaseEvents(tx, events, until_ms); });
}

Result<std::unique_ptr<TakenUnit>> FleetSource::TakeOne() {
  bool prepared = false;
  {
    const std::lock_guard lock(mutex_);
    prepared = prepared_;
  }
  if (!prepared) {
    ASSAY_RETURN_IF_ERROR(queue_->Prepare());
    const std::lock_guard lock(mutex_);
    prepared_ = true;
  }
  const uint64_t announced = queue_->Announced();
  QueueLane lane = turns_++ % 4 != 3 ? QueueLane::kEvents : QueueLane::kPages;
  for (int i = 0; i < 2; ++i) {
    ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<TakenUnit> taken, queue_->Take(lane));
    if (taken != nullptr) return taken;
    lane = lane == QueueLane::kEvents ? QueueLane::kPages : QueueLane::kEvents;
  }
  queue_->WaitForAnnouncement(announced, kLookEveryMs);
  return std::unique_ptr<TakenUnit>();
}

UnitSource::Fetched FleetSource::Next() {
  if (!ready_) {
    const Status status = options_.before_unit();
    NoteError(status);
    if (!status.ok()) {
      Pause();
      return {};
    }
    ready_ = true;
  }
  Result<std::unique_ptr<TakenUnit>> taken = TakeOne();
  if (!taken.ok()) {
    NoteError(taken.status());
    {
      const std::lock_guard lock(mutex_);
      prepared_ = false;  // the streams may be gone
    }
    Pause();
    return {};
  }
  NoteError(Status::Ok());
  if (*taken == nullptr) return {};
  const TakenPtr unit(std::move(*taken));
  {
    const std::lock_guard lock(mutex_);
    being_made_[unit.get()] = unit;
  }
  Fetched fetched = Accept(unit);
  if (fetched.unit != nullptr) {
    const Status status = options_.before_unit();
    if (!status.ok()) {
      ready_ = false;
      NoteError(status);
      NoteReturned(*unit);
      unit->GiveBack(kDatabaseDelayMs);
      fetched = {};
    }
  }
  const std::lock_guard lock(mutex_);
  being_made_.erase(unit.get());
  if (fetched.unit != nullptr) in_hand_[fetched.unit.get()] = {unit, fetched.unit->events};
  return fetched;
}

// Answers for the message itself where it comes to nothing.
UnitSource::Fetched FleetSource::Accept(const TakenPtr& taken) {
  const Result<UnitOrder> order = DecodeUnitOrder(taken->message().data);
  if (order.status().code() == StatusCode::kUnimplemented) {
    ++refused_;
    if (taken->deliveries() <= 1) NoteReturned(*taken);  // whoever is next would count us
    taken->GiveBack(kRefusedDelayMs);
    return {};
  }
  std::string reason = order.status().message();
  Status status;
  if (order.ok()) {
    const Result<std::string> why = CountAttempt(*taken, UnitIdOf(*order));
    status = why.status();
    reason = why.ok() ? *why : "";
  }
  if (status.ok() && !reason.empty()) {
    status = GiveUp(*taken, order.ok() ? std::optional(*order) : std::nullopt, reason);
    if (status.ok()) {
      taken->Finish();
      return {};
    }
  }
  Fetched fetched;
  if (status.ok()) {
    Result<Fetched> made = order->is_events() ? MakeEventUnit(*order) : MakePageUnit(*order);
    status = made.status();
    if (made.ok()) fetched = *std::move(made);
  }
  if (!status.ok()) {
    NoteError(status);
    taken->GiveBack(kDatabaseDelayMs);
  } else if (fetched.unit == nullptr) {
    taken->Finish();
  }
  return fetched;
}

// Deliveries say too much: a worker of another version that refused the unit made no attempt.
Result<std::string> FleetSource::CountAttempt(const TakenUnit& taken, const std::string& unit_id) {
  if (taken.deliveries() <= 1) return std::string();
  int64_t attempts = 0;
  ASSAY_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(attempts, ClaimUnit(tx, unit_id, NowMs()));
    return Status::Ok();
  }));
  if (attempts < options_.max_attempts) return std::string();
  return attempts == 1 ? "a worker did not finish it"
                       : fmt::format("{} workers in a row did not finish it", attempts);
}

// When it cannot be written down the unit has one attempt too many, which is no harm.
void FleetSource::NoteReturned(const TakenUnit& taken) {
  const std::string& unit_id = taken.message().id;
  (void)database_->Write([&](Transaction& tx) { return ReturnUnit(tx, unit_id, NowMs()); });
}

// The database learns of it first: a message that comes once more then ends here again.
Status FleetSource::GiveUp(const TakenUnit& taken, const std::optional<UnitOrder>& order,
                           const std::string& reason) {
  if (order && order->events.size() > 1) return HandOutAlone(*order);
  if (order) {
    const auto bury = [&](Transaction& tx) -> Status {
      if (!order->is_events()) {
        return BuryWalkPage(tx, order->walk_id, order->page_number, reason);
      }
      ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> events, FindEventsOf(tx, *order));
      for (const EventRow& event : events) {
        const int64_t pause = RetryPauseMs(event.attempts + options_.max_attempts);
        ASSAY_RETURN_IF_ERROR(PostponeEvent(tx, event, NowMs() + pause,
                                            std::max(options_.max_attempts, kAloneAttempts)));
      }
      return Status::Ok();
    };
    ASSAY_RETURN_IF_ERROR(database_->Write(bury));
  }
  DeadLetter letter;
  letter.message = taken.message();
  letter.reason = reason;
  letter.deliveries = taken.deliveries();
  ASSAY_RETURN_IF_ERROR(queue_->PutDeadLetter(letter));
  ++given_up_;
  return Status::Ok();
}

// One of several events is to blame, and nobody knows which: each is tried once more by itself.
Status FleetSource::HandOutAlone(const UnitOrder& order) {
  std::vector<EventRow> events;
  ASSAY_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(events, FindEventsOf(tx, order));
    return LeaseEvents(tx, events, EventLeaseUntil(NowMs(), options_.ack_wait_ms));
  }));
  for (const EventRow& event : events) {
    ASSAY_RETURN_IF_ERROR(
        queue_->Publish(EventsMessage(order.account_id, order.attempt + 1, {&event, 1})));
  }
  return Status::Ok();
}

Result<std::shared_ptr<WorkUnit>> FleetSource::ListUnitOf(const WalkRow& walk,
                                                          const ResourceRow& resource,
                                                          const AccountRow& account,
                                                          const WalkPageRow& page,
                                                          Status* database_error) {
  ListRequest request;
  request.walk_id = walk.id;
  request.kind = walk.kind;
  request.resource = resource;
  request.page = page.page;
  request.after_key = page.after_key;
  request.bounds = {page.last_key, page.next_page, page.bounded,
                    static_cast<uint32_t>(page.listed_objects)};
  request.listing = page.listing;
  request.now_ms = NowMs();
  request.remote = access_->ConnectionOf(account.account_id).kind != AccountKind::kDirectory;
  ASSAY_ASSIGN_OR_RETURN(request.store, access_->OpenStore(account.account_id, resource.region,
                                                           account.service_role_arn));
  return ListUnit(database_, request, database_error);
}

Result<UnitSource::Fetched> FleetSource::MakePageUnit(const UnitOrder& order) {
  std::optional<WalkPageRow> page;
  std::optional<WalkRow> walk;
  std::optional<ResourceRow> resource;
  std::optional<AccountRow> account;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(page, GetWalkPage(tx, order.walk_id, order.page_number));
    if (page && page->state != WalkPageState::kDone) {
      ASSAY_ASSIGN_OR_RETURN(page->listing,
                             GetWalkPageListing(tx, order.walk_id, order.page_number));
    }
    ASSAY_ASSIGN_OR_RETURN(walk, GetWalk(tx, order.walk_id));
    if (walk) {
      ASSAY_ASSIGN_OR_RETURN(resource, GetResource(tx, walk->resource_id));
    }
    ASSAY_ASSIGN_OR_RETURN(account, GetAccount(tx, order.account_id));
    return Status::Ok();
  }));
  Fetched fetched;
  const bool wanted = page && page->state != WalkPageState::kDone &&
                      page->attempt <= order.attempt && resource && account &&
                      account->state == AccountState::kIntegrated;
  if (!wanted) return fetched;
  Status database_error;
  Result<std::shared_ptr<WorkUnit>> unit =
      ListUnitOf(*walk, *resource, *account, *page, &database_error);
  ASSAY_RETURN_IF_ERROR(database_error);
  if (!unit.ok()) {
    // The walk notes why it cannot go on.
    auto blocked = std::make_shared<WorkUnit>();
    blocked->account_id = order.account_id;
    blocked->walk_id = order.walk_id;
    blocked->resource = *resource;
    blocked->page = page->page;
    blocked->blocked = unit.status();
    unit = std::move(blocked);
  }
  (*unit)->page_number = order.page_number;
  fetched.unit = *std::move(unit);
  fetched.account = *std::move(account);
  return fetched;
}

Result<UnitSource::Fetched> FleetSource::MakeEventUnit(const UnitOrder& order) {
  Fetched fetched;
  auto unit = std::make_shared<WorkUnit>();
  std::vector<std::string> regions;
  std::optional<AccountRow> account;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    unit->account_id = order.account_id;
    ASSAY_ASSIGN_OR_RETURN(account, GetAccount(tx, order.account_id));
    ASSAY_ASSIGN_OR_RETURN(unit->events, FindEventsOf(tx, order));
    std::erase_if(unit->events,
                  [&](const EventRow& event) { return event.account_id != order.account_id; });
    return LoadEventUnit(tx, unit.get(), &regions);
  }));
  if (unit->events.empty() || !account || account->state != AccountState::kIntegrated) {
    return fetched;
  }
  OpenEventStores(access_, *account, regions, unit.get());
  fetched.unit = std::move(unit);
  fetched.account = *std::move(account);
  return fetched;
}

void FleetSource::Ended(const WorkUnit& unit, Ending ending) {
  TakenPtr taken;
  {
    const std::lock_guard lock(mutex_);
    const auto found = in_hand_.find(&unit);
    if (found == in_hand_.end()) return;
    taken = std::move(found->second.taken);
    in_hand_.erase(found);
  }
  if (ending == Ending::kNotDone) NoteReturned(*taken);
  if (ending == Ending::kRecorded) {
    taken->Finish();
  } else {
    taken->GiveBack(ending == Ending::kNotDone ? 0 : kFailedDelayMs);
  }
}

}  // namespace assay
