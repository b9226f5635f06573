// UnitOrder: what a message of the queue says is to be done: a page of a walk, or some object
// events. It names rows of the database and holds nothing of them, no key and no bucket; a worker
// reads there what is true when it begins.
//
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// The newest form of message that this program reads and writes. Raised with the schema, too, when
// a worker that was running before could not record what it does: it gives the unit back.
// 2 and 3: as 1, for workers that know of object.outcome_id and object.record (migrations 7 and 8).
inline constexpr int64_t kUnitFormat = 3;
inline constexpr size_t kMaxOrderEvents = 256;

struct UnitOrder {
  std::string account_id;  // 12 digits
  int64_t attempt = 0;     // grows whenever the same work is handed out again
  // Of walks:
  int64_t walk_id = 0;  // 0 = these are events
  int64_t page_number = 0;
  // Of events: the row and the receipt that it had.
  struct Event {
    int64_t id = 0;
    int64_t received_ms = 0;
    bool operator==(const Event&) const = default;
  };
  std::vector<Event> events;

  bool is_events() const { return walk_id == 0; }
  bool operator==(const UnitOrder&) const = default;
};

// JSON: {"v":2,"account":"111122223333","attempt":1,"walk":7,"page":12}
// or {"v":2,"account":"111122223333","attempt":1,"events":[[17,1700000000000],...]}.
std::string EncodeUnitOrder(const UnitOrder& order);
// kUnimplemented: of a newer program, which can read it; kDataLoss: nobody can.
Result<UnitOrder> DecodeUnitOrder(std::string_view text);
// Of this attempt at this work.
std::string UnitIdOf(const UnitOrder& order);

}  // namespace assay
