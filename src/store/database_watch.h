// DatabaseWatch: knows whether a database answers without making anybody wait for it. A thread of
// its own asks each second; a database that does not answer holds up that thread alone.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <chrono>
#include <mutex>

#include "base/periodic.h"
#include "base/status.h"
#include "store/database.h"

namespace assay {

class DatabaseWatch {
 public:
  // `database` must outlive this; the destructor waits for the question under way.
  explicit DatabaseWatch(Database* database);

  // OK: it answered within the last seconds; otherwise why it did not. Never waits for it.
  Status Last() const;
  // Asks no more; does not wait.
  void Stop() { asking_.Stop(); }

 private:
  using Clock = std::chrono::steady_clock;
  void Ask();

  Database* const database_;
  mutable std::mutex mutex_;
  Status status_;                              // guarded by mutex_
  Clock::time_point answered_ = Clock::now();  // the same
  Periodic asking_;                            // last: it uses the members above
};

}  // namespace assay
