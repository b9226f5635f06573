// FleetSource over a queue that is told what to hand out, and a real database.
#include "jobs/fleet_source.h"

#include <gmock/gmock.h>

#include "jobs/event_orders.h"
#include "jobs/fake_unit_queue.h"
#include "jobs/service_test_fixture.h"
#include "store/fleet_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Of work that is nowhere in the database: taking it finishes it.
UnitMessage VoidMessage(QueueLane lane, int64_t number = 1) {
  UnitOrder order;
  order.account_id = kOne;
  order.attempt = number;
  if (lane == QueueLane::kPages) {
    order.walk_id = order.page_number = 1'000'000;
  } else {
    order.events = {{1'000'000, 1}};
  }
  return {lane, kOne, UnitIdOf(order), EncodeUnitOrder(order)};
}

class FleetSourceTest : public ServiceTest {
 protected:
  void StartSource(uint32_t max_attempts = 5) {
    FleetSourceOptions options;
    options.max_attempts = max_attempts;
    source_ = std::make_unique<FleetSource>(database_.get(), access_.get(), &queue_, options);
  }
  void TearDown() override {
    source_.reset();
    ServiceTest::TearDown();
  }

  // An order for one event for each of the keys.
  UnitMessage UnitOf(const std::vector<std::string>& keys) {
    return EventsMessage(kOne, 1, TakeNewEvents(keys));
  }
  // The worker that has the next unit ends it so. False: there is none for it.
  bool Attempt(UnitSource::Ending ending) {
    const UnitSource::Fetched fetched = source_->Next();
    if (fetched.unit != nullptr) source_->Ended(*fetched.unit, ending);
    return fetched.unit != nullptr;
  }

  FakeUnitQueue queue_;
  std::unique_ptr<FleetSource> source_;
};

TEST_F(FleetSourceTest, PagesAreTakenWhileEventsNeverEnd) {
  StartSource();
  queue_.endless[QueueLane::kEvents] = VoidMessage(QueueLane::kEvents);
  for (int i = 0; i < 10; ++i) (void)queue_.Publish(VoidMessage(QueueLane::kPages, i + 1));
  for (int i = 0; i < 40; ++i) (void)source_->Next();
  EXPECT_EQ(queue_.finished[QueueLane::kPages], 10);
  EXPECT_EQ(queue_.finished[QueueLane::kEvents], 30);
}

TEST_F(FleetSourceTest, EventsAreTakenBeforePagesThatNeverEnd) {
  StartSource();
  queue_.endless[QueueLane::kPages] = VoidMessage(QueueLane::kPages);
  for (int i = 0; i < 30; ++i) (void)queue_.Publish(VoidMessage(QueueLane::kEvents, i + 1));
  for (int i = 0; i < 40; ++i) (void)source_->Next();
  EXPECT_EQ(queue_.finished[QueueLane::kEvents], 30);
  EXPECT_EQ(queue_.finished[QueueLane::kPages], 10);
}

TEST_F(FleetSourceTest, ALaneThatHasAllTheWorkHasAllTheTurns) {
  StartSource();
  queue_.endless[QueueLane::kPages] = VoidMessage(QueueLane::kPages);
  for (int i = 0; i < 8; ++i) (void)source_->Next();
  EXPECT_EQ(queue_.finished[QueueLane::kPages], 8);
}

TEST_F(FleetSourceTest, WhatIsGivenBackInGoodOrderIsNoAttempt) {
  StartSource(/*max_attempts=*/1);
  (void)queue_.Publish(UnitOf({"k"}));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Attempt(UnitSource::Ending::kNotDone)) << i;
  EXPECT_THAT(queue_.delays, ElementsAre(0, 0, 0, 0)) << "others have it at once";
  EXPECT_TRUE(Attempt(UnitSource::Ending::kRecorded));
  EXPECT_THAT(queue_.letters, IsEmpty());
  EXPECT_EQ(queue_.finished[QueueLane::kEvents], 1);
}

TEST_F(FleetSourceTest, WhatWorkersInARowDoNotFinishIsGivenUp) {
  StartSource(/*max_attempts=*/2);
  (void)queue_.Publish(UnitOf({"k"}));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kNotDone));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_THAT(queue_.letters, IsEmpty());
  EXPECT_FALSE(Attempt(UnitSource::Ending::kFailed));
  ASSERT_EQ(queue_.letters.size(), 1U);
  EXPECT_EQ(queue_.letters[0].reason, "2 workers in a row did not finish it");
  EXPECT_EQ(source_->given_up(), 1U);
}

TEST_F(FleetSourceTest, EventsInHandAreNotHandedOutToOthers) {
  StartSource();
  const std::vector<EventRow> events = TakeNewEvents({"k", "l"});
  (void)queue_.Publish(EventsMessage(kOne, 1, events));
  const UnitSource::Fetched fetched = source_->Next();
  ASSERT_NE(fetched.unit, nullptr);
  const auto due = [&](int64_t now_ms) {
    std::vector<EventRow> found;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(found, TakeDueEvents(tx, kOne, now_ms, 10));
      return Status::Ok();
    });
    return found.size();
  };
  EXPECT_EQ(due(NowMs()), 2U);
  ASSERT_TRUE(source_->KeepEvents().ok());
  EXPECT_EQ(due(NowMs() + 60'000), 0U);
  // One that failed, and was recorded before the rest, keeps its pause.
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PostponeEvent(tx, events[0], 7));
    return LeaseEvents(tx, events, 0);
  });
  EXPECT_EQ(due(6), 1U);
  EXPECT_EQ(due(8), 2U);
  ASSERT_TRUE(source_->KeepEvents().ok());
  EXPECT_EQ(due(NowMs()), 2U) << "it asks the database now and then, not always";
  source_->Ended(*fetched.unit, UnitSource::Ending::kNotDone);
}

TEST_F(FleetSourceTest, EventsThatAreGivenUpTogetherAreTriedAlone) {
  StartSource(/*max_attempts=*/1);
  (void)queue_.Publish(UnitOf({"a", "bad", "c"}));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_FALSE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_THAT(queue_.letters, IsEmpty()) << "nobody knows yet which of them it is";
  EXPECT_EQ(queue_.waiting[QueueLane::kEvents].size(), 3U);
  std::vector<std::string> keys;
  for (int i = 0; i < 3; ++i) {
    const UnitSource::Fetched fetched = source_->Next();
    ASSERT_NE(fetched.unit, nullptr) << i;
    ASSERT_EQ(fetched.unit->events.size(), 1U) << i;
    keys.push_back(fetched.unit->events[0].key);
    source_->Ended(*fetched.unit, keys.back() == "bad" ? UnitSource::Ending::kFailed
                                                       : UnitSource::Ending::kRecorded);
  }
  EXPECT_THAT(keys, ElementsAre("a", "bad", "c"));
  EXPECT_FALSE(Attempt(UnitSource::Ending::kRecorded));
  ASSERT_EQ(queue_.letters.size(), 1U);
  Look([&](Transaction& tx) -> Status {
    const UnitOrder order = DecodeUnitOrder(queue_.letters[0].message.data).value();
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> blamed, FindEventsOf(tx, order));
    EXPECT_EQ(blamed.size(), 1U);
    EXPECT_EQ(blamed.at(0).key, "bad");
    EXPECT_GE(blamed.at(0).attempts, kAloneAttempts);
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> due,
                           TakeDueEvents(tx, kOne, NowMs() + 3'600'000, 10));
    for (const EventRow& event : due) {
      EXPECT_TRUE(event.key == "bad" || event.attempts == 0) << event.key;
    }
    return Status::Ok();
  });
}

TEST_F(FleetSourceTest, ALetterIsOfInterestUntilItsWorkIsDone) {
  StartSource(/*max_attempts=*/1);
  (void)queue_.Publish(UnitOf({"k"}));
  EXPECT_TRUE(Attempt(UnitSource::Ending::kFailed));
  EXPECT_FALSE(Attempt(UnitSource::Ending::kFailed));
  ASSERT_EQ(queue_.letters.size(), 1U);
  const UnitOrder order = DecodeUnitOrder(queue_.letters[0].message.data).value();
  bool before = false, after = true;
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(before, IsStillGivenUp(tx, order));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> events, FindEventsOf(tx, order));
    ASSAY_RETURN_IF_ERROR(FinishEvent(tx, events.at(0)));
    ASSAY_ASSIGN_OR_RETURN(after, IsStillGivenUp(tx, order));
    return Status::Ok();
  });
  EXPECT_TRUE(before);
  EXPECT_FALSE(after);
}

}  // namespace
}  // namespace assay
