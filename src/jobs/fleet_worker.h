// FleetWorker: a process of a fleet that classifies what the queue hands it. It keeps nothing of
// its own: another can take over whatever it had in hand. What people change about what is looked
// for (ruleset_settings.h), and how the serve that leads wants objects to be read
// (object_settings.h), it follows before the next unit, and within seconds.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "accounts/account_access.h"
#include "base/status.h"
#include "jobs/classification_service.h"
#include "jobs/fleet_source.h"
#include "jobs/object_settings.h"
#include "jobs/ruleset_settings.h"
#include "jobs/unit_source.h"
#include "queue/unit_queue.h"
#include "store/database.h"
#include "store/fleet_rows.h"

namespace assay {

class ClassificationEngine;

struct FleetWorkerOptions {
  ClassificationOptions classification;
  FleetSourceOptions source;
  uint32_t units = 1;   // in hand at most (worker_size.h)
  std::string version;  // of this program, for status pages
  // Called when the drain is over: what still waits for a store is to be cancelled.
  std::function<void()> on_drained = [] {};
};

struct FleetWorkerStatus {
  bool draining = false;
  WorkLoad load;
  uint64_t refused = 0;
  uint64_t given_up = 0;
  std::string last_error;  // "" = all is well
};

class FleetWorker {
 public:
  // All pointers must outlive the worker.
  static Result<std::unique_ptr<FleetWorker>> Start(Database* database, AccountAccess* access,
                                                    UnitQueue* queue,
                                                    const FleetWorkerOptions& options);
  ~FleetWorker();

  // Takes no more units, ends what is in hand within `drain_ms`, gives the rest back. It reports
  // itself until that is done.
  void Stop(int64_t drain_ms);
  FleetWorkerStatus Snapshot();
  const std::string& id() const { return row_.worker_id; }
  // In use now.
  ObjectSettings object_settings();

 private:
  FleetWorker(Database* database, const FleetWorkerOptions& options);
  void ReportLoop();
  Status Report(bool draining);
  // Several threads that come at once wait for the one that changes it. Fails when this program
  // cannot do what is set: others must do the work then, or nobody.
  Status FollowSettings();
  Status TakeOverSettings();  // REQUIRES: settings_mutex_ is held

  Database* const database_;
  const std::function<void()> on_drained_;
  WorkerRow row_;  // what of it never changes
  std::mutex settings_mutex_;
  std::string ruleset_json_;  // looked at last; guarded by settings_mutex_
  Status ruleset_status_;     // of that: why it is not in use; the same
  ObjectSettings objects_;    // in use; the same
  std::unique_ptr<FleetSource> source_;
  std::unique_ptr<ClassificationEngine> engine_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool draining_ = false;   // guarded by mutex_
  bool stopping_ = false;   // the same
  Status settings_status_;  // of the last look; the same
  std::thread report_;
};

}  // namespace assay
