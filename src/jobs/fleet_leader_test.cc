// FleetLeader over a queue in memory and a real database: what it hands out of events, and which
// dead letters it keeps.
#include "jobs/fleet_leader.h"

#include <gmock/gmock.h>

#include <future>

#include "jobs/event_orders.h"
#include "jobs/fake_unit_queue.h"
#include "jobs/page_orders.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// Always this process's.
class OwnLease : public QueueLease {
 public:
  Result<bool> Acquire(const std::string&) override { return true; }
  Result<bool> Renew() override { return true; }
  void Release() override { ++released; }
  int64_t lease_ms() const override { return 1000; }

  std::atomic<int> released{0};
};

// Does something before a transaction.
class InterruptedDatabase : public Database {
 public:
  using Interruption = std::function<void()>;
  explicit InterruptedDatabase(Database* database) : database_(database) {}
  void BeforeNextWrite(Interruption what) { Set(&before_write_, std::move(what)); }
  void BeforeNextWriteLocking(Interruption what) { Set(&before_locking_, std::move(what)); }

  Status Write(const std::function<Status(Transaction&)>& body) override {
    Interrupt(&before_write_);
    return database_->Write(body);
  }
  Status WriteLocking(const std::function<Status(Transaction&)>& body) override {
    Interrupt(&before_locking_);
    return database_->WriteLocking(body);
  }
  Status Read(const std::function<Status(Transaction&)>& body) override {
    return database_->Read(body);
  }
  std::string Describe() const override { return database_->Describe(); }

 private:
  void Set(Interruption* which, Interruption what) {
    const std::lock_guard lock(mutex_);
    *which = std::move(what);
  }
  void Interrupt(Interruption* which) {
    Interruption what;
    {
      const std::lock_guard lock(mutex_);
      what = std::exchange(*which, nullptr);
    }
    if (what) what();
  }

  Database* const database_;
  std::mutex mutex_;
  Interruption before_write_, before_locking_;  // guarded by mutex_
};

class FleetLeaderTest : public ServiceTest {
 protected:
  void StartLeader(const FleetLeaderOptions& options = {}) {
    StartLeader(database_.get(), options);
  }
  void StartLeader(Database* database, const FleetLeaderOptions& options) {
    leader_ = std::make_unique<FleetLeader>(database, access_.get(), &queue_, &lease_, options);
  }
  // A page of a walk of kOne, as it was some time after it was handed out.
  WalkPageRow PutPage(int64_t number, WalkPageState state, int64_t published_ms) {
    if (Walks(kOne).empty()) Associate(kOne, "b", "", true, false);
    WalkPageRow page;
    page.walk_id = Walks(kOne).at(0).id;
    page.number = number;
    page.account_id = kOne;
    page.next_page = "t" + std::to_string(number);
    page.last_key = "k" + std::to_string(number);
    page.state = state;
    page.attempt = 1;
    page.published_ms = published_ms;
    page.reason = state == WalkPageState::kDead ? "because" : "";
    Write([&](Transaction& tx) { return InsertWalkPages(tx, {page}); });
    return page;
  }
  std::vector<int64_t> AttemptsOf(int64_t page_number) {
    std::vector<int64_t> attempts;
    for (const UnitMessage& message : queue_.Waiting(QueueLane::kPages)) {
      const UnitOrder order = DecodeUnitOrder(message.data).value();
      if (order.page_number == page_number) attempts.push_back(order.attempt);
    }
    return attempts;
  }
  std::vector<DeadLetter> Letters() { return queue_.ListDeadLetters(0, 100).value(); }
  void TearDown() override {
    leader_.reset();
    ServiceTest::TearDown();
  }
  // Events that were tried so often, due at once. As they are in the database.
  std::vector<EventRow> PutEventsOf(const std::vector<std::pair<std::string, uint32_t>>& attempts) {
    std::vector<std::string> keys;
    keys.reserve(attempts.size());
    for (const auto& [key, tried] : attempts) keys.push_back(key);
    const std::vector<EventRow> events = TakeNewEvents(keys);
    Write([&](Transaction& tx) -> Status {
      for (size_t i = 0; i < events.size(); ++i) {
        ASSAY_RETURN_IF_ERROR(PostponeEvent(tx, events[i], 1, attempts[i].second));
      }
      return Status::Ok();
    });
    return events;
  }
  void PutLetter(const UnitMessage& message) {
    DeadLetter letter;
    letter.message = message;
    ASSERT_TRUE(queue_.PutDeadLetter(letter).ok());
  }

  FakeUnitQueue queue_;
  OwnLease lease_;
  std::unique_ptr<FleetLeader> leader_;
};

TEST_F(FleetLeaderTest, AnEventThatWasTriedOftenIsHandedOutAlone) {
  PutEventsOf({{"a", 0}, {"bad", kAloneAttempts}, {"c", kAloneAttempts - 1}});
  StartLeader();
  ASSERT_TRUE(WaitFor([&] { return queue_.Waiting(QueueLane::kEvents).size() >= 2; }));
  std::vector<size_t> events;
  for (const UnitMessage& message : queue_.Waiting(QueueLane::kEvents)) {
    events.push_back(DecodeUnitOrder(message.data).value().events.size());
  }
  EXPECT_THAT(events, UnorderedElementsAre(1, 2));
}

TEST_F(FleetLeaderTest, UnderAnotherVersionsSchemaItLeavesTheLeadToOthers) {
  StartLeader();
  ASSERT_TRUE(WaitFor([&] { return leader_->leading(); }));
  Write([](Transaction& tx) {
    return tx.Execute("INSERT INTO schema_version VALUES (9999, 'of a newer version')").status();
  });
  ASSERT_TRUE(WaitFor([&] { return lease_.released > 0 && !leader_->leading(); }));
  EXPECT_THAT(leader_->last_error(), HasSubstr("to schema version 9999"));
  int64_t epoch = 0;
  Look([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const LeaderRow leader, GetLeader(tx));
    epoch = leader.epoch;
    return Status::Ok();
  });
  EXPECT_EQ(epoch, 1);
  Write([](Transaction& tx) {
    return tx.Execute("DELETE FROM schema_version WHERE version = 9999").status();
  });
  EXPECT_TRUE(WaitFor([&] { return leader_->leading() && leader_->last_error().empty(); }));
}

TEST_F(FleetLeaderTest, PagesThatTheQueueLostAreFoundWhileItIsBusy) {
  const int64_t now_ms = NowMs();
  PutPage(1, WalkPageState::kOpen, now_ms - 9000);
  PutPage(2, WalkPageState::kOpen, now_ms - 1000);
  // However many units it has, its oldest is younger than page 1.
  for (int i = 0; i < 50; ++i) {
    UnitOrder order;
    order.account_id = kTwo;
    order.attempt = 1;
    order.walk_id = order.page_number = 1'000'000;
    (void)queue_.Publish({QueueLane::kPages, kTwo, UnitIdOf(order), EncodeUnitOrder(order)});
  }
  queue_.oldest_page_ms = now_ms - 2000;
  FleetLeaderOptions options;
  options.ack_wait_ms = 300;
  StartLeader(options);
  ASSERT_TRUE(WaitFor([&] { return AttemptsOf(1).size() >= 2; }));
  leader_->Stop();
  EXPECT_THAT(AttemptsOf(1), ElementsAre(1, 2)) << "the new leader's, and the next attempt";
  EXPECT_THAT(AttemptsOf(2), ElementsAre(1));
}

TEST_F(FleetLeaderTest, ALetterThatTheQueueLostIsWrittenAgain) {
  PutPage(1, WalkPageState::kDone, 1);
  const WalkPageRow dead = PutPage(2, WalkPageState::kDead, 1);
  const WalkPageRow told = PutPage(3, WalkPageState::kDead, 1);
  PutLetter(PageMessage(told));
  FleetLeaderOptions options;
  options.ack_wait_ms = 300;
  StartLeader(options);
  ASSERT_TRUE(WaitFor([&] { return Letters().size() >= 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));
  leader_->Stop();
  const std::vector<DeadLetter> letters = Letters();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[1].message.data, PageMessage(dead).data);
  EXPECT_EQ(letters[1].reason, "because");
}

TEST_F(FleetLeaderTest, AQuotaThatIsRaisedBetweenTwoLooksIsSeen) {
  Associate(kOne, "b", "", true, false);
  WalkRow walk = Walks(kOne).at(0);
  InterruptedDatabase database(database_.get());
  StartLeader(&database, {});
  ASSERT_TRUE(WaitFor([&] { return leader_->leading(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // it knows the quota
  database.BeforeNextWriteLocking(
      [&] { Write([](Transaction& tx) { return SetAccountQuota(tx, kOne, INT64_MAX); }); });
  Write([&](Transaction& tx) -> Status {
    walk.state = WalkState::kQuotaReached;
    ASSAY_RETURN_IF_ERROR(StopWalk(tx, walk));
    ResourceRow due;  // so that the leader writes, and looks again
    due.account_id = kTwo;
    due.region = kHome;
    due.bucket = "b";
    return InsertResource(tx, due).status();
  });
  EXPECT_TRUE(WaitFor(
      [&] {
        const std::vector<WalkRow> walks = Walks(kOne);
        return walks.empty() || walks[0].state != WalkState::kQuotaReached;
      },
      20));
  leader_.reset();
}

TEST_F(FleetLeaderTest, NothingWaitsForWhatIsPastItsRetention) {
  InterruptedDatabase database(database_.get());
  std::promise<void> begun, end;
  database.BeforeNextWrite([&] {
    begun.set_value();
    end.get_future().wait();
  });
  StartLeader(&database, {});
  begun.get_future().wait();
  Put(kOne, "b/k", "text");
  Associate(kOne, "b", "", true, false);
  EXPECT_TRUE(WaitFor([&] { return !queue_.Waiting(QueueLane::kPages).empty(); }, 20));
  end.set_value();
  leader_.reset();
}

TEST_F(FleetLeaderTest, LettersGoWhenTheirWorkIsDone) {
  const std::vector<EventRow> events = PutEventsOf({{"bad", 0}, {"done", 0}});
  PutLetter(EventsMessage(kOne, 1, {&events[0], 1}));
  PutLetter(EventsMessage(kOne, 1, {&events[1], 1}));
  PutLetter({QueueLane::kPages, kOne, "", "damaged"});
  PutLetter(EventsMessage(kOne, 1, events));
  PutLetter(EventsMessage(kOne, 2, {&events[0], 1}));  // the same work once more
  Write([&](Transaction& tx) { return FinishEvent(tx, events[1]); });
  StartLeader();
  ASSERT_TRUE(WaitFor([&] { return queue_.State().dead < 4; }));
  leader_->Stop();
  std::vector<uint64_t> left;
  left.reserve(queue_.letters.size());
  for (const DeadLetter& letter : queue_.letters) left.push_back(letter.sequence);
  EXPECT_THAT(left, ElementsAre(3, 4, 5));
}

}  // namespace
}  // namespace assay
