// Rows of a fleet: pages of walks, the leader's epoch, workers, claims; and transactions that lock.
#include "store/fleet_rows.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "store/account_rows.h"
#include "store/test_databases.h"

namespace assay {
namespace {

class FleetRowsTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    Write([this](Transaction& tx) -> Status {
      AccountRow account;
      account.account_id = "1";
      account.quota_bytes = 1'000'000;
      ASSAY_RETURN_IF_ERROR(PutAccount(tx, account));
      ResourceRow resource;
      resource.account_id = "1";
      resource.bucket = "b";
      ASSAY_ASSIGN_OR_RETURN(resource_, InsertResource(tx, resource));
      WalkRow walk;
      walk.resource_id = resource_;
      walk.account_id = "1";
      ASSAY_ASSIGN_OR_RETURN(walk_, StartWalk(tx, walk));
      return Status::Ok();
    });
  }
  WalkPageRow Page(int64_t number) const {
    WalkPageRow page;
    page.walk_id = walk_;
    page.number = number;
    page.account_id = "1";
    page.page = "p" + std::to_string(number);
    page.next_page = "p" + std::to_string(number + 1);
    page.last_key = std::string("k\xff\0", 3) + std::to_string(number);  // keys are bytes
    return page;
  }
  std::vector<WalkPageRow> Pages() {
    std::vector<WalkPageRow> pages;
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(pages, ListWalkPages(tx));
      return Status::Ok();
    });
    return pages;
  }
  StatusCode CodeOf(const std::function<Status(Transaction&)>& body) {
    return database_->WriteLocking(body).code();
  }

  int64_t resource_ = 0;
  int64_t walk_ = 0;
};
ASSAY_ON_BOTH_DATABASES(FleetRowsTest);

TEST_P(FleetRowsTest, AListingStaysWithItsPageUntilThePageEnds) {
  WalkPageRow page = Page(1);
  page.listing = std::string(100'000, 'x') + std::string("\0\xff", 2);
  const auto listing = [&] {
    std::string found = "?";
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(found, GetWalkPageListing(tx, walk_, 1));
      return Status::Ok();
    });
    return found;
  };
  EXPECT_EQ(listing(), "");
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {page, Page(2)}); });
  EXPECT_EQ(listing(), page.listing);
  Write([&](Transaction& tx) { return LockWalkPage(tx, walk_, 1); });
  Write([&](Transaction& tx) { return ReopenWalkPage(tx, walk_, 1); });
  EXPECT_EQ(listing(), page.listing);
  EXPECT_EQ(Pages()[0].listing, "");  // the leader's look at all pages does not read it
}

TEST_P(FleetRowsTest, APageIsFinishedOnce) {
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {Page(1), Page(2)}); });
  ASSERT_EQ(Pages().size(), 2U);
  EXPECT_EQ(Pages()[0].last_key, Page(1).last_key);
  WalkPageRow page = Page(1);
  page.listed_objects = 7;
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return FinishWalkPage(tx, page); }), StatusCode::kOk);
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return FinishWalkPage(tx, page); }),
            StatusCode::kNotFound);
  // What comes late changes nothing.
  Write([&](Transaction& tx) { return ReopenWalkPage(tx, walk_, 1); });
  Write([&](Transaction& tx) { return BuryWalkPage(tx, walk_, 1, "late"); });
  EXPECT_EQ(Pages()[0].state, WalkPageState::kDone);
  EXPECT_EQ(Pages()[0].listed_objects, 7U);
  EXPECT_EQ(Pages()[1].state, WalkPageState::kOpen);
}

TEST_P(FleetRowsTest, ADeadPageCanBeOpenedAgain) {
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {Page(1)}); });
  WalkPageRow page = Page(1);
  page.attempt = 1;
  Write([&](Transaction& tx) { return MarkWalkPagePublished(tx, page, 50); });
  Write([&](Transaction& tx) { return BuryWalkPage(tx, walk_, 1, "five workers died"); });
  EXPECT_EQ(Pages()[0].state, WalkPageState::kDead);
  EXPECT_EQ(Pages()[0].reason, "five workers died");
  Write([&](Transaction& tx) { return ReopenWalkPage(tx, walk_, 1); });
  EXPECT_EQ(Pages()[0].state, WalkPageState::kOpen);
  EXPECT_EQ(Pages()[0].published_ms, 0);
  EXPECT_EQ(Pages()[0].attempt, 1);
}

TEST_P(FleetRowsTest, TheCheckpointMovesAndTakesThePagesAlong) {
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {Page(1), Page(2), Page(3)}); });
  WalkProgress progress;
  progress.walk_id = walk_;
  progress.number = 2;
  progress.continuation = "p3";
  progress.last_key = "k2";
  progress.pages = 2;
  progress.listed_objects = 20;
  std::optional<WalkRow> walk;
  Write([&](Transaction& tx) -> Status {
    WalkRow blocked;
    blocked.id = walk_;
    blocked.state = WalkState::kBlocked;
    blocked.attempts = 3;
    blocked.last_error = "away";
    ASSAY_RETURN_IF_ERROR(StopWalk(tx, blocked));
    ASSAY_ASSIGN_OR_RETURN(const bool moved, MoveCheckpoint(tx, progress));
    EXPECT_TRUE(moved);
    ASSAY_ASSIGN_OR_RETURN(walk, GetWalk(tx, walk_));
    return Status::Ok();
  });
  EXPECT_EQ(walk->continuation, "p3");
  EXPECT_EQ(walk->pages, 2U);
  EXPECT_EQ(walk->listed_objects, 20U);
  EXPECT_EQ(walk->state, WalkState::kReady);
  EXPECT_EQ(walk->last_error, "");
  ASSERT_EQ(Pages().size(), 1U);
  EXPECT_EQ(Pages()[0].number, 3);
}

TEST_P(FleetRowsTest, PagesGoWithTheResource) {
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {Page(1)}); });
  Write([&](Transaction& tx) { return DeleteResource(tx, resource_); });
  EXPECT_TRUE(Pages().empty());
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return InsertWalkPages(tx, {Page(2)}); }),
            StatusCode::kInvalidArgument);
}

TEST_P(FleetRowsTest, ADeposedLeaderWritesNothing) {
  int64_t first = 0, second = 0;
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(first, ClaimLeadership(tx, "one", 5));
    ASSAY_ASSIGN_OR_RETURN(second, ClaimLeadership(tx, "two", 6));
    return Status::Ok();
  });
  EXPECT_GT(second, first);
  const auto insert_as = [&](int64_t epoch) {
    return CodeOf([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(RequireLeadership(tx, epoch, 7));
      return InsertWalkPages(tx, {Page(1)});
    });
  };
  EXPECT_EQ(insert_as(first), StatusCode::kAborted);
  EXPECT_TRUE(Pages().empty());
  EXPECT_EQ(insert_as(second), StatusCode::kOk);
  EXPECT_EQ(Pages().size(), 1U);
}

// The old leader is in the middle of its transaction when another takes the lead: either it was
// before that, or it writes nothing.
TEST_P(FleetRowsTest, ALeaderIsDeposedOnlyBetweenItsTransactions) {
  int64_t old_epoch = 0;
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(old_epoch, ClaimLeadership(tx, "old", 1));
    return Status::Ok();
  });
  std::atomic<bool> locked{false};
  std::atomic<bool> committed{false};
  std::thread leader([&] {
    EXPECT_EQ(CodeOf([&](Transaction& tx) -> Status {
                ASSAY_RETURN_IF_ERROR(RequireLeadership(tx, old_epoch, 2));
                locked = true;
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
                ASSAY_RETURN_IF_ERROR(InsertWalkPages(tx, {Page(1)}));
                committed = true;
                return Status::Ok();
              }),
              StatusCode::kOk);
  });
  while (!locked) std::this_thread::yield();
  EXPECT_EQ(CodeOf([](Transaction& tx) { return ClaimLeadership(tx, "new", 3).status(); }),
            StatusCode::kOk);
  EXPECT_TRUE(committed) << "the claim did not wait for the transaction of the old leader";
  leader.join();
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return RequireLeadership(tx, old_epoch, 4); }),
            StatusCode::kAborted);
}

// As recorders of several workers do it: read, decide, write, under the lock of the account.
TEST_P(FleetRowsTest, WhatIsDecidedUnderTheLockOfTheAccountIsNotDecidedTwice) {
  constexpr int kThreads = 4, kTimes = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kTimes; ++k) {
        EXPECT_EQ(CodeOf([](Transaction& tx) -> Status {
                    ASSAY_RETURN_IF_ERROR(LockResults(tx, "1", Transaction::LockMode::kExclusive));
                    ASSAY_ASSIGN_OR_RETURN(std::optional<AccountRow> account, GetAccount(tx, "1"));
                    ++account->last_contact_ms;
                    return PutAccount(tx, *account);
                  }),
                  StatusCode::kOk);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT last_contact_ms FROM account"), kThreads * kTimes);
}

TEST_P(FleetRowsTest, WorkersAndClaimsAreForgottenWhenTheyAreOld) {
  WorkerRow worker;
  worker.worker_id = "w";
  worker.seen_ms = 100;
  worker.units_in_hand = 2;
  int64_t claims = 0;
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutWorker(tx, worker));
    worker.units_in_hand = 1;
    ASSAY_RETURN_IF_ERROR(PutWorker(tx, worker));
    ASSAY_ASSIGN_OR_RETURN(claims, ClaimUnit(tx, "u", 100));
    ASSAY_ASSIGN_OR_RETURN(claims, ClaimUnit(tx, "u", 100));
    return PruneFleet(tx, 100);
  });
  EXPECT_EQ(claims, 2);
  EXPECT_EQ(Number("SELECT units_in_hand FROM worker"), 1);
  Write([&](Transaction& tx) { return PruneFleet(tx, 101); });
  EXPECT_EQ(Number("SELECT count(*) FROM worker"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM unit_claim"), 0);
}

TEST_P(FleetRowsTest, WhoGivesAUnitBackInGoodOrderIsNotCounted) {
  std::vector<int64_t> before;  // of each who takes the unit: how many did not finish it
  const auto take = [&] {
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const int64_t claims, ClaimUnit(tx, "u", 100));
      before.push_back(claims);
      return Status::Ok();
    });
  };
  const auto give_back = [&] { Write([](Transaction& tx) { return ReturnUnit(tx, "u", 100); }); };
  give_back();  // by the first, who had no claim
  take();       // and dies
  take();       // and dies
  take();
  give_back();
  take();
  give_back();
  take();
  EXPECT_EQ(before, (std::vector<int64_t>{0, 1, 2, 0, 0}));
}

TEST_P(FleetRowsTest, ALeasedEventIsNotDueUntilItIsReplacedOrItsLeaseEnds) {
  EventRow event;
  event.account_id = "1";
  event.bucket = "b";
  event.key = "k";
  event.event_ms = event.received_ms = 10;
  std::vector<EventRow> due, late, replaced, old;
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutEvents(tx, {event}));
    ASSAY_ASSIGN_OR_RETURN(old, TakeDueEvents(tx, "1", 20, 10));
    ASSAY_RETURN_IF_ERROR(LeaseEvents(tx, old, 1000));
    ASSAY_ASSIGN_OR_RETURN(due, TakeDueEvents(tx, "1", 999, 10));
    ASSAY_ASSIGN_OR_RETURN(late, TakeDueEvents(tx, "1", 1000, 10));
    event.received_ms = 30;
    ASSAY_RETURN_IF_ERROR(PutEvents(tx, {event}));
    ASSAY_ASSIGN_OR_RETURN(replaced, TakeDueEvents(tx, "1", 40, 10));
    return Status::Ok();
  });
  EXPECT_TRUE(due.empty());
  EXPECT_EQ(late.size(), 1U);
  ASSERT_EQ(replaced.size(), 1U);
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> gone, FindEvents(tx, old));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> there, FindEvents(tx, replaced));
    EXPECT_TRUE(gone.empty());
    EXPECT_EQ(there.size(), 1U);
    return Status::Ok();
  });
}

}  // namespace
}  // namespace assay
