// Sessions, settings, history, day counts and label totals on both databases.
#include <gmock/gmock.h>

#include "store/label_totals.h"
#include "store/object_history.h"
#include "store/object_retry.h"
#include "store/resource_rows.h"
#include "store/session_rows.h"
#include "store/setting_rows.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr int64_t kDay = 86'400'000;
constexpr char kAccount[] = "111111111111";

class ConsoleRowsTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    database_ = Open();
  }
  static ObjectRow Object(const std::string& key, const std::string& etag, uint32_t risk,
                          int64_t at_ms) {
    ObjectRow row;
    row.account_id = kAccount;
    row.bucket = "b";
    row.key = key;
    row.etag = etag;
    row.size = 10;
    row.outcome = "classified";
    row.dlp_risk = risk;
    row.pii_impact = "low";
    row.pii_types = {"email"};
    row.bytes_classified = 5;
    row.classified_at_ms = at_ms;
    row.record = "{}";
    return row;
  }
  void Put(const ObjectRow& row) {
    Write([&](Transaction& tx) { return PutObjects(tx, {row}); });
  }
  std::vector<ObjectHistoryRow> History(const std::string& key) {
    std::vector<ObjectHistoryRow> rows;
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(rows, ListObjectHistory(tx, kAccount, "b", key));
      return Status::Ok();
    });
    return rows;
  }
};

TEST_P(ConsoleRowsTest, Sessions) {
  Write([&](Transaction& tx) -> Status {
    for (const char* hash : {"h1", "h2", "h3"}) {
      ASSAY_RETURN_IF_ERROR(PutConsoleSession(tx, {hash, "admin", "csrf", 100, 100}));
    }
    ASSAY_RETURN_IF_ERROR(TouchConsoleSession(tx, "h2", 500));
    ASSAY_ASSIGN_OR_RETURN(const auto touched, GetConsoleSession(tx, "h2"));
    EXPECT_TRUE(touched && touched->last_used_ms == 500 && touched->csrf_token == "csrf");
    ASSAY_RETURN_IF_ERROR(DeleteConsoleSession(tx, "h1"));
    ASSAY_RETURN_IF_ERROR(PruneConsoleSessions(tx, 400, 0));
    return Status::Ok();
  });
  EXPECT_EQ(Number("SELECT count(*) FROM console_session"), 1);
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutConsoleSession(tx, {"h4", "admin", "csrf", 100, 500}));
    return DeleteConsoleSessionsOf(tx, "admin", "h4");
  });
  EXPECT_EQ(Number("SELECT count(*) FROM console_session WHERE token_hash = 'h4'"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM console_session"), 1);
}

TEST_P(ConsoleRowsTest, Settings) {
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const auto none, GetSetting(tx, "x"));
    EXPECT_FALSE(none);
    ASSAY_RETURN_IF_ERROR(PutSetting(tx, "x", "1"));
    ASSAY_RETURN_IF_ERROR(PutSetting(tx, "x", "2"));
    ASSAY_ASSIGN_OR_RETURN(const auto some, GetSetting(tx, "x"));
    EXPECT_EQ(some.value_or(""), "2");
    return Status::Ok();
  });
}

TEST_P(ConsoleRowsTest, HistoryKeepsTheLastOutcomesAndGoesWithTheObject) {
  for (int i = 0; i < 14; ++i) Put(Object("k", "e" + std::to_string(i), i % 10, 1000 + i));
  const std::vector<ObjectHistoryRow> rows = History("k");
  ASSERT_THAT(rows, SizeIs(kHistoryPerObject));
  EXPECT_EQ(rows.front().etag, "e12");
  EXPECT_EQ(rows.back().etag, "e3");
  EXPECT_EQ(rows.front().outcome, "classified");
  EXPECT_EQ(rows.front().dlp_risk, 2u);
  // Written again with the time it has: nothing new happened.
  Put(Object("k", "e13", 3, 1013));
  EXPECT_EQ(History("k").front().etag, "e12");
  Put(Object("other", "x", 1, 5));
  Write([&](Transaction& tx) { return DeleteObjects(tx, kAccount, "b", {"k"}).status(); });
  EXPECT_EQ(Number("SELECT count(*) FROM object_history"), 0);
}

TEST_P(ConsoleRowsTest, DaysAndTotals) {
  Put(Object("a", "1", 9, 10 * kDay + 1));
  Put(Object("b", "1", 3, 10 * kDay + 2));
  Put(Object("a", "2", 8, 11 * kDay));
  std::vector<DayCount> days;
  std::vector<LabelTotal> totals;
  std::map<std::pair<std::string, std::string>, uint64_t> risky;
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(days, ListDays(tx, kAccount, 0));
    ASSAY_ASSIGN_OR_RETURN(totals, TotalLabels(tx, ""));
    ASSAY_ASSIGN_OR_RETURN(risky, CountRiskyByBucket(tx, "", 8));
    return Status::Ok();
  });
  ASSERT_THAT(days, SizeIs(2));
  EXPECT_EQ(days[0].day, 10);
  EXPECT_EQ(days[0].objects, 2u);
  EXPECT_EQ(days[1].bytes_classified, 5u);
  std::map<std::string, uint64_t> by_kind;
  for (const LabelTotal& total : totals) by_kind[total.kind + " " + total.name] += total.objects;
  EXPECT_EQ(by_kind["outcome classified"], 2u);
  EXPECT_EQ(by_kind["pii email"], 2u);
  EXPECT_EQ((risky[{kAccount, "b"}]), 1u);
}

TEST_P(ConsoleRowsTest, RetriesComeStepByStepAndOnlyOfWhatIsMonitored) {
  for (int i = 0; i < 5; ++i) {
    ObjectRow failed = Object("in/" + std::to_string(i), "1", 0, 100 - i % 2);
    failed.outcome = "failed";
    failed.reason = "timeout";
    failed.retryable = i % 2 == 0;  // the others were given up
    failed.attempts = 8;
    failed.not_before_ms = 99'999;
    Put(failed);
    failed.key = "out/" + std::to_string(i);
    Put(failed);
  }
  ResourceRow resource;
  resource.account_id = kAccount;
  resource.region = "us-east-1";
  resource.bucket = "b";
  resource.prefix = "in/";
  std::vector<uint64_t> steps;
  Write([&](Transaction& tx) -> Status {
    steps.clear();
    ASSAY_RETURN_IF_ERROR(InsertResource(tx, resource).status());
    RetryPosition position;
    for (bool more = true; more;) {
      ASSAY_ASSIGN_OR_RETURN(const RetryStep step,
                             RetryObjects(tx, {"", "b", "timeout"}, position, 3, 1234));
      steps.push_back(step.objects);
      position = step.position;
      more = step.more;
    }
    ASSAY_ASSIGN_OR_RETURN(const RetryStep none,
                           RetryObjects(tx, {"", "", "damaged"}, {}, 3, 1234));
    EXPECT_EQ(none.objects, 0u);
    return Status::Ok();
  });
  EXPECT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[0] + steps[1] + steps[2] + steps[3], 5u);
  EXPECT_EQ(Number("SELECT count(*) FROM object_event WHERE not_before_ms = 0"), 5);
  EXPECT_EQ(Number("SELECT count(*) FROM object WHERE retryable = 1 AND attempts = 0"), 5);
}

ASSAY_ON_BOTH_DATABASES(ConsoleRowsTest);

}  // namespace
}  // namespace assay
