// ClassificationEngine: batches of units into results.
#include <algorithm>
#include <iterator>
#include <utility>

#include "jobs/classification_engine.h"
#include "jobs/now_ms.h"
#include "jobs/object_outcome.h"
#include "jobs/object_record.h"
#include "jobs/version_check.h"

namespace assay {

void ClassificationEngine::WorkLoop() {
  while (std::optional<Batch> batch = TakeBatch()) WorkOff(*batch);
  const std::lock_guard lock(mutex_);
  --working_;
  record_wanted_.notify_one();
}

// Events come first three times out of four: neither they nor the walks starve.
std::optional<ClassificationEngine::Batch> ClassificationEngine::TakeBatch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool events_first = batches_ % 4 != 3;
    std::optional<Batch> batch = TakeFrom(events_first);
    if (!batch) batch = TakeFrom(!events_first);
    if (batch) {
      ++batches_;
      return batch;
    }
    work_wanted_.wait(lock);
  }
  return std::nullopt;
}

// Accounts take turns.
std::optional<ClassificationEngine::Batch> ClassificationEngine::TakeFrom(bool events) {
  std::string& last = last_account_[events ? 1 : 0];
  auto queue = queues_.upper_bound(last);
  for (size_t i = 0; i < queues_.size(); ++i, ++queue) {
    if (queue == queues_.end()) queue = queues_.begin();
    const UnitPtr unit = UnitToTake(events ? &queue->second.events : &queue->second.pages);
    if (unit == nullptr) continue;
    Batch batch{unit, unit->next, unit->next};
    batch.to += FairBatchSize(
        waiting_objects_, unit->objects.size() - unit->next, unit->remote ? workers_ : jobs_,
        [&](size_t k) { return unit->objects[unit->next + k].work.object.size; });
    for (size_t k = batch.from; k < batch.to; ++k) {
      unit->objects[k].stage = UnitObject::Stage::kTaken;
      waiting_bytes_ -= unit->objects[k].work.object.size;
    }
    const size_t count = batch.to - batch.from;
    unit->taken += count;
    unit->next = batch.to;
    waiting_objects_ -= count;
    if (feed_.source != nullptr && WantsUnit()) list_wanted_.notify_one();
    if (!unit->remote) ++local_batches_;
    last = queue->first;
    if (unit->next == unit->objects.size()) Unqueue(unit);
    return batch;
  }
  return std::nullopt;
}

// The oldest unit that a worker may go at now: more workers than classifiers only help where
// reading waits.
ClassificationEngine::UnitPtr ClassificationEngine::UnitToTake(std::deque<UnitPtr>* units) {
  for (const UnitPtr& unit : *units) {
    if (unit->remote || local_batches_ <= jobs_) return unit;
  }
  return nullptr;
}

void ClassificationEngine::AddWaiting(const WorkUnit& unit) {
  waiting_objects_ += unit.objects.size();
  for (const UnitObject& object : unit.objects) waiting_bytes_ += object.work.object.size;
}

// Takes the unit out of the queue of its account; what it has left waiting is not taken any more.
void ClassificationEngine::Unqueue(const UnitPtr& unit) {
  const auto queue = queues_.find(unit->account_id);
  if (queue == queues_.end()) return;
  std::deque<UnitPtr>& units = unit->is_events() ? queue->second.events : queue->second.pages;
  const auto found = std::find(units.begin(), units.end(), unit);
  if (found == units.end()) return;
  waiting_objects_ -= unit->objects.size() - unit->next;
  for (size_t i = unit->next; i < unit->objects.size(); ++i) {
    waiting_bytes_ -= unit->objects[i].work.object.size;
  }
  units.erase(found);
  if (queue->second.events.empty() && queue->second.pages.empty()) queues_.erase(queue);
}

void ClassificationEngine::WorkOff(const Batch& batch) {
  WorkUnit* const unit = batch.unit.get();
  Status blocked;
  if (unit->is_events()) {
    for (size_t i = batch.from; i < batch.to && blocked.ok(); ++i) {
      if (!Cancelled()) blocked = LookAtEvent(unit, i);
    }
  }
  std::vector<BatchObject> objects;
  std::vector<size_t> places;
  objects.reserve(batch.to - batch.from);
  places.reserve(batch.to - batch.from);
  for (size_t i = batch.from; i < batch.to; ++i) {
    UnitObject& object = unit->objects[i];
    if (unit->is_events() && object.result != UnitObject::Result::kRecord) continue;
    objects.push_back(std::move(object.work));
    places.push_back(i);
  }
  const std::string& account_id = unit->account_id;
  std::string role_arn;
  {
    const std::lock_guard lock(mutex_);
    if (const auto account = accounts_.find(account_id); account != accounts_.end()) {
      role_arn = account->second.service_role_arn;
    }
  }
  BatchOptions options;
  const std::shared_ptr<ClassifierPool> pool = Pool();  // stays until the batch is done
  options.pool = pool.get();
  options.max_object_bytes = pool->max_object_bytes();
  options.crawl_ms = NowMs();
  options.detections = DetectionsAs::kBytes;
  options.stopping = [&] { return Cancelled() || !blocked.ok(); };
  options.cancelled = [this] { return Cancelled(); };
  options.read_ahead = &read_ahead_;
  options.before_read = [&](BatchObject* object) {
    const std::string& region = unit->resource.region;
    const OutcomeReason reason = encryption_.ReasonNotToRead(account_id, region, role_arn, object);
    if (reason == OutcomeReason::kNone) acls_.Read(account_id, region, role_arn, object);
    return reason;
  };
  bool probed = false;
  options.on_unavailable = [&](const BatchObject& object) {
    if (probed) return;
    probed = true;
    const Status store = ProbeStore(object);
    if (store.code() != StatusCode::kCancelled) blocked = store;
  };
  ClassifyBatch(options, &objects);
  // When we are cancelled, nobody knows whether it was the store.
  const bool store_away = !blocked.ok() || Cancelled();
  for (size_t k = 0; k < objects.size(); ++k) {
    GiveResult(&unit->objects[places[k]], account_id, store_away, &objects[k]);
  }
  GiveBack(batch, blocked);
}

// Looks at the object an event is about and says with `result` what is to be done: kRecord =
// classify it; kNotYet when we are cancelled meanwhile. Not OK: its store is away.
Status ClassificationEngine::LookAtEvent(WorkUnit* unit, size_t i) {
  UnitObject& object = unit->objects[i];
  if (object.result == UnitObject::Result::kNothing) return Status::Ok();
  ObjectInfo& info = object.work.object;
  Result<ObjectInfo> facts = object.work.store->Head(info.bucket, info.key);
  if (facts.status().code() == StatusCode::kCancelled) return Status::Ok();
  if (facts.ok()) {
    const NewObjects counts{object.counts_always, object.counts_since_ms};
    info = *std::move(facts);
    const bool wanted = NeedsClassifying(info, object.mark, counts, NowMs(), 0);
    object.result = wanted ? UnitObject::Result::kRecord : UnitObject::Result::kNothing;
    return Status::Ok();
  }
  // Whether the object is away, or its bucket, or it may not be looked at, the listing tells.
  Result<ListPage> page = object.work.store->List(info.bucket, info.key, "", 1);
  if (page.status().code() == StatusCode::kCancelled) return Status::Ok();
  if (!page.ok()) return page.status();
  const bool listed = !page->objects.empty() && page->objects.front().key == info.key;
  if (!listed) {
    object.result = UnitObject::Result::kGone;
  } else if (facts.status().code() == StatusCode::kPermissionDenied) {
    info = std::move(page->objects.front());  // the attempt to read it gives it its outcome
    object.result = UnitObject::Result::kRecord;
  } else {
    return facts.status();
  }
  return Status::Ok();
}

// Whether it was the store that failed, and not one object: OK when its bucket lists.
Status ClassificationEngine::ProbeStore(const BatchObject& object) {
  return object.store->List(object.object.bucket, object.object.key, "", 1).status();
}

void ClassificationEngine::GiveResult(UnitObject* object, const std::string& account_id,
                                      bool store_away, BatchObject* done) {
  Classification& record = done->record;
  record.account_id = account_id;
  record.timestamp_ms = NowMs();
  const bool not_its_fault = record.reason == OutcomeReason::kStoreUnavailable ||
                             record.reason == OutcomeReason::kVanished;
  if (done->cancelled || (store_away && not_its_fault)) {
    object->result = UnitObject::Result::kNotYet;
  } else {
    if (record.reason == OutcomeReason::kKmsKeyNotUsable) {
      EncryptionCheck::LearnKey(done->store, &done->object);
      FillObjectFacts(done->object, &record);
    }
    record.acl = std::move(done->acl);
    object->row = MakeObjectRow(std::move(record), done->object);
    object->row.world_readable = done->world_readable;
    object->may_retry = object->row.retryable;
    object->result = UnitObject::Result::kRecord;
  }
  record = {};  // the row holds it as text
  object->work = std::move(*done);
}

void ClassificationEngine::GiveBack(const Batch& batch, const Status& blocked) {
  const UnitPtr& unit = batch.unit;
  const std::lock_guard lock(mutex_);
  for (size_t i = batch.from; i < batch.to; ++i) {
    unit->objects[i].stage = UnitObject::Stage::kFinished;
    unit->unrecorded_bytes += RecordBytes(unit->objects[i].row);
  }
  unit->taken -= batch.to - batch.from;
  if (!unit->remote) --local_batches_;
  if (!blocked.ok()) {
    unit->blocked = blocked;
    Unqueue(unit);
  }
  record_wanted_.notify_one();
  work_wanted_.notify_one();
}

}  // namespace assay
