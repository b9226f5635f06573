#include "jobs/page_seats.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

constexpr char kBig[] = "111122223333";
constexpr char kSmall[] = "444455556666";

class PageSeatsTest : public testing::Test {
 protected:
  // A walk of the account over a bucket of its own.
  int64_t AddWalk(const std::string& account_id, const std::string& bucket) {
    ResourceRow resource;
    resource.id = static_cast<int64_t>(found_.resources.size()) + 1;
    resource.account_id = account_id;
    resource.bucket = bucket;
    found_.resources[resource.id] = resource;
    WalkRow walk;
    walk.id = 100 + resource.id;
    walk.resource_id = resource.id;
    walk.account_id = account_id;
    walk.started_ms = walk.id;
    found_.walks.push_back(walk);
    return walk.id;
  }
  // Lists one page, of a listing of `pages` pages; the account whose turn it was, "" = nobody's.
  std::string ListOne(int64_t pages = 1000) {
    const auto turn = seats_.Next();
    if (!turn) return "";
    WalkPageRow page;
    page.walk_id = turn->walk.id;
    page.number = turn->number;
    page.account_id = turn->walk.account_id;
    page.page = turn->page;
    page.next_page = turn->number < pages ? "t" + std::to_string(turn->number) : "";
    page.last_key = "k" + std::to_string(turn->number);
    page.listed_objects = 10;
    seats_.Listed(page);
    return turn->walk.account_id;
  }
  // What the leader does between two looks: new pages are in the database, and those that may be
  // are published. Returns how many of each account.
  std::map<std::string, int> Store() {
    for (const WalkPageRow& page : seats_.TakeNew()) rows_.push_back(page);
    std::map<std::string, int> published;
    for (const WalkPageRow& page : seats_.ToPublish()) {
      ++published[page.account_id];
      for (WalkPageRow& row : rows_) {
        if (row.walk_id != page.walk_id || row.number != page.number) continue;
        row.attempt = 1;
        row.published_ms = 1;
      }
    }
    seats_.SetPages(rows_);
    return published;
  }
  // Lists one page that comes as so many parts.
  void ListInParts(int parts) {
    const auto turn = seats_.Next();
    ASSERT_TRUE(turn.has_value());
    for (int i = 0; i < parts; ++i) {
      WalkPageRow page;
      page.walk_id = turn->walk.id;
      page.number = turn->number + i;
      page.account_id = turn->walk.account_id;
      page.page = turn->page;
      page.next_page = i + 1 < parts ? turn->page : "t" + std::to_string(page.number);
      page.last_key = "k" + std::to_string(page.number);
      seats_.Listed(page);
    }
  }
  void SetState(int64_t walk_id, int64_t number, WalkPageState state) {
    for (WalkPageRow& page : rows_) {
      if (page.walk_id == walk_id && page.number == number) page.state = state;
    }
    seats_.SetPages(rows_);
  }
  std::map<std::string, int> ListAll() {
    std::map<std::string, int> listed;
    for (std::string account = ListOne(); !account.empty(); account = ListOne()) ++listed[account];
    Store();
    return listed;
  }

  WorkFound found_;
  std::vector<WalkPageRow> rows_;
  PageSeats seats_;
};

TEST_F(PageSeatsTest, ListingStopsWhenEnoughIsInHand) {
  seats_.SetDepth(12);
  const int64_t walk = AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  EXPECT_EQ(ListAll()[kBig], 12);
  EXPECT_EQ(seats_.in_hand(), 12U);
  EXPECT_TRUE(ListAll().empty());
  SetState(walk, 7, WalkPageState::kDone);  // out of order
  EXPECT_EQ(ListAll()[kBig], 1);
}

TEST_F(PageSeatsTest, AccountsShareEquallyHoweverManyWalksTheyHave) {
  seats_.SetDepth(20);
  for (int i = 0; i < 30; ++i) AddWalk(kBig, "b" + std::to_string(i));
  AddWalk(kSmall, "only");
  seats_.Update(found_, 0);
  const auto listed = ListAll();
  EXPECT_EQ(listed.at(kBig), 10);
  EXPECT_EQ(listed.at(kSmall), 10);
}

TEST_F(PageSeatsTest, AnAccountThatComesLateDoesNotStarve) {
  seats_.SetDepth(8);
  AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  EXPECT_EQ(ListAll()[kBig], 8);
  AddWalk(kSmall, "late");
  seats_.Update(found_, 0);
  // The depth is used up, and its first page goes out all the same; more go as the other's are
  // done.
  std::map<std::string, int> listed;
  for (std::string account = ListOne(); !account.empty(); account = ListOne()) ++listed[account];
  EXPECT_EQ(listed, (std::map<std::string, int>{{kSmall, 4}}));
  EXPECT_EQ(Store(), (std::map<std::string, int>{{kSmall, 1}}));
  for (int64_t number = 1; number <= 3; ++number) SetState(101, number, WalkPageState::kDone);
  EXPECT_EQ(Store(), (std::map<std::string, int>{{kSmall, 2}}));
}

TEST_F(PageSeatsTest, AListingThatComesInManyPartsKeepsToTheShares) {
  seats_.SetDepth(8);
  AddWalk(kBig, "large");
  seats_.Update(found_, 0);
  ListInParts(100);
  EXPECT_EQ(Store(), (std::map<std::string, int>{{kBig, 8}}));
  AddWalk(kSmall, "late");
  seats_.Update(found_, 0);
  EXPECT_EQ(ListAll(), (std::map<std::string, int>{{kSmall, 4}}));
  for (int64_t number = 1; number <= 8; ++number) SetState(101, number, WalkPageState::kDone);
  EXPECT_EQ(Store(), (std::map<std::string, int>{{kBig, 4}, {kSmall, 3}}));
}

TEST_F(PageSeatsTest, AccountsWithNothingToListHaveNoShare) {
  seats_.SetDepth(24);
  for (int i = 0; i < 11; ++i) {
    const int64_t walk = AddWalk(std::to_string(500000000000 + i), "b");
    seats_.Update(found_, 0);
    ASSERT_NE(ListOne(1), "");
    Store();
    SetState(walk, 1, WalkPageState::kDead);
  }
  AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  EXPECT_EQ(ListAll(), (std::map<std::string, int>{{kBig, 24}}));
}

TEST_F(PageSeatsTest, ANewLeaderLeavesTheBucketToTheWalkThatHasPages) {
  const int64_t first = AddWalk(kBig, "b");
  AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  ListOne();
  Store();
  std::swap(found_.walks[0], found_.walks[1]);  // as after a start that another clock dated
  seats_.Clear();
  seats_.SetPages(rows_);
  seats_.Update(found_, 0);
  EXPECT_EQ(seats_.Next()->walk.id, first);
}

TEST_F(PageSeatsTest, WalksOverOneBucketGoOneAfterTheOther) {
  const int64_t first = AddWalk(kBig, "b");
  const int64_t second = AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  while (!ListOne(3).empty()) {
  }
  Store();
  for (const WalkPageRow& row : rows_) EXPECT_EQ(row.walk_id, first);
  EXPECT_EQ(rows_.size(), 3U);
  std::erase_if(found_.walks, [&](const WalkRow& walk) { return walk.id == first; });
  rows_.clear();
  seats_.Update(found_, 0);
  EXPECT_EQ(seats_.Next()->walk.id, second);
}

TEST_F(PageSeatsTest, TheCheckpointMovesOverPagesThatAreDoneWithoutAGap) {
  const int64_t walk = AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  while (!ListOne(5).empty()) {
  }
  Store();
  ASSERT_EQ(rows_.size(), 5U);
  SetState(walk, 2, WalkPageState::kDone);
  SetState(walk, 3, WalkPageState::kDone);
  EXPECT_TRUE(seats_.Progress().empty());
  SetState(walk, 1, WalkPageState::kDone);
  ASSERT_EQ(seats_.Progress().size(), 1U);
  const WalkProgress progress = seats_.Progress().front();
  EXPECT_EQ(progress.number, 3);
  EXPECT_EQ(progress.continuation, "t3");
  EXPECT_EQ(progress.last_key, "k3");
  EXPECT_EQ(progress.pages, 3U);
  EXPECT_EQ(progress.listed_objects, 30U);
  // A page that was given up holds the checkpoint; the end of the walk waits for it.
  SetState(walk, 4, WalkPageState::kDead);
  SetState(walk, 5, WalkPageState::kDone);
  EXPECT_EQ(seats_.Progress().front().number, 3);
  SetState(walk, 4, WalkPageState::kDone);
  EXPECT_EQ(seats_.Progress().front().continuation, "");
}

TEST_F(PageSeatsTest, ANewLeaderGoesOnBehindTheLastPageThereIs) {
  AddWalk(kBig, "b");
  seats_.SetDepth(4);
  seats_.Update(found_, 0);
  EXPECT_EQ(ListAll()[kBig], 4);
  seats_.Clear();
  seats_.SetDepth(5);
  seats_.Update(found_, 0);
  seats_.SetPages(rows_);
  const auto turn = seats_.Next();
  ASSERT_TRUE(turn.has_value());
  EXPECT_EQ(turn->number, 5);
  EXPECT_EQ(turn->page, "t4");
  EXPECT_EQ(turn->after_key, "k4");
}

TEST_F(PageSeatsTest, AWalkThatIsStoppedListsAndPublishesNothing) {
  AddWalk(kBig, "b");
  seats_.Update(found_, 0);
  ASSERT_EQ(ListOne(), kBig);
  Store();
  rows_.front().published_ms = 0;  // as a worker leaves it that cannot go on
  seats_.SetPages(rows_);
  EXPECT_EQ(seats_.ToPublish().size(), 1U);
  found_.walks.front().state = WalkState::kQuotaReached;
  seats_.Update(found_, 0);
  EXPECT_TRUE(seats_.ToPublish().empty());
  EXPECT_FALSE(seats_.Next().has_value());
  found_.walks.front().state = WalkState::kBlocked;
  found_.walks.front().not_before_ms = 50;
  seats_.Update(found_, 49);
  EXPECT_TRUE(seats_.ToPublish().empty());
  seats_.Update(found_, 50);
  EXPECT_EQ(seats_.ToPublish().size(), 1U);
}

}  // namespace
}  // namespace assay
