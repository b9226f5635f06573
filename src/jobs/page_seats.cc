#include "jobs/page_seats.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace assay {
namespace {

// Pages of a walk that are done but stand behind one that is not: rows to keep, no work.
constexpr size_t kMaxAhead = 1024;
// An account has this many pages in hand however many others there are: one that is being worked
// on, one that waits.
constexpr size_t kMinShare = 2;

bool MayGoOn(const WalkRow& walk, int64_t now_ms) {
  return walk.state == WalkState::kReady ||
         (walk.state == WalkState::kBlocked && walk.not_before_ms <= now_ms);
}

}  // namespace

size_t PageSeats::Seat::in_hand() const {
  // What waits for a walk that stands (at its quota, for a pause) is in nobody's hand.
  const auto open = std::count_if(pages.begin(), pages.end(), [this](const WalkPageRow& page) {
    return page.state == WalkPageState::kOpen && (runnable || page.published_ms != 0);
  });
  return static_cast<size_t>(open) + fresh.size() + (listing ? 1 : 0);
}

bool PageSeats::Seat::may_list() const {
  return runnable && !listing && !listed_all && pages.size() + fresh.size() < kMaxAhead;
}

PageSeats::Shares::Shares(size_t depth, const std::map<std::string, size_t>& accounts,
                          bool at_most_share)
    : depth_(depth),
      share_(std::max(kMinShare, depth / std::max<size_t>(accounts.size(), 1))),
      of_account_(accounts) {
  for (const auto& [account_id, in_hand] : accounts) {
    sum_ += at_most_share ? std::min(in_hand, share_) : in_hand;
  }
}

// Beyond the depth an account without anything still gets its page: it must not starve.
bool PageSeats::Shares::HasRoom(const std::string& account_id) const {
  const size_t account = Of(account_id);
  return account < share_ && (sum_ < depth_ || account == 0);
}

size_t PageSeats::Shares::Of(const std::string& account_id) const {
  const auto found = of_account_.find(account_id);
  return found == of_account_.end() ? 0 : found->second;
}

void PageSeats::Shares::Add(const std::string& account_id) {
  ++of_account_[account_id];
  ++sum_;
}

size_t PageSeats::in_hand() const {
  size_t sum = 0;
  for (const auto& [id, seat] : seats_) sum += seat.in_hand();
  return sum;
}

void PageSeats::Clear() {
  seats_.clear();
  with_pages_.clear();
}

void PageSeats::Update(const WorkFound& found, int64_t now_ms) {
  std::set<int64_t> there;
  // Oldest first, but a walk that has pages in hand keeps its bucket.
  std::set<std::pair<std::string, std::string>> buckets;
  const auto bucket_of = [&](const WalkRow& walk) {
    const ResourceRow& resource = found.resources.at(walk.resource_id);
    return std::pair(resource.account_id, resource.bucket);
  };
  for (const WalkRow& walk : found.walks) {
    const auto seat = seats_.find(walk.id);
    if (seat == seats_.end()) continue;
    buckets.insert(bucket_of(walk));
    seat->second.walk = walk;
    seat->second.runnable = MayGoOn(walk, now_ms);
    there.insert(walk.id);
  }
  std::erase_if(seats_, [&](const auto& item) { return !there.contains(item.first); });
  for (const bool with_pages : {true, false}) {
    for (const WalkRow& walk : found.walks) {
      if (with_pages_.contains(walk.id) != with_pages || there.contains(walk.id)) continue;
      if (!buckets.insert(bucket_of(walk)).second) continue;
      Seat seat;
      seat.walk = walk;
      seat.resource = found.resources.at(walk.resource_id);
      seat.runnable = MayGoOn(walk, now_ms);
      Reposition(&seat);
      seats_.emplace(walk.id, std::move(seat));
    }
  }
}

// Where the listing goes on: behind the last page there is, else at the checkpoint.
void PageSeats::Reposition(Seat* seat) {
  const WalkPageRow* last = nullptr;
  if (!seat->pages.empty()) last = &seat->pages.back();
  if (!seat->fresh.empty()) last = &seat->fresh.back();
  if (last == nullptr) {
    seat->next_page = seat->walk.continuation;
    seat->after_key = seat->walk.last_key;
    seat->last_number = static_cast<int64_t>(seat->walk.pages);
    seat->listed_all = false;
    return;
  }
  seat->next_page = last->next_page;
  seat->after_key = last->last_key;
  seat->last_number = last->number;
  seat->listed_all = last->next_page.empty();
}

void PageSeats::SetPages(const std::vector<WalkPageRow>& pages) {
  for (auto& [id, seat] : seats_) seat.pages.clear();
  with_pages_.clear();
  for (const WalkPageRow& page : pages) {
    with_pages_.insert(page.walk_id);
    const auto seat = seats_.find(page.walk_id);
    if (seat == seats_.end()) continue;
    seat->second.pages.push_back(page);
    if (page.number > seat->second.last_number) Reposition(&seat->second);
  }
}

std::optional<PageSeats::Turn> PageSeats::Next() {
  std::map<std::string, size_t> of_account;
  for (const auto& [id, seat] : seats_) {
    if (seat.may_list() || seat.in_hand() > 0) of_account[seat.walk.account_id] += seat.in_hand();
  }
  // Parts of a listing that wait to be published can be many.
  const Shares shares(depth_, of_account, /*at_most_share=*/true);
  Seat* best = nullptr;
  const auto rank = [&](const Seat& seat) {
    return std::tuple(shares.Of(seat.walk.account_id), seat.in_hand(), seat.walk.started_ms);
  };
  for (auto& [id, seat] : seats_) {
    if (!seat.may_list() || !shares.HasRoom(seat.walk.account_id)) continue;
    if (best == nullptr || rank(seat) < rank(*best)) best = &seat;
  }
  if (best == nullptr) return std::nullopt;
  best->listing = true;
  return Turn{best->walk, best->resource, best->last_number + 1, best->next_page, best->after_key};
}

void PageSeats::Listed(const WalkPageRow& page) {
  const auto found = seats_.find(page.walk_id);
  if (found == seats_.end()) return;
  Seat& seat = found->second;
  seat.listing = false;
  if (page.number != seat.last_number + 1 || page.page != seat.next_page) return;
  seat.fresh.push_back(page);
  Reposition(&seat);
}

void PageSeats::NotListed(int64_t walk_id) {
  const auto found = seats_.find(walk_id);
  if (found != seats_.end()) found->second.listing = false;
}

std::vector<WalkPageRow> PageSeats::TakeNew() {
  std::vector<WalkPageRow> all;
  for (auto& [id, seat] : seats_) {
    for (WalkPageRow& page : seat.fresh) {
      all.push_back(page);
      page.listing.clear();
      seat.pages.push_back(std::move(page));
    }
    seat.fresh.clear();
  }
  return all;
}

void PageSeats::ListAgain(int64_t walk_id) { seats_.erase(walk_id); }

std::vector<WalkProgress> PageSeats::Progress() const {
  std::vector<WalkProgress> all;
  for (const auto& [id, seat] : seats_) {
    WalkProgress progress;
    progress.walk_id = id;
    for (const WalkPageRow& page : seat.pages) {
      if (page.state != WalkPageState::kDone) break;
      progress.number = page.number;
      progress.continuation = page.next_page;
      progress.last_key = page.last_key;
      ++progress.pages;
      progress.listed_objects += page.listed_objects;
      progress.listed_bytes += page.listed_bytes;
    }
    if (progress.pages > 0) all.push_back(std::move(progress));
  }
  return all;
}

std::vector<WalkPageRow> PageSeats::ToPublish() const {
  struct Candidate {
    const Seat* seat;
    std::vector<const WalkPageRow*> waiting;
    size_t published = 0;
    size_t next = 0;  // of those waiting
  };
  std::vector<Candidate> candidates;
  std::map<std::string, size_t> of_account;  // published
  for (const auto& [id, seat] : seats_) {
    Candidate candidate{&seat, {}};
    for (const WalkPageRow& page : seat.pages) {
      if (page.state != WalkPageState::kOpen) continue;
      if (page.published_ms != 0) ++candidate.published;
      if (page.published_ms == 0 && seat.runnable) candidate.waiting.push_back(&page);
    }
    if (candidate.published == 0 && candidate.waiting.empty()) continue;
    of_account[seat.walk.account_id] += candidate.published;
    if (!candidate.waiting.empty()) candidates.push_back(std::move(candidate));
  }
  Shares shares(depth_, of_account, /*at_most_share=*/false);
  std::vector<WalkPageRow> all;
  while (true) {
    Candidate* best = nullptr;
    const auto rank = [&](const Candidate& one) {
      const WalkRow& walk = one.seat->walk;
      return std::tuple(shares.Of(walk.account_id), one.published, walk.started_ms);
    };
    for (Candidate& one : candidates) {
      if (one.next == one.waiting.size() || !shares.HasRoom(one.seat->walk.account_id)) continue;
      if (best == nullptr || rank(one) < rank(*best)) best = &one;
    }
    if (best == nullptr) return all;
    all.push_back(*best->waiting[best->next++]);
    ++best->published;
    shares.Add(best->seat->walk.account_id);
  }
}

std::vector<WalkPageRow> PageSeats::Published(int64_t before_ms) const {
  std::vector<WalkPageRow> all;
  for (const auto& [id, seat] : seats_) {
    for (const WalkPageRow& page : seat.pages) {
      if (page.state != WalkPageState::kOpen || page.published_ms == 0) continue;
      if (page.published_ms < before_ms) all.push_back(page);
    }
  }
  return all;
}

}  // namespace assay
