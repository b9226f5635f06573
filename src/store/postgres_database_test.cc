// What PostgreSQL alone has to do; database_test.cc has what both databases must.
#include "store/postgres_database.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "store/access_rows.h"
#include "store/migrations.h"
#include "store/postgres_connection.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using testing::HasSubstr;

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.url = TestPostgres::Get().NewDatabase();
    auto opened = Database::Open(options_);
    ASSERT_OK(opened);
    database_ = std::move(*opened);
  }
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
};

// Tables are rewritten and copied after waiting for those that still write to them: what these
// committed is to be seen, whatever the server's default is.
TEST_F(PostgresTest, MigrationsReadWhatOthersCommittedMeanwhile) {
  EXPECT_OK(database_->Write([](Transaction& tx) {
    return tx
        .Execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation "
            "TO %L', current_database(), 'repeatable read'); END $$")
        .status();
  }));
  std::vector<Migration> migrations(AllMigrations().begin(), AllMigrations().end());
  migrations.push_back(
      {migrations.back().version + 1, "999_next",
       "CREATE TABLE seen AS SELECT current_setting('transaction_isolation') AS level, "
       "current_setting('default_transaction_isolation') AS usual;"});
  const auto next = OpenPostgresDatabase(options_, migrations);
  ASSERT_OK(next);
  std::string level, usual;
  EXPECT_OK((*next)->Read([&](Transaction& tx) {
    return tx.Query("SELECT level, usual FROM seen", {}, [&](const SqlRow& row) {
      level = row.Text(0);
      usual = row.Text(1);
    });
  }));
  EXPECT_EQ(usual, "repeatable read");
  EXPECT_EQ(level, "read committed");
}

// As for a bucket whose objects came after the last ANALYZE: PostgreSQL believes that there are
// few.
TEST_F(PostgresTest, FindingRowsReadsNoOthersThatAreAlike) {
  std::vector<std::vector<SqlValue>> rows;
  for (int64_t i = 0; i < 20'000; ++i) rows.push_back({int64_t{i < 10'000 ? i : 0}, i});
  int64_t read = 0;
  EXPECT_OK(database_->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(
        tx.Execute("CREATE TABLE many (a BIGINT NOT NULL, b BIGINT NOT NULL, UNIQUE (a, b))")
            .status());
    ASSAY_RETURN_IF_ERROR(tx.ExecuteRows("INSERT INTO many (a, b) {ROWS}", rows));
    rows.erase(rows.begin(), rows.end() - 1'000);
    ASSAY_RETURN_IF_ERROR(tx.FindRows("many", "a", {"a", "b"}, rows, [](const SqlRow&) {}));
    return tx.Query(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'many'",
        {}, [&](const SqlRow& row) { read = row.Int(0); });
  }));
  EXPECT_LE(read, 1'000);
}

TEST_F(PostgresTest, ALostConnectionIsReplacedAndTheBodyRunsAgain) {
  int runs = 0;
  EXPECT_OK(database_->Write([&](Transaction& tx) -> Status {
    if (++runs == 1) {
      // Its own backend ends: what the administrator's restart does.
      (void)tx.Query("SELECT pg_terminate_backend(pg_backend_pid())", {}, [](const SqlRow&) {});
    }
    return PutSealedSecret(tx, "a", "x");
  }));
  EXPECT_EQ(runs, 2);
}

TEST_F(PostgresTest, ARestartOfTheServerIsSurvived) {
  const auto put = [&](const std::string& name) {
    return database_->Write([&](Transaction& tx) { return PutSealedSecret(tx, name, "x"); });
  };
  EXPECT_OK(put("a"));
  TestPostgres::Get().Crash();
  EXPECT_OK(put("b"));
  EXPECT_OK(database_->Read([](Transaction& tx) {
    return tx.Query("SELECT count(*) FROM sealed_secret", {}, [](const SqlRow&) {});
  }));
}

TEST_F(PostgresTest, AServerThatIsNotThereSaysSo) {
  DatabaseOptions options;
  options.url = "postgresql://assay@127.0.0.1:1/assay";
  options.busy_timeout_ms = 200;
  const auto opened = Database::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kUnavailable);
}

TEST_F(PostgresTest, TheDescriptionHoldsNoPassword) {
  options_.url.insert(options_.url.find('@'), ":hunter2");
  auto opened = Database::Open(options_);
  ASSERT_OK(opened);
  EXPECT_THAT((*opened)->Describe(), HasSubstr("PostgreSQL 1"));
  EXPECT_THAT((*opened)->Describe(), testing::Not(HasSubstr("hunter2")));
}

TEST(PostgresPlaceholdersTest, OnlyThoseOutsideQuotesAreRewritten) {
  EXPECT_EQ(DollarPlaceholders("a = ?1 AND b = '?2' AND c = ?12 ?"),
            "a = $1 AND b = '?2' AND c = $12 ?");
}

}  // namespace
}  // namespace assay
