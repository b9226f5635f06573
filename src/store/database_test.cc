#include "store/database.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "store/account_rows.h"
#include "store/migrations.h"
#include "store/object_rows.h"
#include "store/postgres_database.h"
#include "store/sqlite_database.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using testing::HasSubstr;

Status PutSecret(Transaction& tx, const std::string& name, const std::string& sealed) {
  return tx
      .Execute("INSERT INTO sealed_secret (name, sealed) VALUES (?1, ?2)", {name, SqlBytes{sealed}})
      .status();
}

class DatabaseBothTest : public DatabaseTest {
 protected:
  Result<std::unique_ptr<Database>> OpenWith(std::span<const Migration> migrations) {
    return GetParam() == "sqlite" ? OpenSqliteDatabase(options_.url.substr(7), options_, migrations)
                                  : OpenPostgresDatabase(options_, migrations);
  }
  // An empty database of the same kind.
  void StartAnew() {
    database_.reset();
    options_.url = GetParam() == "sqlite" ? "sqlite:" + (folder_.path() / "other.db").string()
                                          : TestPostgres::Get().NewDatabase();
  }
};
ASSAY_ON_BOTH_DATABASES(DatabaseBothTest);

TEST_P(DatabaseBothTest, ABodyThatFailsLeavesNothing) {
  const Status status = database_->Write([](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutSecret(tx, "a", "x"));
    return Aborted("changed my mind");
  });
  EXPECT_EQ(status.code(), StatusCode::kAborted);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 0);
}

TEST_P(DatabaseBothTest, AFailedStatementEndsTheTransactionEvenWhenItIsIgnored) {
  Write([](Transaction& tx) { return PutSecret(tx, "a", "x"); });
  const Status status = database_->Write([](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutSecret(tx, "b", "x"));
    EXPECT_EQ(PutSecret(tx, "a", "y").code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(PutSecret(tx, "c", "y").code(), StatusCode::kInvalidArgument);
    return Status::Ok();
  });
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 1);
}

TEST_P(DatabaseBothTest, ValuesComeBackAsTheyWentIn) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_OK(database_->Read([&](Transaction& tx) {
    return tx.Query("SELECT ?1, ?2, ?3, ?4, ?5, ?6",
                    {SqlBytes{all}, SqlBytes{""}, std::numeric_limits<int64_t>::min(), 0.1,
                     "\xc3\xa9" + std::string("\0\xff'?1", 5), std::string()},
                    [&](const SqlRow& row) {
                      EXPECT_EQ(row.Bytes(0), all);
                      EXPECT_EQ(row.Bytes(1), "");
                      EXPECT_FALSE(row.IsNull(1));
                      EXPECT_EQ(row.Int(2), std::numeric_limits<int64_t>::min());
                      EXPECT_EQ(row.Real(3), 0.1);
                      EXPECT_EQ(row.Text(4), "\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd'?1");
                      EXPECT_EQ(row.Text(5), "");
                      EXPECT_FALSE(row.IsNull(5));
                    });
  }));
  Write([](Transaction& tx) -> Status {
    return tx.Query("SELECT CAST(?1 AS BIGINT)", {std::monostate()}, [](const SqlRow& row) {
      EXPECT_TRUE(row.IsNull(0));
      EXPECT_EQ(row.Int(0), 0);
      EXPECT_EQ(row.Text(0), "");
    });
  });
}

// More rows than one statement takes in either database.
TEST_P(DatabaseBothTest, ManyRowsGoInAndOutByOneStatement) {
  constexpr int64_t kRows = 5'000;
  const auto key = [](int64_t i) { return SqlBytes{std::string("\0\xff", 2) + std::to_string(i)}; };
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(kRows);
  for (int64_t i = 0; i < kRows; ++i) rows.push_back({i, i * 0.5, "\xffn'{ROWS}", key(i)});
  const std::string_view insert =
      "INSERT INTO many (id, half, note, name) {ROWS} ON CONFLICT (id) DO UPDATE SET "
      "half = excluded.half + 1, note = excluded.note RETURNING id, name";
  const std::string types = GetParam() == "sqlite" ? "BLOB" : "BYTEA";
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(
        tx.Execute("CREATE TABLE many (id BIGINT PRIMARY KEY, half DOUBLE PRECISION NOT NULL, "
                   "note TEXT NOT NULL, name " +
                   types + " NOT NULL)")
            .status());
    std::map<int64_t, std::string> returned;
    ASSAY_RETURN_IF_ERROR(tx.QueryRows(
        insert, {}, rows, [&](const SqlRow& row) { returned[row.Int(0)] = row.Bytes(1); }));
    EXPECT_EQ(returned.size(), size_t{kRows});
    EXPECT_EQ(returned[4'711], key(4'711).bytes);
    return Status::Ok();
  });
  EXPECT_EQ(Number("SELECT CAST(sum(half) * 2 AS BIGINT) FROM many"), kRows * (kRows - 1) / 2);
  EXPECT_EQ(Number("SELECT count(*) FROM many WHERE note = '\xef\xbf\xbdn''{ROWS}'"), kRows);

  rows.resize(7);
  Write([&](Transaction& tx) { return tx.ExecuteRows(insert, rows); });
  EXPECT_EQ(Number("SELECT count(*) FROM many WHERE half * 2 = id + 2"), 7);

  std::vector<std::vector<SqlValue>> names = {{key(3)}, {key(8)}, {key(kRows)}};
  std::vector<int64_t> found;
  EXPECT_OK(database_->Read([&](Transaction& tx) {
    return tx.QueryRows("SELECT id FROM many WHERE id < ?1 AND name IN ({ROWS}) AND half < ?2",
                        {int64_t{100}, 1e9}, names,
                        [&](const SqlRow& row) { found.push_back(row.Int(0)); });
  }));
  EXPECT_THAT(found, testing::UnorderedElementsAre(3, 8));

  rows.clear();
  rows.reserve(kRows);
  for (int64_t i = 0; i < kRows; ++i) rows.push_back({i, key(i % 2 == 0 ? i : kRows)});
  Write([&](Transaction& tx) { return tx.DeleteRows("many", {"id", "name"}, rows); });
  EXPECT_EQ(Number("SELECT count(*) FROM many"), kRows / 2);
  EXPECT_EQ(Number("SELECT count(*) FROM many WHERE id % 2 = 0"), 0);
  Write([&](Transaction& tx) { return tx.DeleteRows("many", {"id"}, {}); });
  EXPECT_EQ(Number("SELECT count(*) FROM many"), kRows / 2);
}

// Columns that are alike in all rows go to PostgreSQL as one value.
TEST_P(DatabaseBothTest, RowsThatAreAlikeStayAsManyAsTheyAre) {
  const std::string blob = GetParam() == "sqlite" ? "BLOB" : "BYTEA";
  Write([&](Transaction& tx) -> Status {
    return tx.Execute("CREATE TABLE alike (a BIGINT, b DOUBLE PRECISION, c TEXT, d " + blob + ")")
        .status();
  });
  const std::string_view insert = "INSERT INTO alike (a, b, c, d) {ROWS}";
  const auto insert_rows = [&](const std::vector<std::vector<SqlValue>>& rows) {
    Write([&](Transaction& tx) { return tx.ExecuteRows(insert, rows); });
  };
  const std::vector<SqlValue> row = {int64_t{-7}, 0.5, "n\xff", SqlBytes{std::string("\0x", 2)}};
  insert_rows({row});
  insert_rows({row, row, row});  // nothing differs
  EXPECT_EQ(Number("SELECT count(*) FROM alike WHERE a = -7 AND b = 0.5 AND c = 'n\xef\xbf\xbd' "
                   "AND length(d) = 2"),
            4);
  Write([&](Transaction& tx) { return tx.Execute("DELETE FROM alike").status(); });
  for (size_t column = 0; column < 4; ++column) {
    // One column differs, in the last row alone.
    const std::vector<SqlValue> other = {int64_t{8}, -0.25, "", SqlBytes{""}};
    std::vector<SqlValue> last = row;
    last[column] = other[column];
    insert_rows({row, row, last});
  }
  EXPECT_EQ(Number("SELECT count(*) FROM alike"), 12);
  EXPECT_EQ(Number("SELECT count(*) FROM alike WHERE a = 8"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM alike WHERE b = -0.25"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM alike WHERE c = ''"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM alike WHERE length(d) = 0"), 1);
}

TEST_P(DatabaseBothTest, RowsAreFoundByAUniqueIndex) {
  constexpr int64_t kRows = 5'000;
  const auto key = [](int64_t i) { return SqlBytes{std::string("\0\xff", 2) + std::to_string(i)}; };
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(kRows);
  for (int64_t i = 0; i < kRows; ++i) rows.push_back({i % 2, key(i), i});
  const std::string types = GetParam() == "sqlite" ? "BLOB" : "BYTEA";
  std::map<int64_t, std::string> found;
  Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(tx.Execute("CREATE TABLE many (half BIGINT NOT NULL, name " + types +
                                     " NOT NULL, id BIGINT NOT NULL, UNIQUE (half, name))")
                              .status());
    ASSAY_RETURN_IF_ERROR(tx.ExecuteRows("INSERT INTO many (half, name, id) {ROWS}", rows));
    for (std::vector<SqlValue>& row : rows) row.pop_back();
    rows.push_back({int64_t{0}, key(1)});  // which is of the other half
    return tx.FindRows("many", "id, name", {"half", "name"}, rows,
                       [&](const SqlRow& row) { found[row.Int(0)] = row.Bytes(1); });
  });
  ASSERT_EQ(found.size(), size_t{kRows});
  for (const auto& [id, name] : found) EXPECT_EQ(name, key(id).bytes);
  Write([&](Transaction& tx) {
    return tx.FindRows("many", "id", {"half", "name"}, {}, [](const SqlRow&) { FAIL(); });
  });
}

TEST_P(DatabaseBothTest, AReaderSeesOneMomentAndCannotWrite) {
  EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
    const auto count = [&] {
      int64_t n = -1;
      EXPECT_OK(tx.Query("SELECT count(*) FROM sealed_secret", {},
                         [&](const SqlRow& row) { n = row.Int(0); }));
      return n;
    };
    EXPECT_EQ(count(), 0);
    // The writer does not wait for the reader, nor the reader for the writer.
    Write([](Transaction& other) { return PutSecret(other, "a", "x"); });
    EXPECT_EQ(count(), 0);
    return Status::Ok();
  }));
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 1);
  EXPECT_FALSE(database_->Read([](Transaction& tx) { return PutSecret(tx, "b", "x"); }).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 1);
}

TEST_P(DatabaseBothTest, WritersOfTheSameRowsLoseNothing) {
  AccountRow account;
  account.account_id = "111111111111";
  Write([&](Transaction& tx) { return PutAccount(tx, account); });
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        ObjectRow row;
        row.account_id = account.account_id;
        row.bucket = "b";
        row.key = std::to_string(i % 5) + "/" + std::to_string(t % 2);
        row.outcome = i % 3 == 0 ? "failed" : "classified";
        row.bytes_classified = i;
        EXPECT_OK(database_->Write([&](Transaction& tx) -> Status {
          ASSAY_RETURN_IF_ERROR(PutObjects(tx, {row}));
          return ChargeQuota(tx, account.account_id, 3).status();
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT charged_bytes FROM account"), kThreads * kRounds * 3);
  EXPECT_EQ(Number("SELECT count(*) FROM object"), 10);
  EXPECT_EQ(Number("SELECT CAST(sum(objects) AS BIGINT) FROM label_count"), 10);
  EXPECT_EQ(Number("SELECT CAST(sum(c.bytes_classified) AS BIGINT) - (SELECT "
                   "CAST(sum(bytes_classified) AS BIGINT) FROM object) FROM label_count c"),
            0);
}

TEST_P(DatabaseBothTest, ManyRowsOfOneStatementAreAllWrittenOrNone) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(1'001);
  for (int i = 0; i < 1'000; ++i) rows.push_back({std::to_string(i), SqlBytes{"x"}});
  constexpr std::string_view kInsert = "INSERT INTO sealed_secret (name, sealed) VALUES (?1, ?2)";
  rows.push_back({std::string("500"), SqlBytes{"x"}});
  EXPECT_EQ(database_->Write([&](Transaction& tx) { return tx.ExecuteMany(kInsert, rows); }).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 0);
  rows.pop_back();
  Write([&](Transaction& tx) { return tx.ExecuteMany(kInsert, rows); });
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 1'000);
}

TEST_P(DatabaseBothTest, ANewerSchemaIsRefused) {
  Write([](Transaction& tx) {
    return tx.Execute("INSERT INTO schema_version (version, name) VALUES (999, 'future')").status();
  });
  const auto opened = Database::Open(options_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(opened.status().message(), HasSubstr("999"));
}

TEST_P(DatabaseBothTest, AMigrationThatFailsLeavesTheSchemaOfTheOneBefore) {
  StartAnew();
  const Migration good[] = {{1, "001_a", "CREATE TABLE a (x {INT});"},
                            {2, "002_b", "INSERT INTO a VALUES (7); CREATE TABLE b (y {BLOB});"}};
  const Migration bad[] = {good[0], {2, "002_b", "INSERT INTO a VALUES (1); CREATE TABEL b;"}};
  const auto failed = OpenWith(bad);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.status().message(), HasSubstr("002_b"));
  {
    auto before = OpenWith(std::span<const Migration>(good, 1));
    ASSERT_OK(before);
    database_ = std::move(*before);
    EXPECT_EQ(Number("SELECT count(*) FROM a"), 0);
    EXPECT_EQ(Number("SELECT max(version) FROM schema_version"), 1);
  }
  auto after = OpenWith(good);
  ASSERT_OK(after);
  database_ = std::move(*after);
  EXPECT_EQ(Number("SELECT x FROM a"), 7);
  EXPECT_EQ(Number("SELECT count(*) FROM schema_version"), 2);
}

TEST_P(DatabaseBothTest, EveryEarlierSchemaIsBroughtToTheNewest) {
  const std::span<const Migration> all = AllMigrations();
  for (size_t known = 0; known <= all.size(); ++known) {
    StartAnew();
    if (GetParam() == "sqlite") options_.url += std::to_string(known);
    ASSERT_OK(OpenWith(all.first(known)));
    database_ = Open();
    ASSERT_NE(database_, nullptr);
    EXPECT_EQ(Number("SELECT max(version) FROM schema_version"), all.back().version);
    ObjectRow row;
    row.outcome = "classified";
    Write([&](Transaction& tx) { return PutObjects(tx, {row}); });
  }
}

TEST(MigrationsTest, ASectionIsForOneDialect) {
  const std::string_view sql = "a {INT}\n{SQLITE}b {TEXT}{POSTGRESQL}c {BLOB}{END}d";
  EXPECT_EQ(RenderSql(sql, SqlDialect::kSqlite), "a INTEGER\nb TEXTd");
  EXPECT_EQ(RenderSql(sql, SqlDialect::kPostgres), "a BIGINT\nc BYTEAd");
  EXPECT_EQ(RenderSql("{POSTGRESQL}x", SqlDialect::kSqlite), "");
}

TEST_P(DatabaseBothTest, RowsThatAreTriedAreInsertedOrTheTransactionGoesOn) {
  Write([](Transaction& tx) {
    return tx.Execute("CREATE TABLE item (id BIGINT PRIMARY KEY, said TEXT)").status();
  });
  const auto insert = [&](int64_t first, int64_t count, const char* said) {
    std::vector<std::vector<SqlValue>> rows;
    for (int64_t i = first; i < first + count; ++i) rows.push_back({i, std::string(said)});
    bool inserted = false;
    Write([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(PutSecret(tx, said, "x"));
      ASSAY_ASSIGN_OR_RETURN(inserted,
                             tx.TryInsertRows("INSERT INTO item (id, said) {ROWS}", rows));
      return PutSecret(tx, std::string(said) + " after", "x");
    });
    return inserted;
  };
  EXPECT_TRUE(insert(0, 100, "new"));
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 100);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 2);
  // On SQLite nobody else can have written them: REQUIRES.
  if (GetParam() == "sqlite") return;
  // More than one statement; the first row that is there is in the last.
  EXPECT_FALSE(insert(-5'000, 5'001, "wrongly thought new"));
  EXPECT_FALSE(insert(1'000, 10, "few"));
  EXPECT_EQ(Number("SELECT count(*) FROM item WHERE said = 'new'"), 100);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 100);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_secret"), 6);
}

TEST_P(DatabaseBothTest, NewIdsAreNeverThoseOfOtherRows) {
  std::set<int64_t> given;
  const auto put = [&](int from, int count) {
    std::vector<ObjectRow> rows(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      rows[static_cast<size_t>(i)].key = fmt::format("{:06}", from + i);
      rows[static_cast<size_t>(i)].outcome = "classified";
    }
    Write([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(PutObjects(tx, rows));
      return tx.Query("SELECT id FROM object", {},
                      [&](const SqlRow& row) { given.insert(row.Int(0)); });
    });
    return given.size();
  };
  EXPECT_EQ(put(0, 2'500), 2'500U);
  EXPECT_EQ(put(2'000, 1'500), 3'500U);  // 500 of them are there and keep theirs
  // Those of rows that are gone do not come back.
  Write([](Transaction& tx) { return DeleteObjects(tx, "", "", {"003499", "003498"}).status(); });
  EXPECT_EQ(put(3'498, 2), 3'502U);
  Write([](Transaction& tx) { return tx.Execute("DELETE FROM object").status(); });
  EXPECT_EQ(put(0, 10), 3'512U);
}

TEST_P(DatabaseBothTest, MigrationsAreNumberedWithoutGaps) {
  int version = 0;
  for (const Migration& migration : AllMigrations()) EXPECT_EQ(migration.version, ++version);
  EXPECT_GT(version, 0);
}

TEST(DatabaseTest, AUrlThatNamesNoDatabaseIsRefused) {
  for (const char* url : {"", "mysql://x", "sqlite:", "/tmp/x.db"}) {
    DatabaseOptions options;
    options.url = url;
    const auto opened = Database::Open(options);
    ASSERT_FALSE(opened.ok()) << url;
    EXPECT_EQ(opened.status().code(), StatusCode::kInvalidArgument) << url;
  }
}

class SqliteTest : public testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "assay.db").string(); }
  Result<std::unique_ptr<Database>> Open() {
    DatabaseOptions options;
    options.url = "sqlite:" + path();
    options.busy_timeout_ms = 200;
    return Database::Open(options);
  }
  TestFolder folder_;
};

TEST_F(SqliteTest, TheFileIsForItsOwnerOnly) {
  ASSERT_OK(Open());
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(SqliteTest, ALockedDatabaseSaysSo) {
  auto database = Open();
  ASSERT_OK(database);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto write = [](Transaction& tx) { return PutSecret(tx, "a", "x"); };
  const Status status = (*database)->Write(write);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("locked"));
  sqlite3_close(other);
  EXPECT_OK((*database)->Write(write));
}

TEST_F(SqliteTest, AFullDiskSaysSoAndLosesNothing) {
  auto database = Open();
  ASSERT_OK(database);
  ASSERT_OK((*database)->Write([](Transaction& tx) { return PutSecret(tx, "a", "x"); }));
  // A limit on the file gives the same SQLITE_FULL as a full disk.
  const Status status = (*database)->Write([](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(tx.Query("PRAGMA max_page_count = 60", {}, [](const SqlRow&) {}));
    return PutSecret(tx, "b", std::string(1 << 20, 'x'));
  });
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("full"));
  ASSERT_OK((*database)->Write([](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(tx.Query("PRAGMA max_page_count = 1000000", {}, [](const SqlRow&) {}));
    return PutSecret(tx, "b", "y");
  }));
  int64_t count = 0;
  ASSERT_OK((*database)->Read([&](Transaction& tx) {
    return tx.Query("SELECT count(*) FROM sealed_secret", {},
                    [&](const SqlRow& row) { count = row.Int(0); });
  }));
  EXPECT_EQ(count, 2);
}

TEST_F(SqliteTest, AReadOnlyFileSaysSo) {
  ASSERT_OK(Open());
  ASSERT_EQ(chmod(path().c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  // Root may write everything: become somebody else for the moment.
  const bool root = geteuid() == 0;
  ASSERT_EQ(root ? seteuid(65'534) : 0, 0);
  const auto opened = Open();
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  chmod(folder_.path().c_str(), 0755);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(opened.status().message(), HasSubstr("read-only"));
}

TEST_F(SqliteTest, AMissingFolderSaysSo) {
  DatabaseOptions options;
  options.url = "sqlite:" + (folder_.path() / "missing/assay.db").string();
  const auto opened = Database::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(opened.status().message(), HasSubstr("folder"));
}

TEST_F(SqliteTest, ADamagedFileSaysSo) {
  std::ofstream(path()) << std::string(8'192, 'x');
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss);
}

TEST_F(SqliteTest, AnotherProgramsFileIsRefused) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE t (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalidArgument);
}

TEST_F(SqliteTest, AWriteInsideAWriteIsABugAndNotADeadlock) {
  auto database = Open();
  ASSERT_OK(database);
  Status inner;
  ASSERT_OK((*database)->Write([&](Transaction&) {
    inner = (*database)->Write([](Transaction&) { return Status::Ok(); });
    return Status::Ok();
  }));
  EXPECT_EQ(inner.code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace assay
