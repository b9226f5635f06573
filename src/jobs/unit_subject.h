// UnitSubject: what a unit of work is about, for the person who has to judge what was given up. The
// unit itself names rows of the database only.
//
// Thread rule: values and a free function.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "jobs/unit_order.h"
#include "store/database.h"

namespace assay {

struct UnitSubject {
  std::string bucket;    // "" = the work is done, or not wanted any more
  uint64_t objects = 0;  // the page had when it was listed; events that are still to be worked on
  std::string key;       // of a single event; bytes
  // Of a page that was listed in key order: its keys are those behind after_key ("" = from the
  // first), up to last_key; bytes.
  std::string after_key;
  std::string last_key;
  bool operator==(const UnitSubject&) const = default;
};

Result<UnitSubject> SubjectOf(Transaction& tx, const UnitOrder& order);

}  // namespace assay
