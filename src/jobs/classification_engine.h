// ClassificationEngine: the ClassificationService. Its threads:
//   planner   looks into the database for walks and events that are due, starts listing
//             comparisons, prunes
//   listers   turn pages of listings and events into units of work (list_unit.h)
//   workers   read and classify batches of the units, fair between accounts
//   queues    read object events from the accounts' queues (event_queues.h)
//   recorder  puts finished units into the database (unit_record.h), pages of a walk in order
// A walk has a seat while its pages are in hand; seats go round between accounts.
//
// In a worker of a fleet the units come from elsewhere (unit_source.h): fetchers stand in for the
// planner, the listers and the queues, and units are recorded in any order.
//
// Thread rule: all public methods may be called by several threads at once.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/classification_service.h"
#include "jobs/event_queues.h"
#include "jobs/list_unit.h"
#include "jobs/object_acl.h"
#include "jobs/object_encryption.h"
#include "jobs/object_settings.h"
#include "jobs/pruner.h"
#include "jobs/rate_meter.h"
#include "jobs/unit_record.h"
#include "jobs/unit_source.h"
#include "jobs/work_search.h"
#include "jobs/work_unit.h"
#include "store/account_rows.h"

namespace assay {

// Pages of one walk in hand: one that is recorded, one that waits for that, one that is classified,
// one that is listed.
inline constexpr size_t kPagesInHand = 4;

// Classifying threads per job for objects behind a network, whose reading mostly waits.
inline constexpr uint32_t kReadersPerJob = 8;

// How many classifier processes options.jobs asks for.
uint32_t JobsOf(const ClassificationOptions& options);

class ClassificationEngine : public ClassificationService {
 public:
  ClassificationEngine(Database* database, AccountAccess* access,
                       const ClassificationOptions& options, std::unique_ptr<ClassifierPool> pool,
                       const UnitFeed& feed = {});
  ~ClassificationEngine() override;

  void Start();
  void Stop(int64_t drain_ms) override;
  // After Stop: waits until nothing is in hand any more.
  void Join();
  void Wake() override;
  Status AddEvents(const std::vector<EventRow>& events) override;
  Status ClassifyAgain(const std::string& account_id, const std::string& bucket,
                       const std::string& key) override;
  ClassificationStatus Snapshot() override;
  Status SetRuleset(const RulesetOptions& ruleset) override;
  // The same for how objects are read.
  Status SetObjectSettings(const ObjectSettings& settings);
  WorkLoad Load();

 private:
  using UnitPtr = std::shared_ptr<WorkUnit>;

  // A walk that has a seat.
  struct ActiveWalk {
    WalkRow row;
    ResourceRow resource;
    std::string next_page;      // to be listed
    std::string after_key;      // last key of the page before it
    bool listing = false;       // a lister is at it
    bool listed_all = false;    // there is no further page
    bool held = false;          // no further page is listed: its seat is given up
    uint32_t pages = 0;         // listed in this turn
    uint64_t recorded = 0;      // when a page of it was last recorded, in turns
    std::deque<UnitPtr> units;  // in listing order
  };
  using WalkPtr = std::shared_ptr<ActiveWalk>;

  struct Waiting {  // a walk without a seat
    WalkRow row;
    ResourceRow resource;
  };

  // Units with objects that wait for a worker.
  struct AccountQueue {
    std::deque<UnitPtr> events;
    std::deque<UnitPtr> pages;
  };

  // What of a unit is to be recorded now.
  struct Recording {
    UnitPtr unit;
    WalkPtr walk;  // null for events, and in a worker of a fleet
    size_t to = 0;
    bool closes = true;
  };

  struct Batch {
    UnitPtr unit;
    size_t from = 0;
    size_t to = 0;
  };

  // --- classification_engine.cc
  void NoteDatabaseError(const Status& status);
  Status WriteOrWait(const std::function<Status(Transaction&)>& body);
  // Ends early when `end` becomes true.
  void PauseAfterDatabaseError(uint32_t failures, const std::atomic<bool>& end);
  bool TakingWork() const { return !stopping_; }
  bool Cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  std::shared_ptr<ClassifierPool> Pool() const;
  // Starts a pool with changed options, and lets the old one end.
  Status ChangePool(const std::function<void(ClassifierPoolOptions*)>& change);

  // --- engine_planner.cc: finding out what there is to do
  void PlanLoop();
  Status Plan();
  Status StartComparisons(const WorkFound& found);
  Status ResumeAfterQuota(const WorkFound& found);
  void GiveOut(WorkFound found);
  void SeatWalks();
  bool MayBeSeated(const Waiting& waiting) const;
  size_t SeatsOf(const std::string& account_id) const;

  // --- engine_lister.cc: pages and events into units
  void ListLoop();
  WalkPtr NextToList();
  void ListPageOf(const WalkPtr& walk);
  Result<UnitPtr> MakePageUnit(const WalkPtr& walk, const ListRequest& request, Status* db_error);
  void AddPage(const WalkPtr& walk, UnitPtr unit);
  std::optional<std::string> NextEventAccount();
  void TakeEventsOf(const std::string& account_id);
  Result<UnitPtr> MakeEventUnit(const std::string& account_id);

  // --- engine_fetcher.cc: units that come from elsewhere
  void FetchLoop();
  bool WantsUnit() const;
  // False: it comes too late.
  bool AddFetched(UnitSource::Fetched fetched);
  // What the source is to be told of the unit, when nothing more comes of it.
  std::optional<UnitSource::Ending> AfterFetched(const Recording& recording,
                                                 const RecordOutcome& outcome,
                                                 const Status& status);

  // --- engine_worker.cc: batches into results
  void WorkLoop();
  std::optional<Batch> TakeBatch();
  std::optional<Batch> TakeFrom(bool events);
  UnitPtr UnitToTake(std::deque<UnitPtr>* units);
  void AddWaiting(const WorkUnit& unit);
  void WorkOff(const Batch& batch);
  Status LookAtEvent(WorkUnit* unit, size_t i);
  void GiveResult(UnitObject* object, const std::string& account_id, bool store_away,
                  BatchObject* done);
  Status ProbeStore(const BatchObject& object);
  void GiveBack(const Batch& batch, const Status& blocked);

  // --- engine_recorder.cc: results into the database
  void RecordLoop();
  std::optional<Recording> NextToRecord();
  void Record(const Recording& recording);
  void AddIfReady(const UnitPtr& unit, const WalkPtr& walk, int64_t now_ms,
                  std::vector<Recording>* ready);
  std::optional<size_t> FlushTo(const UnitPtr& unit, int64_t now_ms);
  void NoteFlushed(const Recording& recording);
  void AfterPage(const Recording& recording, const RecordOutcome& outcome);
  void AfterEvents(const Recording& recording, const RecordOutcome& outcome);
  void GiveUpSeat(const WalkPtr& walk);
  void Forget(const UnitPtr& unit);
  void Unqueue(const UnitPtr& unit);

  Database* const database_;
  AccountAccess* const access_;
  const ClassificationOptions options_;
  const UnitFeed feed_;
  ReadAheadBudget read_ahead_;
  const uint32_t jobs_;
  const uint32_t workers_;
  EncryptionCheck encryption_;
  ObjectAclReader acls_;
  std::unique_ptr<EventQueues> event_queues_;

  std::atomic<bool> stopping_{false};   // no new work
  std::atomic<bool> cancelled_{false};  // what is in hand ends now
  std::mutex changing_pool_;            // one change at a time; taken before mutex_
  ClassifierPoolOptions pool_options_;  // of pool_; guarded by changing_pool_
  mutable std::mutex mutex_;
  std::condition_variable plan_wanted_;
  std::condition_variable list_wanted_;
  std::condition_variable work_wanted_;
  std::condition_variable record_wanted_;
  std::condition_variable ended_;
  // All below guarded by mutex_.
  std::shared_ptr<ClassifierPool> pool_;
  uint64_t earlier_restarts_ = 0;  // of pools before
  bool plan_now_ = true;
  uint32_t working_ = 0;    // workers that have not ended
  bool recording_ = false;  // the recorder has not ended
  std::vector<WalkPtr> seated_;
  std::vector<Waiting> waiting_;
  std::map<std::string, uint64_t> served_;    // account -> when it last got a seat, in turns
  std::map<std::string, uint64_t> recorded_;  // account -> when it was last recorded, in turns
  uint64_t turn_ = 0;
  std::map<std::string, AccountQueue> queues_;
  std::array<std::string, 2> last_account_;  // that got a worker: of pages, of events
  uint64_t batches_ = 0;
  size_t waiting_objects_ = 0;  // in queues_
  uint64_t waiting_bytes_ = 0;
  uint32_t local_batches_ = 0;                       // with workers, of stores that need no waiting
  std::map<std::string, AccountRow> accounts_;       // integrated ones, as last seen
  std::set<std::string> due_events_;                 // accounts with events to take
  std::set<std::string> taking_events_;              // accounts with an event unit in hand
  std::map<std::string, int64_t> event_quota_;       // account -> quota its events ran into
  std::map<std::string, std::string> event_errors_;  // account -> why its events wait
  std::vector<UnitPtr> event_units_;                 // and fetched ones: recorded in any order
  uint32_t fetching_ = 0;                            // fetchers that may be about to bring one
  std::map<std::string, uint64_t> reserved_;         // account -> quota that units in hand may need
  std::string last_error_;
  RateMeter object_rate_;
  RateMeter byte_rate_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Pruner> pruner_;  // of a service that does all work itself
};

}  // namespace assay
