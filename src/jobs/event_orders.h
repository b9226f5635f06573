// Orders of object events: what becomes of them on the way from the database to a worker and, when
// that fails, back.
//
// Thread rule: free functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "jobs/unit_order.h"
#include "queue/unit_queue.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

// An event that was tried so often is a unit of its own: what it does to its workers is not done to
// others. A unit of events that was given up counts as so many tries at least; a store that is away
// takes hours for it.
inline constexpr uint32_t kAloneAttempts = 8;

// Until when an event that is handed out now is not handed out again: its order waits behind
// others, and may be worked on for some attempts.
inline int64_t EventLeaseUntil(int64_t now_ms, int64_t ack_wait_ms) {
  constexpr int64_t kMinLeaseMs = 60'000, kLeaseInAckWaits = 10;
  return now_ms + std::max(kMinLeaseMs, kLeaseInAckWaits * ack_wait_ms);
}

// REQUIRES: there are events; `attempt` is above that of any order for the first of them before.
UnitMessage EventsMessage(const std::string& account_id, int64_t attempt,
                          std::span<const EventRow> events);
// The events of the order that are still to be worked on, as they are now.
Result<std::vector<EventRow>> FindEventsOf(Transaction& tx, const UnitOrder& order);
// Whether a unit that was given up is still to be done: nobody has done it since, or hands it out
// again.
Result<bool> IsStillGivenUp(Transaction& tx, const UnitOrder& order);

}  // namespace assay
