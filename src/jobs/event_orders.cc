#include "jobs/event_orders.h"

#include <optional>

#include "store/fleet_rows.h"

namespace assay {

UnitMessage EventsMessage(const std::string& account_id, int64_t attempt,
                          std::span<const EventRow> events) {
  UnitOrder order;
  order.account_id = account_id;
  order.attempt = attempt;
  for (const EventRow& event : events) order.events.push_back({event.id, event.received_ms});
  return {QueueLane::kEvents, account_id, UnitIdOf(order), EncodeUnitOrder(order)};
}

Result<std::vector<EventRow>> FindEventsOf(Transaction& tx, const UnitOrder& order) {
  std::vector<EventRow> wanted;
  for (const UnitOrder::Event& event : order.events) {
    wanted.emplace_back();
    wanted.back().id = event.id;
    wanted.back().received_ms = event.received_ms;
  }
  return FindEvents(tx, wanted);
}

Result<bool> IsStillGivenUp(Transaction& tx, const UnitOrder& order) {
  if (order.is_events()) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> events, FindEventsOf(tx, order));
    return !events.empty();
  }
  ASSAY_ASSIGN_OR_RETURN(const std::optional<WalkPageRow> page,
                         GetWalkPage(tx, order.walk_id, order.page_number));
  return page && page->state == WalkPageState::kDead;
}

}  // namespace assay
