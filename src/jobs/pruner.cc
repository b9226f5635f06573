#include "jobs/pruner.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "jobs/now_ms.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"
#include "store/setting_rows.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr int64_t kWalksEveryMs = int64_t{10} * 60 * 1000;
// Of a bucket of which some prefixes are monitored, all that lies between them is read.
constexpr int64_t kObjectsEveryMs = int64_t{3600} * 1000;
constexpr int64_t kPauseAfterErrorMs = 5000;
constexpr int64_t kMonthMs = int64_t{30} * 24 * 3600 * 1000;
constexpr uint32_t kAtOnce = 1000;

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
  if (now_ms < std::min(next_walks_ms_, next_objects_ms_) || !may_prune_()) return;
  Status status;
  if (now_ms >= next_walks_ms_) {
    status = PruneWalks();
    next_walks_ms_ = now_ms + (status.ok() ? kWalksEveryMs : kPauseAfterErrorMs);
  }
  if (status.ok() && now_ms >= next_objects_ms_) {
    status = PruneObjects(now_ms);
    next_objects_ms_ = now_ms + (status.ok() ? kObjectsEveryMs : kPauseAfterErrorMs);
  }
  const std::lock_guard lock(mutex_);
  last_status_ = status.WithContext("retention");
}

Status Pruner::PruneWalks() {
  return Repeat([](Transaction& tx) { return assay::PruneWalks(tx, kAtOnce); });
}

Status Pruner::PruneObjects(int64_t now_ms) {
  std::optional<std::string> months;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(months, GetSetting(tx, kRetentionMonthsSetting));
    return Status::Ok();
  }));
  const int64_t before_ms =
      now_ms - (months ? std::atoll(months->c_str()) * kMonthMs : retention_ms_);
  return Repeat([&](Transaction& tx) { return assay::PruneObjects(tx, before_ms, kAtOnce); });
}

Status Pruner::Repeat(const std::function<Result<uint64_t>(Transaction&)>& remove) {
  uint64_t removed = kAtOnce;
  while (removed == kAtOnce && may_prune_()) {
    const auto body = [&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(removed, remove(tx));
      return Status::Ok();
    };
    ASSAY_RETURN_IF_ERROR(database_->Write(body));
  }
  return Status::Ok();
}

}  // namespace assay
