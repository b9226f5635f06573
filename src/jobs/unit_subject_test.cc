#include "jobs/unit_subject.h"

#include "jobs/service_test_fixture.h"
#include "store/fleet_rows.h"

namespace assay {
namespace {

class UnitSubjectTest : public ServiceTest {
 protected:
  UnitSubject Subject(const UnitOrder& order) {
    UnitSubject subject;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(subject, SubjectOf(tx, order));
      return Status::Ok();
    });
    return subject;
  }
  static UnitOrder OrderOf(int64_t walk_id, int64_t page_number) {
    UnitOrder order;
    order.account_id = kOne;
    order.walk_id = walk_id;
    order.page_number = page_number;
    return order;
  }
  static UnitOrder OrderOf(const std::vector<EventRow>& events) {
    UnitOrder order;
    order.account_id = kOne;
    for (const EventRow& event : events) order.events.push_back({event.id, event.received_ms});
    return order;
  }
};

TEST_F(UnitSubjectTest, APageIsABucketAndItsKeys) {
  Associate(kOne, "b", "", true, false);
  const int64_t walk = Walks(kOne).at(0).id;
  WalkPageRow page;
  page.walk_id = walk;
  page.number = 3;
  page.account_id = kOne;
  page.after_key = "k1";
  page.last_key = "k9";
  page.listed_objects = 8;
  WalkPageRow unordered = page;
  unordered.number = 4;
  unordered.bounded = false;
  Write([&](Transaction& tx) { return InsertWalkPages(tx, {page, unordered}); });
  EXPECT_EQ(Subject(OrderOf(walk, 3)), (UnitSubject{"b", 8, "", "k1", "k9"}));
  EXPECT_EQ(Subject(OrderOf(walk, 4)), (UnitSubject{"b", 8, "", "", ""}));
  EXPECT_EQ(Subject(OrderOf(walk, 5)), UnitSubject());
}

TEST_F(UnitSubjectTest, EventsAreThoseThatAreStillToBeDone) {
  const std::vector<EventRow> events = TakeNewEvents({"x", "y"});
  EXPECT_EQ(Subject(OrderOf(events)), (UnitSubject{"b", 2, "", "", ""}));
  Write([&](Transaction& tx) { return FinishEvent(tx, events[0]); });
  EXPECT_EQ(Subject(OrderOf(events)), (UnitSubject{"b", 1, events[1].key, "", ""}));
  Write([&](Transaction& tx) { return FinishEvent(tx, events[1]); });
  EXPECT_EQ(Subject(OrderOf(events)), UnitSubject());
}

TEST_F(UnitSubjectTest, EventsOfSeveralBucketsNameNone) {
  EventRow other = TakeNewEvents({"x"}).at(0);
  other.bucket = "c";
  std::vector<EventRow> events;
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutEvents(tx, {other}));
    ASSAY_ASSIGN_OR_RETURN(events, TakeDueEvents(tx, kOne, 20, 100));
    return Status::Ok();
  });
  EXPECT_EQ(Subject(OrderOf(events)), (UnitSubject{"", 2, "", "", ""}));
}

}  // namespace
}  // namespace assay
