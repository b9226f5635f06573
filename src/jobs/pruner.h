// Pruner: removes what nobody monitors any more when its retention ends (rule R6), the one people
// set (store/setting_rows.h) or else what it is told, and walks that are over but for the last of
// each kind. Now and then, on a thread of its own: much can end on one day, and nothing else waits
// for it.
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
  Status last_status() const;        // "retention: ..."

 private:
  void Look();
  Status PruneWalks();
  Status PruneObjects(int64_t now_ms);
  // Many short transactions, until one removes less than it might.
  Status Repeat(const std::function<Result<uint64_t>(Transaction&)>& remove);

  Database* const database_;
  const int64_t retention_ms_;
  const std::function<bool()> may_prune_;
  int64_t next_walks_ms_ = 0;    // of the pruning thread
  int64_t next_objects_ms_ = 0;  // the same
  mutable std::mutex mutex_;
  Status last_status_;  // guarded by mutex_
  Periodic periodic_;   // last: its thread uses the members above
};

}  // namespace assay
