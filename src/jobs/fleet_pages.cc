// FleetLeader: pages of walks: listed, published, done.
#include <algorithm>
#include <span>
#include <utility>

#include "jobs/fleet_leader.h"
#include "jobs/list_unit.h"
#include "jobs/now_ms.h"
#include "jobs/page_listing.h"
#include "jobs/page_split.h"
#include "jobs/unit_record.h"
#include "jobs/version_check.h"

namespace assay {
namespace {

UnitMessage PageMessage(const WalkPageRow& page) {
  UnitOrder order;
  order.account_id = page.account_id;
  order.walk_id = page.walk_id;
  order.page_number = page.number;
  order.attempt = page.attempt;
  return {QueueLane::kPages, page.account_id, UnitIdOf(order), EncodeUnitOrder(order)};
}

// Whether the page's keys follow the one before and each other: then a range of keys says which are
// its own.
bool InKeyOrder(const ListPage& page, const std::string& after_key) {
  const std::string* before = &after_key;
  for (const ObjectInfo& object : page.objects) {
    if (object.key <= *before) return false;
    before = &object.key;
  }
  return true;
}

}  // namespace

void FleetLeader::ListLoop() {
  while (true) {
    std::optional<PageSeats::Turn> turn;
    {
      std::unique_lock lock(mutex_);
      list_wanted_.wait(lock, [&] {
        if (stopping_) return true;
        if (leading_) turn = seats_.Next();
        return turn.has_value();
      });
      if (stopping_) return;
    }
    ListPageOf(*turn);
  }
}

void FleetLeader::ListPageOf(const PageSeats::Turn& turn) {
  const Result<std::vector<WalkPageRow>> pages = ListOne(turn);
  if (pages.ok()) {
    const std::lock_guard lock(mutex_);
    for (const WalkPageRow& page : *pages) seats_.Listed(page);
    list_wanted_.notify_one();
    if (turn.page.empty()) {
      woken_ = true;  // workers may have nothing to do: its first page goes out at once
      wake_.notify_one();
    }
    return;
  }
  // The walk notes why it cannot go on; without the database it is only tried again.
  WalkRow walk = turn.walk;
  walk.state = WalkState::kBlocked;
  ++walk.attempts;
  walk.not_before_ms = NowMs() + RetryPauseMs(walk.attempts);
  walk.last_error = pages.status().message();
  const Status status = WriteLeading([&](Transaction& tx) { return StopWalk(tx, walk); });
  const std::lock_guard lock(mutex_);
  if (status.ok()) {
    seats_.ListAgain(walk.id);
  } else {
    seats_.NotListed(walk.id);
  }
}

Result<std::vector<WalkPageRow>> FleetLeader::ListOne(const PageSeats::Turn& turn) {
  std::string role_arn;
  {
    const std::lock_guard lock(mutex_);
    role_arn = accounts_[turn.walk.account_id].service_role_arn;
  }
  const ResourceRow& resource = turn.resource;
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store,
                         access_->OpenStore(resource.account_id, resource.region, role_arn));
  const int64_t listed_ms = NowMs();
  ASSAY_ASSIGN_OR_RETURN(const ListPage page,
                         store->List(resource.bucket, resource.prefix, turn.page, kPageKeys));
  if (!page.continuation.empty() && page.continuation == turn.page) {
    return Internal("the store's listing does not move on");
  }
  WalkPageRow row;
  row.walk_id = turn.walk.id;
  row.number = turn.number;
  row.account_id = turn.walk.account_id;
  row.page = turn.page;
  row.next_page = page.continuation;
  row.after_key = turn.after_key;
  row.last_key = page.objects.empty() ? turn.after_key : page.objects.back().key;
  row.bounded = InKeyOrder(page, turn.after_key);
  row.listed_objects = page.objects.size();
  for (const ObjectInfo& object : page.objects) row.listed_bytes += object.size;
  // A comparison finds most objects as it left them: their bytes are no work.
  std::vector<WalkPageRow> parts = turn.walk.kind == WalkKind::kComparison
                                       ? std::vector{std::move(row)}
                                       : SplitPage(row, page.objects, store.get(), resource.bucket);
  std::span<const ObjectInfo> left(page.objects);
  for (WalkPageRow& part : parts) {
    part.listing = EncodePageListing(left.first(part.listed_objects), listed_ms);
    left = left.subspan(part.listed_objects);
  }
  return parts;
}

// Takes over what workers did, writes down what was listed, and moves checkpoints: one transaction.
Status FleetLeader::MovePages() {
  std::vector<WalkPageRow> there;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(there, ListWalkPages(tx));
    return Status::Ok();
  }));
  std::vector<WalkPageRow> fresh, again;
  std::vector<WalkProgress> progress;
  const int64_t now_ms = NowMs();
  {
    const std::lock_guard lock(mutex_);
    seats_.SetPages(there);
    progress = seats_.Progress();
    again = seats_.ToPublish();
    fresh = seats_.TakeNew();
  }
  for (std::vector<WalkPageRow>* pages : {&fresh, &again}) {
    for (WalkPageRow& page : *pages) {
      ++page.attempt;
      page.published_ms = now_ms;
    }
  }
  if (fresh.empty() && again.empty() && progress.empty()) return Status::Ok();
  bool ended = false;
  const Status status = WriteLeading([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(InsertWalkPages(tx, fresh));
    for (const WalkPageRow& page : again) {
      ASSAY_RETURN_IF_ERROR(MarkWalkPagePublished(tx, page, now_ms));
    }
    for (const WalkProgress& one : progress) {
      ASSAY_ASSIGN_OR_RETURN(const bool moved, MoveCheckpoint(tx, one));
      if (!moved || !one.continuation.empty()) continue;
      ASSAY_ASSIGN_OR_RETURN(std::optional<WalkRow> walk, GetWalk(tx, one.walk_id));
      if (!walk) continue;
      walk->last_error.clear();
      ASSAY_RETURN_IF_ERROR(FinishWalk(tx, &*walk, now_ms));
      ended = true;
    }
    return Status::Ok();
  });
  const std::lock_guard lock(mutex_);
  if (!status.ok()) {
    // Also when a walk went with its resource: what there is now shows the next look.
    for (const WalkPageRow& page : fresh) seats_.ListAgain(page.walk_id);
    plan_now_ = true;
    if (status.code() != StatusCode::kInvalidArgument) return status;
    woken_ = true;
    return Status::Ok();
  }
  plan_now_ = plan_now_ || ended;
  woken_ = woken_ || ended;
  for (WalkPageRow& page : fresh) page.listing.clear();  // the database has it
  to_publish_.insert(to_publish_.end(), fresh.begin(), fresh.end());
  to_publish_.insert(to_publish_.end(), again.begin(), again.end());
  return Status::Ok();
}

// Fewest in hand first would be fairer still; the shares of PageSeats keep the difference small.
Status FleetLeader::PublishPages() {
  size_t published = 0;
  Status status;
  for (const WalkPageRow& page : to_publish_) {
    status = queue_->Publish(PageMessage(page));
    if (!status.ok()) break;
    ++published;
  }
  to_publish_.erase(to_publish_.begin(), to_publish_.begin() + static_cast<ptrdiff_t>(published));
  return status;
}

// A queue that has fewer units than are open has lost some (a server without replicas lost its
// disk). Acknowledgements that are under way look the same for a moment.
Status FleetLeader::LookForLostPages() {
  const QueueState state = queue_->State();
  if (!state.last_error.empty()) return Status::Ok();
  const int64_t now_ms = NowMs();
  std::vector<WalkPageRow> old;
  {
    const std::lock_guard lock(mutex_);
    old = seats_.Published(now_ms - options_.ack_wait_ms);
  }
  if (old.size() <= state.pages) {
    short_since_ms_ = 0;
    return Status::Ok();
  }
  if (short_since_ms_ == 0) short_since_ms_ = now_ms;
  if (now_ms - short_since_ms_ < options_.ack_wait_ms) return Status::Ok();
  short_since_ms_ = 0;
  return WriteLeading([&](Transaction& tx) -> Status {
    for (const WalkPageRow& page : old) {
      ASSAY_RETURN_IF_ERROR(ReopenWalkPage(tx, page.walk_id, page.number));
    }
    return Status::Ok();
  });
}

}  // namespace assay
