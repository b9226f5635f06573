// FleetLeader: plans the work of a fleet. Every `assay serve` has one; the one that holds the lease
// leads: it lists pages of walks ahead of the workers, writes them down, publishes orders for them
// and for object events, and moves the checkpoints of walks over pages that are done. What it knows
// is in the database; what it plans there it writes under its epoch, so that one that was deposed
// and does not know it yet changes nothing (store/fleet_rows.h). Orders that are published twice
// are harmless, and so is retention (pruner.h) for a moment in two processes.
//
// Thread rule: all public methods may be called by several threads at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "accounts/account_access.h"
#include "jobs/event_queues.h"
#include "jobs/lease_keeper.h"
#include "jobs/object_settings.h"
#include "jobs/page_seats.h"
#include "jobs/pruner.h"
#include "jobs/unit_order.h"
#include "jobs/work_search.h"
#include "queue/unit_queue.h"
#include "store/database.h"
#include "store/fleet_rows.h"

namespace assay {

struct FleetLeaderOptions {
  std::string holder;  // of the lease, for status pages
  int64_t comparison_interval_ms = 60'000;
  int64_t retention_ms = int64_t{30} * 24 * 3600 * 1000;
  int64_t ack_wait_ms = 30'000;  // as the queue's
  uint32_t depth = 0;            // pages in hand at most; 0 = twice what the workers take at once
  ObjectSettings objects;        // that hold for all workers
};

class FleetLeader {
 public:
  // All pointers must outlive the leader.
  FleetLeader(Database* database, AccountAccess* access, UnitQueue* queue, QueueLease* lease,
              const FleetLeaderOptions& options);
  ~FleetLeader();

  void Stop();  // gives the lease back
  void Wake();
  bool leading() const { return leading_; }
  std::string last_error() const;
  EventQueueStatus event_queues() const { return event_queues_->Snapshot(); }

 private:
  // --- fleet_leader.cc
  void LeadLoop();
  Status WhyNotLeading();
  Status TakeTheLead();
  Status Tick();
  Status Plan();
  Status PruneMembers();
  Status WriteLeading(const std::function<Status(Transaction&)>& body);
  void NoteError(const Status& status);
  bool Stopping() const;

  // --- fleet_pages.cc: pages listed, published, done
  void ListLoop();
  void ListPageOf(const PageSeats::Turn& turn);
  Result<std::vector<WalkPageRow>> ListOne(const PageSeats::Turn& turn);
  Status MovePages();
  Status PublishPages();
  Status LookForLostPages();

  // --- fleet_letters.cc: of what was given up
  Status LookAtLetters();
  Status WriteMissingLetters();

  // --- fleet_events.cc: events handed out
  Status HandOutEvents();
  Status HandOutEventsOf(const std::string& account_id, bool* more);
  Status PublishEvents();

  Database* const database_;
  AccountAccess* const access_;
  UnitQueue* const queue_;
  const FleetLeaderOptions options_;
  std::atomic<bool> leading_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable list_wanted_;
  // Guarded by mutex_:
  bool stopping_ = false;
  bool plan_now_ = true;
  bool woken_ = false;  // the next look comes at once, and this ends with it
  std::string last_error_;
  PageSeats seats_;
  std::map<std::string, AccountRow> accounts_;
  std::atomic<int64_t> epoch_{0};
  // Of the leading thread alone:
  uint64_t term_ = 0;  // of the lease, when it took the lead
  Status unfit_;       // another version's database keeps it from leading
  int64_t planned_ms_ = 0;
  int64_t members_pruned_ms_ = 0;
  int64_t letters_ms_ = 0;      // when dead letters were last looked at
  uint64_t letters_after_ = 0;  // the sequence behind which the next look begins
  // Pages that the queue seems to have lost, and since when.
  using PageAttempt = std::tuple<int64_t, int64_t, int64_t>;  // walk, number, attempt
  std::map<PageAttempt, int64_t> suspected_;
  std::set<std::pair<int64_t, int64_t>> lettered_;    // walk and page, of this turn through all
  std::set<std::pair<int64_t, int64_t>> unlettered_;  // given up, and no letter in the last turn
  std::vector<WalkPageRow> to_publish_;
  std::vector<UnitMessage> events_to_publish_;
  std::set<std::string> due_events_;  // accounts
  std::string last_event_account_;
  // Their threads wake us: all that is above must be there before.
  std::unique_ptr<EventQueues> event_queues_;
  Pruner pruner_;
  LeaseKeeper keeper_;
  std::vector<std::thread> threads_;
};

}  // namespace assay
