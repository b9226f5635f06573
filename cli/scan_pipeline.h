// ScanPipeline: list -> bounded queue -> workers, each with a classifier -> results in listing
// order
// -> one writer. Memory does not grow with the number of objects.
//
// Thread rule: made and run by one thread; it starts and joins its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "classify/classifier_client.h"
#include "cli/bounded_queue.h"
#include "cli/key_glob.h"
#include "cli/ordered_results.h"
#include "cli/scan_summary.h"
#include "cli/scan_target.h"
#include "jobs/object_batch.h"
#include "jobs/read_ahead_budget.h"

namespace assay {

// Where in the listing an object stands; kept until it is finished.
struct ListPosition {
  size_t target = 0;                        // index into targets
  std::shared_ptr<const std::string> page;  // continuation token that lists its page
  std::string key;
};

// Where an earlier run stopped.
struct ScanStart {
  size_t target = 0;
  std::string page;
  std::string last_key;  // keys of that page up to and including this one are finished
};

// An object that was worked off, as the writer gets it.
struct FinishedObject {
  ListPosition position;
  bool cancelled = false;  // a stop request came first: there is no result
  bool reported = false;   // false: left out of the report; its row still counts
  bool unchanged = false;  // left out because the baseline knows it
  ScanRow row;
  std::string text;  // for the report
};

// Live figures, for the progress bar.
struct ScanCounters {
  std::atomic<uint64_t> objects{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<bool> listed_all{false};
  std::atomic<uint64_t> listed_objects{0};
  std::atomic<uint64_t> listed_bytes{0};
};

struct PipelineOptions {
  std::vector<ScanTarget> targets;
  ScanStart start;
  KeyFilter filter;
  uint32_t workers = 1;
  uint64_t read_ahead_bytes = 0;  // of objects behind a network; see ReadAheadBudget
  uint64_t max_object_bytes = 0;
  int64_t crawl_ms = 0;  // when this scan began
  // A target that cannot be listed ends the scan there (a later run goes on with it); otherwise the
  // next target's turn comes.
  bool end_at_target_error = false;
  const std::atomic<bool>* stop = nullptr;
  // Fills row, text and reported. Called by the workers at once.
  std::function<void(const Classification&, FinishedObject*)> render;
  // Told about a target that cannot be listed any further. Called by the lister.
  std::function<void(const ScanTarget&, const Status&)> on_target_error;
};

class ScanPipeline {
 public:
  ScanPipeline(PipelineOptions options, ClassifierPool* pool);
  ~ScanPipeline();

  void Start();
  // The next finished object in listing order. kTimeout after `patience` without one.
  using Got = OrderedResults<FinishedObject>::Got;
  Got Next(FinishedObject* finished, std::chrono::milliseconds patience) {
    return results_.Next(finished, patience);
  }
  // Lets no new work begin.
  void Stop();

  const ScanCounters& counters() const { return counters_; }

 private:
  struct WorkItem {
    uint64_t number = 0;
    ListPosition position;
    ObjectInfo object;
  };

  void ListTargets();
  Status ListTarget(size_t index);
  bool Enqueue(size_t target, const std::shared_ptr<const std::string>& page, ObjectInfo object);
  void Work();
  void WorkOff(std::vector<WorkItem>* items);
  void Deliver(WorkItem* item, BatchObject* done);
  bool Stopping() const;

  PipelineOptions options_;
  ClassifierPool* const pool_;
  ReadAheadBudget read_ahead_;
  BoundedQueue<WorkItem> queue_;
  OrderedResults<FinishedObject> results_;
  ScanCounters counters_;
  std::vector<std::thread> threads_;
  std::atomic<uint32_t> workers_left_{0};
  std::atomic<bool> stopped_{false};
  uint64_t next_number_ = 0;  // lister only
};

}  // namespace assay
