// FleetLeader: object events handed out. An event that was is not due again until its lease ends,
// so that one whose order was lost comes again by itself.
#include <algorithm>
#include <utility>

#include "inventory/estimate.h"
#include "jobs/event_orders.h"
#include "jobs/fleet_leader.h"
#include "jobs/now_ms.h"

namespace assay {
namespace {

constexpr uint32_t kEventsInUnit = 64;
constexpr uint64_t kUnitsInQueue = 64;
constexpr size_t kUnitsAtOnce = 16;

}  // namespace

Status FleetLeader::PublishEvents() {
  while (!events_to_publish_.empty()) {
    ASSAY_RETURN_IF_ERROR(queue_->Publish(events_to_publish_.back()));
    events_to_publish_.pop_back();
  }
  return Status::Ok();
}

// Accounts take turns, a unit each.
Status FleetLeader::HandOutEvents() {
  ASSAY_RETURN_IF_ERROR(PublishEvents());
  if (due_events_.empty()) return Status::Ok();
  const QueueState state = queue_->State();
  if (!state.last_error.empty()) return Unavailable(state.last_error);
  const size_t room = kUnitsInQueue > state.events ? kUnitsInQueue - state.events : 0;
  for (size_t i = 0; i < std::min(room, kUnitsAtOnce) && !due_events_.empty(); ++i) {
    auto next = due_events_.upper_bound(last_event_account_);
    if (next == due_events_.end()) next = due_events_.begin();
    last_event_account_ = *next;
    bool more = false;
    ASSAY_RETURN_IF_ERROR(HandOutEventsOf(last_event_account_, &more));
    if (!more) due_events_.erase(last_event_account_);
  }
  return Status::Ok();
}

Status FleetLeader::HandOutEventsOf(const std::string& account_id, bool* more) {
  std::vector<EventRow> events;
  const int64_t now_ms = NowMs();
  const int64_t until_ms = EventLeaseUntil(now_ms, options_.ack_wait_ms);
  ASSAY_RETURN_IF_ERROR(WriteLeading([&](Transaction& tx) -> Status {
    events.clear();
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account, GetAccount(tx, account_id));
    // At its quota nothing can be charged; the next look finds them again.
    if (!account ||
        account->quota_bytes - account->charged_bytes < static_cast<int64_t>(kMinProcessedBytes)) {
      return Status::Ok();
    }
    ASSAY_ASSIGN_OR_RETURN(events, TakeDueEvents(tx, account_id, now_ms, kEventsInUnit));
    return LeaseEvents(tx, events, until_ms);
  }));
  *more = events.size() == kEventsInUnit;
  if (events.empty()) return Status::Ok();
  const auto alone = std::stable_partition(events.begin(), events.end(), [](const EventRow& event) {
    return event.attempts < kAloneAttempts;
  });
  for (auto event = alone; event != events.end(); ++event) {
    events_to_publish_.push_back(EventsMessage(account_id, until_ms, {&*event, 1}));
  }
  if (alone != events.begin()) {
    events_to_publish_.push_back(EventsMessage(account_id, until_ms, {events.begin(), alone}));
  }
  return PublishEvents();
}

}  // namespace assay
