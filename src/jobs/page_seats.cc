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
  const auto open = std::count_if(pages.begin(), pages.end(), [](const WalkPageRow& page) {
    return page.state == WalkPageState::kOpen;
  });
  return static_cast<size_t>(open) + fresh.size() + (listing ? 1 : 0);
}

size_t PageSeats::in_hand() const {
  size_t sum = 0;
  for (const auto& [id, seat] : seats_) sum += seat.in_hand();
  return sum;
}

void PageSeats::Clear() { seats_.clear(); }

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
  for (const WalkRow& walk : found.walks) {
    if (there.contains(walk.id) || !buckets.insert(bucket_of(walk)).second) continue;
    Seat seat;
    seat.walk = walk;
    seat.resource = found.resources.at(walk.resource_id);
    seat.runnable = MayGoOn(walk, now_ms);
    Reposition(&seat);
    seats_.emplace(walk.id, std::move(seat));
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
  for (const WalkPageRow& page : pages) {
    const auto seat = seats_.find(page.walk_id);
    if (seat == seats_.end()) continue;
    seat->second.pages.push_back(page);
    if (page.number > seat->second.last_number) Reposition(&seat->second);
  }
}

std::optional<PageSeats::Turn> PageSeats::Next() {
  std::map<std::string, size_t> of_account;
  size_t sum = 0;
  for (const auto& [id, seat] : seats_) {
    if (seat.runnable) of_account[seat.walk.account_id] += seat.in_hand();
    sum += seat.in_hand();
  }
  if (of_account.empty()) return std::nullopt;
  const size_t share = std::max(kMinShare, depth_ / of_account.size());
  Seat* best = nullptr;
  const auto rank = [&](const Seat& seat) {
    return std::tuple(of_account[seat.walk.account_id], seat.in_hand(), seat.walk.started_ms);
  };
  for (auto& [id, seat] : seats_) {
    if (!seat.runnable || seat.listing || seat.listed_all) continue;
    const size_t account = of_account[seat.walk.account_id];
    // Beyond the depth an account without anything still gets its page: it must not starve.
    if (account >= share || (sum >= depth_ && account > 0)) continue;
    if (seat.pages.size() + seat.fresh.size() >= kMaxAhead) continue;
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
  std::vector<WalkPageRow> all;
  for (const auto& [id, seat] : seats_) {
    for (const WalkPageRow& page : seat.pages) {
      if (seat.runnable && page.state == WalkPageState::kOpen && page.published_ms == 0) {
        all.push_back(page);
      }
    }
  }
  return all;
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
