// Object tables by bucket (migrations/005_partitions.sql): what is upgraded, where rows go, and
// that nothing is found by reading a whole partition.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "store/migrations.h"
#include "store/object_history.h"
#include "store/object_retry.h"
#include "store/object_rows.h"
#include "store/postgres_database.h"
#include "store/sqlite_database.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using testing::SizeIs;

constexpr int kVersionBefore = 4;

ObjectRow Object(const std::string& bucket, int number, int64_t at_ms) {
  ObjectRow row;
  row.account_id = "111122223333";
  row.bucket = bucket;
  row.key = fmt::format("exports/{:05}", number);
  row.etag = "e";
  row.size = number;
  row.outcome = number % 5 == 0 ? "failed" : "classified";
  row.reason = number % 5 == 0 ? "timeout" : "";
  row.dlp_risk = static_cast<uint32_t>(number % 11);
  row.pii_impact = number % 2 == 0 ? "low" : "none";
  if (number % 3 == 0) row.pii_types = {"EMAIL"};
  row.server_encryption = number % 50 == 0 ? "aws:kms" : "AES256";
  row.classified_at_ms = at_ms;
  row.bytes_classified = number;
  row.record = fmt::format("{{\"key\":\"{}\"}}", row.key);
  row.detections = "found";
  return row;
}

class ObjectPartitionsTest : public DatabaseTest {
 protected:
  Result<std::unique_ptr<Database>> OpenWith(std::span<const Migration> migrations) {
    return GetParam() == "sqlite" ? OpenSqliteDatabase(options_.url.substr(7), options_, migrations)
                                  : OpenPostgresDatabase(options_, migrations);
  }
  ObjectPage List(const ObjectFilter& filter, ObjectOrder order = ObjectOrder::kTime) {
    ObjectPage page;
    EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(page, ListObjects(tx, filter, order, "", 100));
      return Status::Ok();
    }));
    return page;
  }
};
ASSAY_ON_BOTH_DATABASES(ObjectPartitionsTest);

TEST_P(ObjectPartitionsTest, ObjectsOfAnEarlierSchemaStayWhatTheyWere) {
  database_.reset();
  options_.url = GetParam() == "sqlite" ? "sqlite:" + (folder_.path() / "old.db").string()
                                        : TestPostgres::Get().NewDatabase();
  {
    auto old = OpenWith(AllMigrations().first(kVersionBefore));
    ASSERT_OK(old);
    // In the words of that version.
    EXPECT_OK((*old)->Write([](Transaction& tx) -> Status {
      for (const char* sql :
           {"INSERT INTO bucket (id, account_id, name) VALUES (7, '111122223333', 'old')",
            "INSERT INTO label (id, kind, name, detail) VALUES (3, 'outcome', 'classified', ''), "
            "(12, 'pii', 'EMAIL', '')",
            "INSERT INTO object_label VALUES (7, 3, 9, 50, 41), (7, 12, 9, 50, 41)",
            "INSERT INTO label_count VALUES (7, 3, 9, 1, 5), (7, 12, 9, 1, 5)"}) {
        ASSAY_RETURN_IF_ERROR(tx.Execute(sql).status());
      }
      ASSAY_RETURN_IF_ERROR(tx.Execute("INSERT INTO object_record (object_id, record, detections) "
                                       "VALUES (41, '{}', ?1)",
                                       {SqlBytes{"findings"}})
                                .status());
      ASSAY_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO object (id, bucket_id, object_key, etag, version_id, size, "
                     "last_modified_ms, retryable, dlp_risk, pii_impact, bytes_classified, "
                     "charged_bytes, classified_at_ms, attempts, not_before_ms, server_encryption, "
                     "sse_kms_key_id, labels) VALUES (41, 7, ?1, ?1, ?1, 5, 6, 0, 9, 'none', 5, 5, "
                     "50, 1, 0, '', '', '3,12')",
                     {SqlBytes{"k"}})
              .status());
      return tx
          .Execute(
              "INSERT INTO object_history (object_id, etag, version_id, size, dlp_risk, "
              "pii_impact, classified_at_ms, labels) VALUES (41, ?1, ?1, 4, 2, 'none', 20, "
              "'3')",
              {SqlBytes{"h"}})
          .status();
    }));
  }
  database_ = Open();
  ASSERT_NE(database_, nullptr);
  const ObjectPage page = List({});
  ASSERT_THAT(page.objects, SizeIs(1));
  EXPECT_EQ(page.objects[0].key, "k");
  EXPECT_EQ(page.objects[0].record, "{}");
  EXPECT_EQ(page.objects[0].detections, "findings");
  EXPECT_EQ(page.objects[0].dlp_risk, 9U);
  EXPECT_EQ(page.objects[0].outcome, "classified");
  // The outcome's entry is in the object's row now, that of what was found where it was.
  EXPECT_EQ(Number("SELECT outcome_id FROM object"), 3);
  EXPECT_EQ(Number("SELECT count(*) FROM label_count WHERE newest_ms = 50"), 2);
  EXPECT_EQ(Number("SELECT CAST(sum(label_id) AS BIGINT) FROM object_label"), 12);
  ObjectFilter found;
  found.bucket = "old";
  found.account_id = "111122223333";
  found.outcome = "classified";
  found.pii_type = "EMAIL";
  for (const ObjectOrder order : {ObjectOrder::kRisk, ObjectOrder::kTime, ObjectOrder::kKey}) {
    EXPECT_THAT(List(found, order).objects, SizeIs(1));
  }
  // Replaced: the one before joins the history that came along.
  ObjectRow again = page.objects[0];
  again.classified_at_ms = 60;
  again.record = "{\"new\":1}";
  Write([&](Transaction& tx) { return PutObjects(tx, {again, Object("new", 1, 70)}); });
  EXPECT_EQ(Number("SELECT id FROM object WHERE bucket_id = 7"), 41);
  EXPECT_EQ(Number("SELECT count(*) FROM object WHERE id > 41"), 1);
  EXPECT_OK(database_->Read([](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ObjectHistoryRow> history,
                           ListObjectHistory(tx, "111122223333", "old", "k"));
    EXPECT_THAT(history, SizeIs(2));
    if (history.size() != 2) return Status::Ok();
    EXPECT_EQ(history[0].classified_at_ms, 50);
    EXPECT_EQ(history[1].classified_at_ms, 20);
    EXPECT_EQ(history[1].outcome, "classified");
    return Status::Ok();
  }));
  Write([](Transaction& tx) { return DeleteObjects(tx, "111122223333", "old", {"k"}).status(); });
  for (const char* table : {"object", "object_detections", "object_label", "object_history"}) {
    EXPECT_EQ(Number(fmt::format("SELECT count(*) FROM {} WHERE bucket_id = 7", table)), 0)
        << table;
  }
}

class PostgresPartitionsTest : public ObjectPartitionsTest {};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresPartitionsTest, testing::Values("postgres"));

TEST_P(PostgresPartitionsTest, ABucketIsInOnePartitionOfEachTable) {
  std::vector<ObjectRow> rows;
  for (int bucket = 0; bucket < 40; ++bucket) {
    for (int i = 0; i < 3; ++i) rows.push_back(Object("b" + std::to_string(bucket), i, 1'000));
  }
  Write([&](Transaction& tx) { return PutObjects(tx, rows); });
  for (ObjectRow& row : rows) row.classified_at_ms = 2'000;
  Write([&](Transaction& tx) { return PutObjects(tx, rows); });
  for (const char* table : {"object", "object_detections", "object_label", "object_history"}) {
    EXPECT_EQ(Number(fmt::format(
                  "SELECT count(*) FROM pg_inherits WHERE inhparent = '{}'::regclass", table)),
              8)
        << table;
    EXPECT_EQ(Number(fmt::format("SELECT max(parts) FROM (SELECT count(DISTINCT tableoid) AS parts "
                                 "FROM {} GROUP BY bucket_id) p",
                                 table)),
              1)
        << table;
    EXPECT_GT(Number(fmt::format("SELECT count(DISTINCT tableoid) FROM {}", table)), 1) << table;
  }
}

// Nothing was analyzed yet: PostgreSQL takes the partitions for small.
TEST_P(PostgresPartitionsTest, NothingIsFoundByReadingAWholePartition) {
  std::vector<ObjectRow> rows;
  for (int bucket = 0; bucket < 4; ++bucket) {
    for (int i = 0; i < 1'000; ++i) rows.push_back(Object("b" + std::to_string(bucket), i, i));
  }
  Write([&](Transaction& tx) { return PutObjects(tx, rows); });
  std::vector<ObjectFilter> filters(10);
  filters[1].bucket = "b1";
  filters[2].account_id = "111122223333";
  filters[3].outcome = "failed";
  filters[4].reason = "timeout";
  filters[5].pii_type = "EMAIL";
  filters[6].key = "exports/00010";
  filters[7].server_encryption = "aws:kms";
  filters[8].min_risk = 8;
  filters[9].bucket = "b2";
  filters[9].prefix = "exports/000";
  int64_t read = -1;
  EXPECT_OK(database_->Write([&](Transaction& tx) -> Status {
    for (const ObjectFilter& filter : filters) {
      for (const ObjectOrder order : {ObjectOrder::kRisk, ObjectOrder::kTime, ObjectOrder::kKey}) {
        ASSAY_ASSIGN_OR_RETURN(const ObjectPage page, ListObjects(tx, filter, order, "", 25));
        EXPECT_FALSE(page.objects.empty());
      }
    }
    rows.resize(100);
    for (ObjectRow& row : rows) row.classified_at_ms += 10'000;
    ASSAY_RETURN_IF_ERROR(PutObjects(tx, rows));
    ASSAY_RETURN_IF_ERROR(GetObject(tx, "111122223333", "b3", "exports/00001").status());
    ASSAY_RETURN_IF_ERROR(RetryObjects(tx, {"", "", "timeout"}, RetryPosition(), 10, 5).status());
    ASSAY_RETURN_IF_ERROR(PruneObjects(tx, 100, 10).status());
    ASSAY_RETURN_IF_ERROR(DeleteObjects(tx, "111122223333", "b3", {"exports/00007"}).status());
    return tx.Query(
        "SELECT CAST(sum(seq_tup_read) AS BIGINT) FROM pg_stat_xact_user_tables WHERE relname LIKE "
        "'object%'",
        {}, [&](const SqlRow& row) { read = row.Int(0); });
  }));
  EXPECT_EQ(read, 0);
}

}  // namespace
}  // namespace assay
