// ProgressBar: one line on standard error, redrawn a few times a second by a thread of its own. For
// plain directories another thread counts ahead, so that the bar knows how much there is.
//
// Thread rule: made and destroyed by one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/key_glob.h"
#include "cli/scan_pipeline.h"
#include "cli/scan_target.h"

namespace assay {

struct ProgressFacts {
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t total_objects = 0;  // 0: not known (yet)
  double seconds = 0;
};

// The line without control characters, at most `width` columns.
std::string ProgressLine(const ProgressFacts& facts, size_t width);

class ProgressBar {
 public:
  // Draws until destroyed, then clears the line. The arguments must outlive it.
  ProgressBar(const ScanCounters& counters, const std::vector<ScanTarget>& targets,
              const KeyFilter& filter);
  ~ProgressBar();

 private:
  void Draw();
  void CountAhead();
  ProgressFacts Facts() const;

  const ScanCounters& counters_;
  const std::vector<ScanTarget>& targets_;
  const KeyFilter& filter_;
  const std::chrono::steady_clock::time_point begin_;
  std::atomic<uint64_t> total_objects_{0};
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread drawer_;
  std::thread counter_;
};

}  // namespace assay
