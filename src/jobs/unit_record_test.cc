#include "jobs/unit_record.h"

#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

class UnitRecordTest : public ServiceTest {
 protected:
  // A unit of one event whose object was classified.
  static WorkUnit ClassifiedEvent(const std::string& key) {
    WorkUnit unit;
    unit.account_id = kOne;
    EventRow& event = unit.events.emplace_back();
    event.account_id = kOne;
    event.bucket = "b";
    event.key = key;
    UnitObject& object = unit.objects.emplace_back();
    object.work.object.bucket = "b";
    object.work.object.key = key;
    object.work.object.etag = "1";
    object.stage = UnitObject::Stage::kFinished;
    object.result = UnitObject::Result::kRecord;
    object.row.bucket = "b";
    object.row.key = key;
    object.row.etag = "1";
    object.row.outcome = "classified";
    unit.next = 1;
    return unit;
  }

  RecordOutcome Record(WorkUnit unit) {
    RecordOutcome outcome;
    RecordOptions options;
    options.now_ms = NowMs();
    Write([&](Transaction& tx) { return RecordUnit(tx, unit, options, &outcome); });
    return outcome;
  }

  int64_t Count(const std::string& table) {
    int64_t count = 0;
    Write([&](Transaction& tx) {
      return tx.Query("SELECT count(*) FROM " + table, {},
                      [&](const SqlRow& row) { count = row.Int(0); });
    });
    return count;
  }
};

// The service is disabled while a worker has an event in hand: all that was collected is deleted
// (A6), and what the worker records then must not begin it anew.
TEST_F(UnitRecordTest, EventsOfAnAccountThatWasDisabledLeaveNothing) {
  EXPECT_EQ(Record(ClassifiedEvent("before.txt")).objects, 1U);
  EXPECT_EQ(Count("object"), 1);
  AccountRow account;
  account.account_id = kOne;
  account.state = AccountState::kDisabled;
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(DeleteCollectedData(tx));
    return PutAccount(tx, account);
  });
  const RecordOutcome outcome = Record(ClassifiedEvent("after.txt"));
  EXPECT_TRUE(outcome.stale);
  EXPECT_EQ(outcome.objects, 0U);
  for (const char* table : {"object", "bucket", "label", "label_count", "day_count"}) {
    EXPECT_EQ(Count(table), 0) << table;
  }
}

}  // namespace
}  // namespace assay
