// ClassificationEngine: results into the database.
#include <algorithm>
#include <chrono>
#include <utility>

#include "jobs/classification_engine.h"
#include "jobs/now_ms.h"
#include "store/fleet_rows.h"

namespace assay {
namespace {

// Finished rows of a unit are recorded before all of it is done when there are this many bytes of
// them, or after this time: memory stays bounded and progress is seen.
constexpr uint64_t kFlushBytes = uint64_t{8} << 20;
constexpr int64_t kFlushMs = 5000;
constexpr std::chrono::milliseconds kLookEvery{500};

}  // namespace

void ClassificationEngine::RecordLoop() {
  while (true) {
    std::optional<Recording> recording;
    {
      std::unique_lock lock(mutex_);
      while (!(recording = NextToRecord())) {
        if (stopping_ && working_ == 0) {
          recording_ = false;
          ended_.notify_all();
          return;
        }
        record_wanted_.wait_for(lock, kLookEvery);
      }
    }
    Record(*recording);
  }
}

// Accounts take turns, then walks do: a large one always has another page ready by the time that
// one is recorded, and what the others have ready would wait for its end. Pages of a walk are
// recorded in the order of its listing; seats without work are freed.
std::optional<ClassificationEngine::Recording> ClassificationEngine::NextToRecord() {
  std::vector<Recording> ready;
  const int64_t now_ms = NowMs();
  for (const UnitPtr& unit : event_units_) AddIfReady(unit, nullptr, now_ms, &ready);
  const std::vector<WalkPtr> seated = seated_;
  for (const WalkPtr& walk : seated) {
    if (!walk->units.empty()) {
      AddIfReady(walk->units.front(), walk, now_ms, &ready);
    } else if (walk->held && !walk->listing) {
      GiveUpSeat(walk);
    }
  }
  if (ready.empty()) return std::nullopt;
  const auto waits_since = [this](const Recording& recording) {
    return std::pair(recorded_[recording.unit->account_id],
                     recording.walk == nullptr ? 0 : recording.walk->recorded);
  };
  // Of those that waited as long the first: events, then the oldest.
  const auto next = std::min_element(ready.begin(), ready.end(), [&](const auto& a, const auto& b) {
    return waits_since(a) < waits_since(b);
  });
  recorded_[next->unit->account_id] = ++turn_;
  if (next->walk != nullptr) next->walk->recorded = turn_;
  return *next;
}

void ClassificationEngine::AddIfReady(const UnitPtr& unit, const WalkPtr& walk, int64_t now_ms,
                                      std::vector<Recording>* ready) {
  // What nobody is at when we stop goes back to the queue at once: others need not wait for the
  // rest.
  const bool left = feed_.source != nullptr ? unit->taken == 0 : working_ == 0;
  if (stopping_ && left) unit->next = unit->objects.size();
  if (unit->settled()) {
    ready->push_back({unit, walk, unit->objects.size(), true});
  } else if (const auto to = FlushTo(unit, now_ms)) {
    ready->push_back({unit, walk, *to, false});
  }
}

// Up to where the unit is recorded now, before all of it is done.
std::optional<size_t> ClassificationEngine::FlushTo(const UnitPtr& unit, int64_t now_ms) {
  const bool flush = unit->unrecorded_bytes >= kFlushBytes || now_ms - unit->flushed_ms >= kFlushMs;
  if (!flush) return std::nullopt;
  size_t to = unit->recorded;
  while (to < unit->next && unit->objects[to].stage == UnitObject::Stage::kFinished) ++to;
  if (to > unit->recorded) return to;
  unit->flushed_ms = now_ms;
  return std::nullopt;
}

void ClassificationEngine::Record(const Recording& recording) {
  WorkUnit& unit = *recording.unit;
  RecordOptions options;
  options.to = recording.to;
  options.closes = recording.closes;
  options.max_attempts = options_.max_attempts;
  // Others of a fleet record results of the same account, but for units like these of other
  // objects.
  options.charge_last =
      feed_.source != nullptr && !unit.is_events() && unit.in_key_order && !unit.cut_before;
  RecordOutcome outcome;
  const auto record = [&](Transaction& tx) -> Status {
    options.now_ms = NowMs();
    if (feed_.source != nullptr) {
      ASSAY_RETURN_IF_ERROR(LockResults(tx, unit.account_id,
                                        options.charge_last ? Transaction::LockMode::kShared
                                                            : Transaction::LockMode::kExclusive));
    }
    return RecordUnit(tx, unit, options, &outcome);
  };
  Status status = WriteOrWait(record);
  if (status.code() == StatusCode::kAborted) {
    options.charge_last = false;  // where exactly the quota ends is found out alone
    status = WriteOrWait(record);
  }
  if (status.code() == StatusCode::kInvalidArgument && recording.closes) {
    // The database does not take these rows. The walk says so instead of standing still silently.
    unit.blocked = status;
    for (UnitObject& object : unit.objects) object.result = UnitObject::Result::kNotYet;
    status = WriteOrWait(record);
  }
  if (!status.ok()) {
    outcome = {};
    outcome.stale = true;  // deleted meanwhile, or we are being stopped: dropped
  }
  std::unique_lock lock(mutex_);
  const int64_t now_ms = NowMs();
  object_rate_.Add(outcome.objects, now_ms);
  byte_rate_.Add(outcome.bytes, now_ms);
  if (feed_.source != nullptr) {
    const auto ending = AfterFetched(recording, outcome, status);
    lock.unlock();  // the source may ask the database
    if (ending) feed_.source->Ended(unit, *ending);
  } else if (recording.walk == nullptr) {
    AfterEvents(recording, outcome);
  } else {
    AfterPage(recording, outcome);
  }
}

void ClassificationEngine::AfterPage(const Recording& recording, const RecordOutcome& outcome) {
  const UnitPtr& unit = recording.unit;
  const WalkPtr& walk = recording.walk;
  if (outcome.stale || outcome.quota_reached || (recording.closes && !outcome.advanced)) {
    plan_now_ = plan_now_ || outcome.stale || outcome.again;
    GiveUpSeat(walk);
    return;
  }
  if (!recording.closes) return NoteFlushed(recording);
  walk->row = outcome.walk;
  Forget(unit);
  walk->units.pop_front();
  if (walk->row.state == WalkState::kDone) {
    plan_now_ = true;
    GiveUpSeat(walk);
  }
  list_wanted_.notify_one();
}

void ClassificationEngine::NoteFlushed(const Recording& recording) {
  WorkUnit& unit = *recording.unit;
  for (size_t i = unit.recorded; i < recording.to; ++i) unit.objects[i].row = {};
  unit.recorded = recording.to;
  unit.unrecorded_bytes = 0;
  for (size_t i = recording.to; i < unit.next; ++i) {
    if (unit.objects[i].stage != UnitObject::Stage::kFinished) continue;
    unit.unrecorded_bytes += RecordBytes(unit.objects[i].row);
  }
  unit.flushed_ms = NowMs();
}

void ClassificationEngine::AfterEvents(const Recording& recording, const RecordOutcome& outcome) {
  const UnitPtr& unit = recording.unit;
  const std::string account_id = unit->account_id;
  if (!recording.closes && !outcome.stale && !outcome.quota_reached) return NoteFlushed(recording);
  Forget(unit);
  event_units_.erase(std::find(event_units_.begin(), event_units_.end(), unit));
  taking_events_.erase(account_id);
  if (unit->blocked.ok()) {
    event_errors_.erase(account_id);
  } else {
    event_errors_[account_id] = unit->blocked.message();
  }
  if (outcome.quota_reached) {
    event_quota_[account_id] = accounts_[account_id].quota_bytes;
  } else if (unit->blocked.ok() && !outcome.stale) {
    due_events_.insert(account_id);  // until there are none
    list_wanted_.notify_one();
  }
}

void ClassificationEngine::GiveUpSeat(const WalkPtr& walk) {
  const auto found = std::find(seated_.begin(), seated_.end(), walk);
  if (found == seated_.end()) return;
  seated_.erase(found);
  for (const UnitPtr& unit : walk->units) Forget(unit);
  walk->units.clear();
  if (!waiting_.empty()) plan_now_ = true;
  if (plan_now_) plan_wanted_.notify_one();
}

// The unit is in nobody's hand any more.
void ClassificationEngine::Forget(const UnitPtr& unit) {
  Unqueue(unit);
  uint64_t& reserved = reserved_[unit->account_id];
  reserved -= std::min(reserved, unit->reserved_bytes);
}

}  // namespace assay
