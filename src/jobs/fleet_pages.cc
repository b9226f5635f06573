// FleetLeader: pages of walks: listed, published, done.
#include <algorithm>
#include <span>
#include <utility>

#include "jobs/fleet_leader.h"
#include "jobs/list_unit.h"
#include "jobs/now_ms.h"
#include "jobs/page_listing.h"
#include "jobs/page_orders.h"
#include "jobs/page_split.h"
#include "jobs/unit_record.h"
#include "jobs/version_check.h"

namespace assay {
namespace {

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
  if (pages.status().code() == StatusCode::kAborted) {
    const std::lock_guard lock(mutex_);
    seats_.ListAgain(turn.walk.id);
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
    const auto account = accounts_.find(turn.walk.account_id);
    if (account == accounts_.end()) return Aborted("the account is not known any more");
    role_arn = account->second.service_role_arn;
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
    fresh = seats_.TakeNew();
    again = seats_.ToPublish();
  }
  for (WalkPageRow& page : again) {
    ++page.attempt;
    page.published_ms = now_ms;
  }
  // Of what was just listed, what goes out at once is written as such.
  std::vector<WalkPageRow> publish = again;
  std::map<std::pair<int64_t, int64_t>, WalkPageRow*> written;
  for (WalkPageRow& page : fresh) written[{page.walk_id, page.number}] = &page;
  std::erase_if(again, [&](const WalkPageRow& page) {
    const auto found = written.find({page.walk_id, page.number});
    if (found == written.end()) return false;
    found->second->attempt = page.attempt;
    found->second->published_ms = page.published_ms;
    return true;
  });
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
  to_publish_.insert(to_publish_.end(), publish.begin(), publish.end());
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

// Units can be lost: a server without replicas lost its disk, or a transaction that published some
// was committed and nobody learned it. A page is suspected when it was published before the oldest
// unit that the queue has, and all are when the queue has fewer than are open. What is under way,
// either way, looks the same for a moment: only what stays suspected is published again.
Status FleetLeader::LookForLostPages() {
  const QueueState state = queue_->State();
  if (!state.last_error.empty()) return Status::Ok();
  const int64_t now_ms = NowMs();
  std::vector<WalkPageRow> old;
  {
    const std::lock_guard lock(mutex_);
    old = seats_.Published(now_ms - options_.ack_wait_ms);
  }
  // The clock of the queue's server need not be ours.
  const int64_t oldest_ms = state.pages > 0 ? state.oldest_page_ms - options_.ack_wait_ms : now_ms;
  const bool too_few = old.size() > state.pages;
  std::map<PageAttempt, int64_t> suspected;
  std::vector<WalkPageRow> lost;
  for (const WalkPageRow& page : old) {
    if (!too_few && page.published_ms >= oldest_ms) continue;
    const PageAttempt attempt{page.walk_id, page.number, page.attempt};
    const auto since = suspected_.find(attempt);
    suspected[attempt] = since == suspected_.end() ? now_ms : since->second;
    if (now_ms - suspected[attempt] >= options_.ack_wait_ms) lost.push_back(page);
  }
  suspected_ = std::move(suspected);
  if (lost.empty()) return Status::Ok();
  suspected_.clear();
  return WriteLeading([&](Transaction& tx) -> Status {
    for (const WalkPageRow& page : lost) {
      ASSAY_RETURN_IF_ERROR(ReopenWalkPage(tx, page.walk_id, page.number));
    }
    return Status::Ok();
  });
}

}  // namespace assay
