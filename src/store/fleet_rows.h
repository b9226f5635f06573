// Fleet: the pages of walks that were handed out to workers, who leads, and the workers. Used when
// several processes share one PostgreSQL (docs/scale-out.md).
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

enum class WalkPageState {
  kOpen,  // to be published, or with the queue or a worker
  kDone,  // recorded; the checkpoint has not reached it yet
  kDead,  // given up after too many attempts, until somebody asks for another
};

// One page of a walk on its way through the fleet.
struct WalkPageRow {
  int64_t walk_id = 0;
  int64_t number = 0;  // in listing order, ascending
  std::string account_id;
  std::string page;       // continuation that lists it; "" = the first
  std::string next_page;  // "" = it is the last
  std::string after_key;  // last key of the page before
  std::string last_key;   // its own last key
  bool bounded = true;    // its keys are those behind after_key, up to last_key
  WalkPageState state = WalkPageState::kOpen;
  int64_t attempt = 0;       // how often it was published
  int64_t published_ms = 0;  // 0 = it is to be published
  uint64_t listed_objects = 0;
  uint64_t listed_bytes = 0;
  std::string reason;  // of kDead
  // What the page had when it was listed (jobs/page_listing.h), for whoever gets it; "" = not kept.
  // InsertWalkPages writes it, GetWalkPageListing reads it; others leave it empty.
  std::string listing;
};

// kInvalidArgument: the walk is gone.
Status InsertWalkPages(Transaction& tx, const std::vector<WalkPageRow>& pages);
// All there are, by walk and number.
Result<std::vector<WalkPageRow>> ListWalkPages(Transaction& tx);
Result<std::optional<WalkPageRow>> GetWalkPage(Transaction& tx, int64_t walk_id, int64_t number);
// "" when there is none.
Result<std::string> GetWalkPageListing(Transaction& tx, int64_t walk_id, int64_t number);
Status MarkWalkPagePublished(Transaction& tx, const WalkPageRow& page, int64_t now_ms);
// The page is recorded. kNotFound: it was already, or is gone.
Status FinishWalkPage(Transaction& tx, const WalkPageRow& page);
// It is to be published again (a dead one too); nothing when it is done or gone.
Status ReopenWalkPage(Transaction& tx, int64_t walk_id, int64_t number);
Status BuryWalkPage(Transaction& tx, int64_t walk_id, int64_t number, const std::string& reason);
// The checkpoint of the walk moves behind `last`, over `done` pages of the sums given; a walk that
// was blocked goes on.
struct WalkProgress {
  int64_t walk_id = 0;
  int64_t number = 0;  // of the last page it moves over
  std::string continuation;
  std::string last_key;
  uint64_t pages = 0;
  uint64_t listed_objects = 0;
  uint64_t listed_bytes = 0;
};
// Also removes the pages. False: the walk is gone.
Result<bool> MoveCheckpoint(Transaction& tx, const WalkProgress& progress);
// The walk stops for now; its checkpoint is not touched.
Status StopWalk(Transaction& tx, const WalkRow& walk);

// Takes the lead: the epoch is greater than any before.
Result<int64_t> ClaimLeadership(Transaction& tx, const std::string& holder, int64_t now_ms);
// First in every transaction of a leader. kAborted: another one leads now.
Status RequireLeadership(Transaction& tx, int64_t epoch, int64_t now_ms);
struct LeaderRow {
  int64_t epoch = 0;  // 0 = there was none yet
  std::string holder;
  int64_t since_ms = 0;
  int64_t seen_ms = 0;
};
Result<LeaderRow> GetLeader(Transaction& tx);

// First in a transaction that records results. Pages of an account's walks have no object in common
// and are recorded side by side (kShared); events can be about any object, and wait (kExclusive).
Status LockResults(Transaction& tx, const std::string& account_id, Transaction::LockMode mode);
// Who else records the same page waits until the transaction ends.
Status LockWalkPage(Transaction& tx, int64_t walk_id, int64_t number);

struct WorkerRow {
  std::string worker_id;
  std::string host;
  std::string version;
  int64_t unit_format = 0;  // the newest it understands
  int64_t started_ms = 0;
  int64_t seen_ms = 0;
  bool draining = false;
  int64_t units = 0;  // it takes at most at once
  int64_t units_in_hand = 0;
  int64_t objects_per_minute = 0;
  int64_t bytes_per_second = 0;
  std::string last_error;
};
// Who was not heard of for longer is lost.
inline constexpr int64_t kWorkerAliveMs = 15'000;
inline bool IsAlive(const WorkerRow& worker, int64_t now_ms) {
  return worker.seen_ms > now_ms - kWorkerAliveMs;
}
Status PutWorker(Transaction& tx, const WorkerRow& worker);
Status DeleteWorker(Transaction& tx, const std::string& worker_id);
Result<std::vector<WorkerRow>> ListWorkers(Transaction& tx);
// Workers and claims that were not seen since.
Status PruneFleet(Transaction& tx, int64_t before_ms);

// Notes that a unit which came back is begun again; returns how many in a row had it before and
// did not finish it. The first who has it needs no claim.
Result<int64_t> ClaimUnit(Transaction& tx, const std::string& unit_id, int64_t now_ms);
// Who has the unit gives it back in good order: that is nothing against the unit, and the count
// begins anew.
Status ReturnUnit(Transaction& tx, const std::string& unit_id, int64_t now_ms);

// The events are not due again before `until_ms`, unless they are replaced, or were postponed since
// they were read: then it stays with that.
Status LeaseEvents(Transaction& tx, const std::vector<EventRow>& events, int64_t until_ms);
// Those of the events that were not finished or replaced meanwhile (by id and received_ms).
Result<std::vector<EventRow>> FindEvents(Transaction& tx, const std::vector<EventRow>& events);

}  // namespace assay
