// RecordUnit: puts what came of a unit of work into the database, in one transaction: outcomes,
// quota charge, removed rows, retries and the walk's next step. Whatever else happened to the same
// objects meanwhile is looked at inside the transaction, so that an object version is recorded and
// charged once however often it was classified (rules R3, R5, O1, O2).
//
// Thread rule: free function on a Transaction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "jobs/work_unit.h"
#include "store/database.h"

namespace assay {

struct RecordOptions {
  size_t to = 0;       // objects from unit.recorded up to here are recorded; REQUIRES: finished
  bool closes = true;  // nothing more will come of the unit: the walk moves on, or stops
  uint32_t max_attempts = 8;
  int64_t now_ms = 0;
  // The account is charged at the very end, so that others wait for this transaction as little as
  // can be. kAborted: its quota has no room for all; record again without this.
  bool charge_last = false;
};

struct RecordOutcome {
  // The walk ended or stands elsewhere, or the account was disabled: nothing was recorded.
  bool stale = false;
  bool quota_reached = false;  // and what came behind that point was left out
  bool again = false;          // the page is to be listed again at once
  bool advanced = false;       // the page is done; `walk` says what comes next
  WalkRow walk;                // as recorded; of walks only
  uint64_t objects = 0;        // recorded now
  uint64_t bytes = 0;          // bytes_classified of these
};

// The walk has reached the end: it is done, and its resource says so.
Status FinishWalk(Transaction& tx, WalkRow* walk, int64_t now_ms);

// REQUIRES: with `closes`, unit.settled(). Keeps its effects inside `tx`, *outcome, which it
// resets, and the unit's rows, in which it sets attempts, pauses and charge: may be run again after
// a rollback.
Status RecordUnit(Transaction& tx, WorkUnit& unit, const RecordOptions& options,
                  RecordOutcome* outcome);

}  // namespace assay
