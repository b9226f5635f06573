// UnitSource: where the units of a worker come from when it does not plan them itself.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "jobs/work_unit.h"
#include "store/account_rows.h"

namespace assay {

class UnitSource {
 public:
  virtual ~UnitSource() = default;

  struct Fetched {
    std::shared_ptr<WorkUnit> unit;  // null: there is none at present
    AccountRow account;
  };
  // Waits for some hundred milliseconds at most. A unit without objects is given too: that there
  // are none is to be recorded.
  virtual Fetched Next() = 0;

  // Nothing more comes of the unit here.
  enum class Ending {
    kRecorded,  // or it need not be
    kNotDone,   // it is to be worked on again
    kFailed,    // the same, but not at once
  };
  virtual void Ended(const WorkUnit& unit, Ending ending) = 0;
};

struct UnitFeed {
  UnitSource* source = nullptr;  // null: the engine plans itself. Outlives the engine
  uint32_t units = 3;            // at most in hand at once
};

// What an engine is doing, without a look into the database.
struct WorkLoad {
  uint32_t units_in_hand = 0;
  uint64_t objects_per_minute = 0;
  uint64_t bytes_per_second = 0;
  uint64_t classifier_restarts = 0;
  std::string last_error;
};

}  // namespace assay
