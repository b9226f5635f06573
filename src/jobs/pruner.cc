#include "jobs/pruner.h"

#include <chrono>
#include <utility>

#include "jobs/now_ms.h"
#include "jobs/work_search.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr int64_t kPruneEveryMs = int64_t{10} * 60 * 1000;
constexpr int64_t kPauseAfterErrorMs = 5000;

}  // namespace

Pruner::Pruner(Database* database, int64_t retention_ms, std::function<bool()> may_prune)
    : database_(database),
      retention_ms_(retention_ms),
      may_prune_(std::move(may_prune)),
      periodic_(kLookEvery, [this] { Look(); }) {}

Status Pruner::last_status() const {
  const std::lock_guard lock(mutex_);
  return last_status_;
}

void Pruner::Look() {
  const int64_t now_ms = NowMs();
  if (now_ms < next_ms_ || !may_prune_()) return;
  Status status = PruneAll(database_, now_ms, retention_ms_, may_prune_);
  next_ms_ = now_ms + (status.ok() ? kPruneEveryMs : kPauseAfterErrorMs);
  const std::lock_guard lock(mutex_);
  last_status_ = std::move(status);
}

}  // namespace assay
