// FleetLeader over a queue in memory and a real database: what it hands out of events, and which
// dead letters it keeps.
#include "jobs/fleet_leader.h"

#include <gmock/gmock.h>

#include "jobs/event_orders.h"
#include "jobs/fake_unit_queue.h"
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

class FleetLeaderTest : public ServiceTest {
 protected:
  void StartLeader() {
    leader_ = std::make_unique<FleetLeader>(database_.get(), access_.get(), &queue_, &lease_,
                                            FleetLeaderOptions{});
  }
  void TearDown() override {
    leader_.reset();
    ServiceTest::TearDown();
  }
  // Events that were tried so often, due at once. As they are in the database.
  std::vector<EventRow> PutEventsOf(const std::vector<std::pair<std::string, uint32_t>>& attempts) {
    std::vector<std::string> keys;
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
