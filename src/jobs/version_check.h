// Whether an object has been dealt with already (rules R4, O2).
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "objectstore/object_store.h"
#include "store/object_rows.h"

namespace assay {

// Whether the row describes this very version of the object. A listing knows no version ids: where
// either side has none, the ETag decides.
bool IsSameVersion(const ObjectMark& mark, const ObjectInfo& object);

// Whether the object came to lie there at or after `since_ms`, as far as its store can tell: many
// tell full seconds only, and clocks of file systems lag by some milliseconds; in doubt it is new.
bool IsAddedSince(const ObjectInfo& object, int64_t since_ms);

// What makes an object that nothing is recorded of count.
struct NewObjects {
  bool always = false;   // one-time FULL: existing objects too
  int64_t since_ms = 0;  // continuous FULL: those added since; 0 = none
};

// Whether the object must be classified, given what is recorded of it. A retryable outcome is due
// again `slack_ms` after its moment.
bool NeedsClassifying(const ObjectInfo& object, const std::optional<ObjectMark>& mark,
                      const NewObjects& counts, int64_t now_ms, int64_t slack_ms);

// Pause before the next attempt after `attempts` failures in a row: 2 s, 8 s ... at most an hour.
int64_t RetryPauseMs(uint32_t attempts);

}  // namespace assay
