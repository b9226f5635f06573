#include "jobs/lost_workers.h"

#include <fmt/format.h>

namespace assay {
namespace {

constexpr int64_t kSteadyMs = 10'000;  // looks that follow each other so closely saw no outage

}  // namespace

std::vector<std::string> LostWorkers::News(const std::vector<WorkerRow>& workers, int64_t now_ms) {
  std::vector<std::string> news;
  if (now_ms - looked_ms_ > kSteadyMs) judge_from_ms_ = now_ms + kWorkerAliveMs;
  looked_ms_ = now_ms;
  std::set<std::string> gone = lost_;  // of those that have no row any more, nothing is told
  for (const WorkerRow& worker : workers) {
    gone.erase(worker.worker_id);
    if (IsAlive(worker, now_ms)) {
      if (lost_.erase(worker.worker_id) > 0) {
        news.push_back(fmt::format("worker {} is back", worker.worker_id));
      }
    } else if (now_ms >= judge_from_ms_ && lost_.insert(worker.worker_id).second) {
      news.push_back(fmt::format(
          "worker {} is lost: not heard of for {} s; what it had in hand ({} {}) goes to others",
          worker.worker_id, (now_ms - worker.seen_ms) / 1000, worker.units_in_hand,
          worker.units_in_hand == 1 ? "unit" : "units"));
    }
  }
  for (const std::string& worker_id : gone) lost_.erase(worker_id);
  return news;
}

}  // namespace assay
