// Pruner: removes what nobody monitors any more when its retention ends (rule R6), now and then, on
// a thread of its own: much can end on one day, and nothing else waits for it.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "base/periodic.h"
#include "base/status.h"
#include "store/database.h"

namespace assay {

class Pruner {
 public:
  // `may_prune`: whether this process is the one to do it, asked before each of many short
  // transactions. Two that do it at the same time do no harm. `database` outlives the object.
  Pruner(Database* database, int64_t retention_ms, std::function<bool()> may_prune);

  void Stop() { periodic_.Stop(); }  // soon, but waits for nothing
  Status last_status() const;

 private:
  void Look();

  Database* const database_;
  const int64_t retention_ms_;
  const std::function<bool()> may_prune_;
  int64_t next_ms_ = 0;  // of the pruning thread
  mutable std::mutex mutex_;
  Status last_status_;  // guarded by mutex_
  Periodic periodic_;   // last: its thread uses the members above
};

}  // namespace assay
