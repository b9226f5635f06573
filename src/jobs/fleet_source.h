// FleetSource: the units of a worker of a fleet. Takes orders from the queue, events before pages
// three times out of four, makes units of them, keeps the queue told that they are being worked on,
// and answers for each when the engine is through with it.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "accounts/account_access.h"
#include "jobs/unit_order.h"
#include "jobs/unit_source.h"
#include "queue/unit_queue.h"
#include "store/database.h"
#include "store/fleet_rows.h"

namespace assay {

struct FleetSourceOptions {
  int64_t ack_wait_ms = 30'000;  // as the queue's
  uint32_t max_attempts = 5;     // after so many a unit is given up and becomes a dead letter
  // Runs whenever a unit was listed, before it is worked on: what was changed before an object came
  // holds for the object. A unit for which it fails goes back to the queue. By several threads at
  // once.
  std::function<Status()> before_unit = [] { return Status::Ok(); };
};

class FleetSource : public UnitSource {
 public:
  FleetSource(Database* database, AccountAccess* access, UnitQueue* queue,
              const FleetSourceOptions& options);
  ~FleetSource() override;

  Fetched Next() override;
  void Ended(const WorkUnit& unit, Ending ending) override;
  // Object events in hand are not handed out to others, however long they take. To be called every
  // few seconds; asks the database now and then.
  Status KeepEvents();
  // Next gives no unit any more, and returns soon.
  void Stop();

  std::string last_error() const;
  uint64_t refused() const { return refused_; }  // units of a newer format
  uint64_t given_up() const { return given_up_; }

 private:
  using TakenPtr = std::shared_ptr<TakenUnit>;

  Result<std::unique_ptr<TakenUnit>> TakeOne();
  Fetched Accept(const TakenPtr& taken);
  // Why the unit is given up; "" when it is not.
  Result<std::string> CountAttempt(const TakenUnit& taken, const std::string& unit_id);
  // So that it counts as no attempt.
  void NoteReturned(const TakenUnit& taken);
  Status GiveUp(const TakenUnit& taken, const std::optional<UnitOrder>& order,
                const std::string& reason);
  Status HandOutAlone(const UnitOrder& order);
  // Null: the order is void, because the work was done or is not wanted any more.
  Result<Fetched> MakePageUnit(const UnitOrder& order);
  Result<Fetched> MakeEventUnit(const UnitOrder& order);
  Result<std::shared_ptr<WorkUnit>> ListUnitOf(const WalkRow& walk, const ResourceRow& resource,
                                               const AccountRow& account, const WalkPageRow& page,
                                               Status* database_error);
  void NoteError(const Status& status);
  void Pause();
  void HeartbeatLoop();

  Database* const database_;
  AccountAccess* const access_;
  UnitQueue* const queue_;
  const FleetSourceOptions options_;
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> given_up_{0};
  std::atomic<uint64_t> turns_{0};
  std::atomic<bool> ready_{false};  // until before_unit fails; no unit is taken before it does not
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  // Guarded by mutex_:
  bool stopping_ = false;
  bool prepared_ = false;
  std::string last_error_;
  struct InHand {
    TakenPtr taken;
    std::vector<EventRow> events;
  };
  std::map<const WorkUnit*, InHand> in_hand_;
  int64_t events_kept_ms_ = 0;
  std::map<const TakenUnit*, TakenPtr> being_made_;
  std::thread heartbeat_;
};

}  // namespace assay
