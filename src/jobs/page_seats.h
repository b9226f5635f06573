// PageSeats: which walk's next page is listed now, and which of the pages there are go to the
// queue. Every walk that may go on has a seat; accounts that have something to do get equal shares
// of the pages in hand, and so do the walks of an account.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jobs/work_search.h"
#include "store/fleet_rows.h"
#include "store/resource_rows.h"

namespace assay {

class PageSeats {
 public:
  // A page that is to be listed.
  struct Turn {
    WalkRow walk;
    ResourceRow resource;
    int64_t number = 0;
    std::string page;
    std::string after_key;
  };

  // A new leader knows nothing.
  void Clear();
  // At most so many pages in hand.
  void SetDepth(size_t depth) { depth_ = depth; }
  // The walks there are, as of now. Those over one bucket go one after the other: what one has
  // classified the next need not (R3). A new leader calls SetPages before: a walk of which there
  // are pages goes on first.
  void Update(const WorkFound& found, int64_t now_ms);
  // The pages there are, as the database has them.
  void SetPages(const std::vector<WalkPageRow>& pages);

  // Marks the walk as being listed, until Listed or NotListed.
  std::optional<Turn> Next();
  void Listed(const WalkPageRow& page);
  void NotListed(int64_t walk_id);

  // Pages that were listed and are in the database not yet; they are taken to be there now.
  std::vector<WalkPageRow> TakeNew();
  // After a failed transaction: what was taken is to be listed again.
  void ListAgain(int64_t walk_id);
  // Checkpoints that can move, with walks that are over (continuation "").
  std::vector<WalkProgress> Progress() const;
  // Open pages that wait to be published and may be: as many as the depth and the shares allow, for
  // a listing can come as many pages at once.
  std::vector<WalkPageRow> ToPublish() const;
  // Open pages that were published; for a new leader, and when the queue lost some.
  std::vector<WalkPageRow> Published(int64_t before_ms) const;

  size_t in_hand() const;  // pages that are listed, wait to be published or are worked on
  bool has_walks() const { return !seats_.empty(); }

 private:
  struct Seat {
    WalkRow walk;
    ResourceRow resource;
    bool runnable = false;
    bool listing = false;
    bool listed_all = false;
    int64_t last_number = 0;
    std::string next_page;
    std::string after_key;
    std::vector<WalkPageRow> pages;  // of the database, by number
    std::vector<WalkPageRow> fresh;  // listed since, by number
    size_t in_hand() const;
    bool may_list() const;
  };
  // What accounts have in hand, and how much of the depth that leaves.
  class Shares {
   public:
    // `accounts`: those with something to do. `at_most_share`: what one has beyond its share counts
    // for nothing, it is not at the others' expense.
    Shares(size_t depth, const std::map<std::string, size_t>& accounts, bool at_most_share);
    // Whether the account may have one more.
    bool HasRoom(const std::string& account_id) const;
    size_t Of(const std::string& account_id) const;
    void Add(const std::string& account_id);

   private:
    size_t depth_;
    size_t share_;
    size_t sum_ = 0;
    std::map<std::string, size_t> of_account_;
  };
  void Reposition(Seat* seat);

  size_t depth_ = 16;
  std::set<int64_t> with_pages_;   // walks, seated or not
  std::map<int64_t, Seat> seats_;  // by walk
};

}  // namespace assay
