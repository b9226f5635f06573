// ClassificationEngine: units that come from elsewhere, in a worker of a fleet.
#include <algorithm>
#include <utility>

#include "jobs/classification_engine.h"
#include "jobs/list_unit.h"
#include "jobs/now_ms.h"
#include "jobs/page_split.h"

namespace assay {
namespace {

// A worker has so much waiting for each of its classifiers, so that they go on while the next unit
// is fetched; more would be work that other workers could do.
constexpr size_t kAheadObjects = kPageKeys;
constexpr uint64_t kAheadBytes = kUnitBytes / 2;

// Whether something of it was left undone only because the process is being stopped.
bool IsUndone(const WorkUnit& unit) {
  return unit.blocked.ok() &&
         std::any_of(unit.objects.begin(), unit.objects.end(), [](const UnitObject& object) {
           return object.result == UnitObject::Result::kNotYet;
         });
}

}  // namespace

void ClassificationEngine::FetchLoop() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      list_wanted_.wait(lock, [this] { return stopping_ || WantsUnit(); });
      if (stopping_) return;
      ++fetching_;
    }
    UnitSource::Fetched fetched = feed_.source->Next();
    const UnitPtr unit = fetched.unit;
    bool added = true;
    {
      const std::lock_guard lock(mutex_);
      --fetching_;
      if (unit != nullptr) added = AddFetched(std::move(fetched));
      list_wanted_.notify_one();
    }
    if (!added) feed_.source->Ended(*unit, UnitSource::Ending::kNotDone);
  }
}

// What is being fetched is nobody's until it is here: no more is asked for at once than there are
// classifiers.
bool ClassificationEngine::WantsUnit() const {
  return event_units_.size() + fetching_ < feed_.units && fetching_ < jobs_ &&
         waiting_objects_ < kAheadObjects * jobs_ && waiting_bytes_ < kAheadBytes * jobs_;
}

bool ClassificationEngine::AddFetched(UnitSource::Fetched fetched) {
  const UnitPtr& unit = fetched.unit;
  if (stopping_) return false;
  accounts_[unit->account_id] = std::move(fetched.account);
  unit->flushed_ms = NowMs();
  event_units_.push_back(unit);
  if (unit->settled()) {
    record_wanted_.notify_one();
    return true;
  }
  AddWaiting(*unit);
  AccountQueue& queue = queues_[unit->account_id];
  (unit->is_events() ? queue.events : queue.pages).push_back(unit);
  work_wanted_.notify_all();
  return true;
}

std::optional<UnitSource::Ending> ClassificationEngine::AfterFetched(const Recording& recording,
                                                                     const RecordOutcome& outcome,
                                                                     const Status& status) {
  const UnitPtr& unit = recording.unit;
  const bool goes_on = status.ok() && !outcome.stale && !outcome.quota_reached;
  if (!recording.closes && goes_on) {
    NoteFlushed(recording);
    return std::nullopt;
  }
  UnitSource::Ending ending = UnitSource::Ending::kRecorded;
  if (!status.ok() && status.code() != StatusCode::kNotFound) {
    ending = UnitSource::Ending::kFailed;
  } else if (goes_on && unit->blocked.ok() && (!outcome.advanced || IsUndone(*unit))) {
    ending = UnitSource::Ending::kNotDone;
  }
  Forget(unit);
  event_units_.erase(std::find(event_units_.begin(), event_units_.end(), unit));
  list_wanted_.notify_one();
  return ending;
}

}  // namespace assay
