// WorkUnit: some objects of one account that are classified and recorded together: a page of a
// walk's listing, or a handful of object events.
//
// Thread rule: the engine's lock guards a unit, except that the objects of a batch belong to the
// worker that took it until it gives them back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "jobs/object_batch.h"
#include "objectstore/object_store.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"

namespace assay {

// What of a row can be long.
inline uint64_t RecordBytes(const ObjectRow& row) {
  return row.record.size() + row.detections.size();
}

// One object on its way from the listing (or an event) to its row.
struct UnitObject {
  enum class Stage {
    kWaiting,   // for a worker
    kTaken,     // with one
    kFinished,  // has its result
  };
  enum class Result {
    kRecord,   // `row` is its outcome
    kNothing,  // nothing to record: unchanged, or not ours
    kGone,     // its row is to be removed
    kNotYet,   // could not be dealt with now: the store is away, or we are stopping
  };

  BatchObject work;
  std::optional<ObjectMark> mark;  // what was recorded of it before
  Stage stage = Stage::kWaiting;
  Result result = Result::kNotYet;
  ObjectRow row;
  bool may_retry = false;  // `row` is of a failure that may end differently next time
  // Events only: which objects count although nothing is recorded of them (R4).
  bool counts_always = false;
  int64_t counts_since_ms = 0;  // 0 = none
};

// A row whose object is not listed any more, and the version that was recorded.
struct GoneObject {
  std::string key;
  std::string etag;
};

struct WorkUnit {
  std::string account_id;
  bool remote = false;                               // reading waits for a network
  std::vector<std::shared_ptr<ObjectStore>> stores;  // kept open for the objects
  std::vector<UnitObject> objects;                   // in key order, those to work on
  size_t next = 0;                                   // objects before it were taken
  size_t taken = 0;                                  // objects with workers now
  size_t recorded = 0;                               // objects before it are in the database
  uint64_t unrecorded_bytes = 0;                     // of finished rows not in the database yet
  uint64_t reserved_bytes = 0;                       // of the quota, for what may be charged
  int64_t flushed_ms = 0;                            // when rows were last recorded
  Status blocked;  // not OK: the store failed; nothing more is taken

  // Of walks: the page.
  int64_t walk_id = 0;  // 0 = these are events
  // Of a fleet: its row (store/fleet_rows.h). 0 = the walk's checkpoint itself says whose turn it
  // is.
  int64_t page_number = 0;
  ResourceRow resource;
  std::string page;       // continuation that lists this page
  std::string next_page;  // "" = it was the last
  std::string last_key;
  bool in_key_order = true;  // no other page of the walk has a key of this one
  uint64_t listed_objects = 0;
  uint64_t listed_bytes = 0;
  std::vector<GoneObject> gone;  // in key order
  // There are more of these: the unit removes rows and nothing else, and its page comes again.
  bool gone_left = false;
  // The quota ends before the page does: the first object left out would be charged this.
  std::optional<uint64_t> cut_before;

  // Of events: one per object.
  std::vector<EventRow> events;

  bool is_events() const { return walk_id == 0; }
  // Nothing of it is with a worker, and no worker will take anything of it.
  bool settled() const { return taken == 0 && (next == objects.size() || !blocked.ok()); }
  // Objects that have their result and are not in the database.
  size_t unrecorded() const {
    return static_cast<size_t>(std::count_if(
        objects.begin() + static_cast<std::ptrdiff_t>(recorded), objects.end(),
        [](const UnitObject& object) { return object.stage == UnitObject::Stage::kFinished; }));
  }
};

}  // namespace assay
