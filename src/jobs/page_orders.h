// Orders of pages of walks.
//
// Thread rule: a pure function.
#pragma once

#include "jobs/unit_order.h"
#include "queue/unit_queue.h"
#include "store/fleet_rows.h"

namespace assay {

// For this attempt at the page.
inline UnitMessage PageMessage(const WalkPageRow& page) {
  UnitOrder order;
  order.account_id = page.account_id;
  order.walk_id = page.walk_id;
  order.page_number = page.number;
  order.attempt = page.attempt;
  return {QueueLane::kPages, page.account_id, UnitIdOf(order), EncodeUnitOrder(order)};
}

}  // namespace assay
