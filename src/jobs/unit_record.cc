#include "jobs/unit_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "inventory/estimate.h"
#include "jobs/version_check.h"
#include "store/account_rows.h"
#include "store/fleet_rows.h"

namespace assay {
namespace {

class UnitRecorder {
 public:
  UnitRecorder(Transaction& tx, WorkUnit& unit, const RecordOptions& options,
               RecordOutcome* outcome)
      : tx_(tx), unit_(unit), options_(options), out_(*outcome) {}

  Status Run() {
    out_ = {};
    ASSAY_RETURN_IF_ERROR(FindWalk());
    if (out_.stale) return Status::Ok();
    ASSAY_RETURN_IF_ERROR(LoadMarks());
    const size_t end = End();
    for (size_t i = unit_.recorded; i < end; ++i) Collect(i);
    if (!options_.charge_last) ASSAY_RETURN_IF_ERROR(Charge());
    ASSAY_RETURN_IF_ERROR(PutObjects(tx_, rows_));
    for (const ObjectRow* row : rows_) out_.bytes += static_cast<uint64_t>(row->bytes_classified);
    out_.objects = rows_.size();
    ASSAY_RETURN_IF_ERROR(DeleteGone());
    ASSAY_RETURN_IF_ERROR(PlanRetries());
    if (unit_.is_events()) return FinishEvents();
    ASSAY_RETURN_IF_ERROR(MoveWalk());
    return options_.charge_last ? ChargeAll() : Status::Ok();
  }

 private:
  Status FindWalk() {
    if (unit_.is_events()) return FindAccount();
    ASSAY_ASSIGN_OR_RETURN(std::optional<WalkRow> walk, GetWalk(tx_, unit_.walk_id));
    out_.stale = !walk || walk->state == WalkState::kDone;
    if (unit_.page_number != 0 && !out_.stale) {
      ASSAY_RETURN_IF_ERROR(LockWalkPage(tx_, unit_.walk_id, unit_.page_number));
      ASSAY_ASSIGN_OR_RETURN(page_, GetWalkPage(tx_, unit_.walk_id, unit_.page_number));
      out_.stale = !page_ || page_->state == WalkPageState::kDone;
    } else if (!out_.stale) {
      out_.stale = walk->continuation != unit_.page;
    }
    if (walk) out_.walk = *std::move(walk);
    return Status::Ok();
  }

  // What was collected of an account that was disabled meanwhile is deleted, and stays so.
  Status FindAccount() {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account,
                           GetAccount(tx_, unit_.account_id));
    out_.stale = !account || account->state != AccountState::kIntegrated;
    return Status::Ok();
  }

  Status LoadMarks() {
    const size_t end = End();
    if (unit_.is_events()) {
      for (size_t i = unit_.recorded; i < end; ++i) {
        const EventRow& event = unit_.events[i];
        ASSAY_ASSIGN_OR_RETURN(std::optional<ObjectMark> mark,
                               GetObjectMark(tx_, unit_.account_id, event.bucket, event.key));
        if (mark) marks_.emplace(std::pair(event.bucket, event.key), *std::move(mark));
      }
      return Status::Ok();
    }
    std::vector<std::string> keys;
    for (size_t i = unit_.recorded; i < end; ++i) keys.push_back(unit_.objects[i].work.object.key);
    for (size_t i = 0; options_.closes && i < unit_.gone.size(); ++i) {
      keys.push_back(unit_.gone[i].key);
    }
    std::sort(keys.begin(), keys.end());
    ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectMark> marks,
                           GetObjectMarks(tx_, unit_.account_id, unit_.resource.bucket, keys));
    for (ObjectMark& mark : marks) {
      std::pair name(unit_.resource.bucket, mark.key);
      marks_.emplace(std::move(name), std::move(mark));
    }
    return Status::Ok();
  }

  const ObjectMark* MarkOf(const std::string& bucket, const std::string& key) const {
    const auto found = marks_.find(std::pair(bucket, key));
    return found == marks_.end() ? nullptr : &found->second;
  }

  // Decides what becomes of the object's row.
  void Collect(size_t i) {
    UnitObject& object = unit_.objects[i];
    if (object.stage != UnitObject::Stage::kFinished ||
        object.result != UnitObject::Result::kRecord) {
      return;
    }
    const ObjectInfo& info = object.work.object;
    const ObjectMark* mark = MarkOf(info.bucket, info.key);
    const bool same = mark != nullptr && IsSameVersion(*mark, info);
    if (same && !mark->retryable) return;  // someone else was faster
    ObjectRow& row = object.row;           // a copy would copy its record, which can be long
    row.account_id = unit_.account_id;
    row.classified_at_ms = options_.now_ms;
    row.version_id = same && info.version_id.empty() ? mark->version_id : info.version_id;
    row.retryable = object.may_retry;
    row.not_before_ms = 0;
    if (row.retryable) {
      row.attempts = (same ? mark->attempts : 0) + 1;
      row.retryable = row.attempts < options_.max_attempts;
      if (row.retryable) row.not_before_ms = options_.now_ms + RetryPauseMs(row.attempts);
    }
    const int64_t charged_before = same ? mark->charged_bytes : 0;
    int64_t charge = 0;
    if (row.outcome == OutcomeName(Outcome::kClassified) && charged_before == 0) {
      charge = static_cast<int64_t>(ProcessedBytes(info.size, info.storage_class));
    }
    row.charged_bytes = charged_before + charge;
    rows_.push_back(&row);
    charges_.push_back(charge);
    sources_.push_back(i);
  }

  // Leaves out everything from the first object on that does not fit any more.
  Status Charge() {
    int64_t sum = 0;
    for (const int64_t charge : charges_) sum += charge;
    if (sum == 0) return Status::Ok();
    ASSAY_ASSIGN_OR_RETURN(const bool fits, ChargeQuota(tx_, unit_.account_id, sum));
    if (fits) return Status::Ok();
    // A quota that is raised from here on is raised after what we write is there: whoever looks for
    // walks that may go on finds this one.
    ASSAY_RETURN_IF_ERROR(LockAccount(tx_, unit_.account_id));
    for (size_t i = 0; i < charges_.size(); ++i) {
      if (charges_[i] == 0) continue;
      ASSAY_ASSIGN_OR_RETURN(const bool one_fits, ChargeQuota(tx_, unit_.account_id, charges_[i]));
      if (one_fits) continue;
      out_.quota_reached = true;
      stopped_at_ = sources_[i];
      rows_.resize(i);
      break;
    }
    return Status::Ok();
  }

  Status ChargeAll() {
    int64_t sum = 0;
    for (const int64_t charge : charges_) sum += charge;
    if (sum == 0) return Status::Ok();
    ASSAY_ASSIGN_OR_RETURN(const bool fits, ChargeQuota(tx_, unit_.account_id, sum));
    return fits ? Status::Ok() : Aborted("the account's quota has no room for all of these");
  }

  // Behind the last object that is recorded now.
  size_t End() const { return options_.closes ? unit_.objects.size() : options_.to; }
  bool LeftOut(size_t i) const { return out_.quota_reached && i >= stopped_at_; }

  Status DeleteGone() {
    std::map<std::string, std::vector<std::string>> keys;  // by bucket
    if (options_.closes && !out_.quota_reached) {
      for (const GoneObject& gone : unit_.gone) {
        const ObjectMark* mark = MarkOf(unit_.resource.bucket, gone.key);
        // Recorded anew since we looked: it is there again.
        if (mark == nullptr || mark->etag != gone.etag) continue;
        keys[unit_.resource.bucket].push_back(gone.key);
      }
    }
    const size_t end = End();
    for (size_t i = unit_.recorded; unit_.is_events() && i < end; ++i) {
      const UnitObject& object = unit_.objects[i];
      if (object.result != UnitObject::Result::kGone || LeftOut(i) || !object.mark) continue;
      const EventRow& event = unit_.events[i];
      const ObjectMark* mark = MarkOf(event.bucket, event.key);
      if (mark != nullptr && mark->etag == object.mark->etag) {
        keys[event.bucket].push_back(event.key);
      }
    }
    for (const auto& [bucket, gone] : keys) {
      ASSAY_RETURN_IF_ERROR(DeleteObjects(tx_, unit_.account_id, bucket, gone).status());
    }
    return Status::Ok();
  }

  // What failed and may end differently comes back as an event, even when its walk is over.
  Status PlanRetries() {
    if (unit_.is_events()) return Status::Ok();
    std::vector<EventRow> retries;
    for (const ObjectRow* row : rows_) {
      if (!row->retryable) continue;
      EventRow retry;
      retry.account_id = unit_.account_id;
      retry.bucket = row->bucket;
      retry.key = row->key;
      retry.event_ms = options_.now_ms;
      retry.received_ms = options_.now_ms;
      retry.not_before_ms = row->not_before_ms;
      retries.push_back(std::move(retry));
    }
    return retries.empty() ? Status::Ok() : PutEvents(tx_, retries);
  }

  Status FinishEvents() {
    std::map<size_t, const ObjectRow*> row_of;
    for (size_t r = 0; r < rows_.size(); ++r) row_of[sources_[r]] = rows_[r];
    const size_t end = End();
    for (size_t i = unit_.recorded; i < end; ++i) {
      if (LeftOut(i)) break;
      const EventRow& event = unit_.events[i];
      if (unit_.objects[i].result == UnitObject::Result::kNotYet) {
        if (unit_.blocked.ok()) continue;  // we are stopping: it stays as it is
        const int64_t pause = RetryPauseMs(event.attempts + 1);
        ASSAY_RETURN_IF_ERROR(PostponeEvent(tx_, event, options_.now_ms + pause));
      } else if (const auto row = row_of.find(i); row != row_of.end() && row->second->retryable) {
        ASSAY_RETURN_IF_ERROR(PostponeEvent(tx_, event, row->second->not_before_ms));
      } else {
        ASSAY_RETURN_IF_ERROR(FinishEvent(tx_, event));
      }
    }
    out_.advanced = true;
    return Status::Ok();
  }

  Status MoveWalk() {
    WalkRow& walk = out_.walk;
    if (out_.quota_reached) return StopAtQuota();
    if (!options_.closes) return Status::Ok();
    if (!unit_.blocked.ok()) {
      walk.state = WalkState::kBlocked;
      ++walk.attempts;
      walk.not_before_ms = options_.now_ms + RetryPauseMs(walk.attempts);
      walk.last_error = unit_.blocked.message();
      return StopHere();
    }
    for (const UnitObject& object : unit_.objects) {
      if (object.result == UnitObject::Result::kNotYet) return Status::Ok();  // we are stopping
    }
    if (unit_.cut_before) return StopWhereCut();
    out_.again = unit_.gone_left;
    if (out_.again) return Status::Ok();
    return page_ ? FinishPage() : Advance();
  }

  // As `walk` says. Of a fleet's page the leader hears by its row that it is to come again.
  Status StopHere() {
    if (!page_) return UpdateWalk(tx_, out_.walk);
    ASSAY_RETURN_IF_ERROR(StopWalk(tx_, out_.walk));
    return ReopenWalkPage(tx_, unit_.walk_id, unit_.page_number);
  }

  // The checkpoint is the leader's to move, once the pages before it are done too.
  Status FinishPage() {
    page_->listed_objects = unit_.listed_objects;
    page_->listed_bytes = unit_.listed_bytes;
    out_.advanced = true;
    return FinishWalkPage(tx_, *page_);
  }

  Status StopAtQuota() {
    out_.walk.state = WalkState::kQuotaReached;
    out_.walk.last_error = "the account's quota is used up; raise it to go on";
    out_.quota_reached = true;
    return StopHere();
  }

  // The page was cut where the quota seemed to end. Some of what was counted on may not have been
  // charged after all.
  Status StopWhereCut() {
    ASSAY_RETURN_IF_ERROR(LockAccount(tx_, unit_.account_id));
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account,
                           GetAccount(tx_, unit_.account_id));
    if (account &&
        account->quota_bytes - account->charged_bytes >= static_cast<int64_t>(*unit_.cut_before)) {
      return Status::Ok();
    }
    return StopAtQuota();
  }

  Status Advance() {
    WalkRow& walk = out_.walk;
    out_.advanced = true;
    walk.state = WalkState::kReady;
    walk.continuation = unit_.next_page;
    if (!unit_.last_key.empty()) walk.last_key = unit_.last_key;
    ++walk.pages;
    walk.listed_objects += unit_.listed_objects;
    walk.listed_bytes += unit_.listed_bytes;
    walk.attempts = 0;
    walk.not_before_ms = 0;
    walk.last_error.clear();
    if (!unit_.next_page.empty()) return UpdateWalk(tx_, walk);
    return FinishWalk(tx_, &walk, options_.now_ms);
  }

  Transaction& tx_;
  WorkUnit& unit_;
  const RecordOptions& options_;
  RecordOutcome& out_;
  std::map<std::pair<std::string, std::string>, ObjectMark> marks_;  // by bucket and key
  std::vector<const ObjectRow*> rows_;                               // of the unit
  std::vector<int64_t> charges_;                                     // of the row of the same index
  std::vector<size_t> sources_;      // index of the row's object in the unit
  size_t stopped_at_ = 0;            // object that did not fit the quota
  std::optional<WalkPageRow> page_;  // of a fleet's page
};

}  // namespace

Status FinishWalk(Transaction& tx, WalkRow* walk, int64_t now_ms) {
  walk->state = WalkState::kDone;
  walk->finished_ms = now_ms;
  ASSAY_RETURN_IF_ERROR(UpdateWalk(tx, *walk));
  return NoteWalkDone(tx, walk->resource_id, walk->kind, now_ms);
}

Status RecordUnit(Transaction& tx, WorkUnit& unit, const RecordOptions& options,
                  RecordOutcome* outcome) {
  return UnitRecorder(tx, unit, options, outcome).Run();
}

}  // namespace assay
