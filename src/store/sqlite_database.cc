#include "store/sqlite_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "store/sqlite_connection.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

class SqliteSchema : public SchemaAccess {
 public:
  explicit SqliteSchema(SqliteConnection& connection) : connection_(connection) {}

  SqlDialect dialect() const override { return SqlDialect::kSqlite; }

  Result<int> Version() override {
    SqliteTransaction tx(connection_);
    int64_t tables = 0;
    int64_t ours = 0;
    ASSAY_RETURN_IF_ERROR(
        tx.Query("SELECT count(*), coalesce(sum(name = 'schema_version'), 0) FROM sqlite_master "
                 "WHERE type = 'table'",
                 {}, [&](const SqlRow& row) {
                   tables = row.Int(0);
                   ours = row.Int(1);
                 }));
    if (tables == 0) return 0;
    if (ours == 0) {
      return InvalidArgument("the file is the database of another program: name another one");
    }
    int version = 0;
    ASSAY_RETURN_IF_ERROR(
        tx.Query("SELECT coalesce(max(version), 0) FROM schema_version", {},
                 [&](const SqlRow& row) { version = static_cast<int>(row.Int(0)); }));
    return version;
  }

  Status RunScript(const std::string& sql) override { return connection_.RunScript(sql.c_str()); }

  Status InTransaction(const std::function<Status()>& body) override {
    ASSAY_RETURN_IF_ERROR(connection_.RunScript("BEGIN IMMEDIATE"));
    Status status = body();
    if (status.ok()) status = connection_.RunScript("COMMIT");
    if (!status.ok()) connection_.Rollback();
    return status;
  }

 private:
  SqliteConnection& connection_;
};

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(std::string path, const DatabaseOptions& options,
                 std::unique_ptr<SqliteConnection> writer,
                 std::vector<std::unique_ptr<SqliteConnection>> readers)
      : path_(std::move(path)),
        timeout_(options.busy_timeout_ms),
        writer_(std::move(writer)),
        readers_(std::move(readers)) {}

  Status Write(const std::function<Status(Transaction&)>& body) override {
    if (writing_thread_ == std::this_thread::get_id()) {
      return Internal("a write transaction was started inside another one");
    }
    if (!TakeWriter()) {
      return Unavailable(fmt::format("{}: another transaction has been writing for {} ms", path_,
                                     timeout_.count()));
    }
    const Status status = WriteLocked(body);
    GiveWriter();
    return status;
  }

  Status Read(const std::function<Status(Transaction&)>& body) override {
    std::unique_ptr<SqliteConnection> reader = TakeReader();
    if (reader == nullptr) {
      return Unavailable(
          fmt::format("{}: all readers were busy for {} ms", path_, timeout_.count()));
    }
    Status status = reader->RunScript("BEGIN DEFERRED");
    if (status.ok()) {
      SqliteTransaction tx(*reader);
      status = body(tx);
      if (status.ok()) status = tx.failure();
    }
    reader->Rollback();  // there is nothing to commit
    GiveReader(std::move(reader));
    return status;
  }

  std::string Describe() const override {
    return fmt::format("SQLite {}, {}", sqlite3_libversion(), path_);
  }

 private:
  Status WriteLocked(const std::function<Status(Transaction&)>& body) {
    ASSAY_RETURN_IF_ERROR(writer_->RunScript("BEGIN IMMEDIATE"));
    SqliteTransaction tx(*writer_);
    Status status = body(tx);
    if (status.ok()) status = tx.failure();
    if (status.ok()) status = writer_->RunScript("COMMIT");
    if (!status.ok()) writer_->Rollback();
    return status;
  }

  // False: it was busy for too long.
  bool TakeWriter() {
    std::unique_lock<std::mutex> lock(writer_mutex_);
    if (!writer_free_.wait_for(lock, timeout_, [this] { return !writer_taken_; })) return false;
    writer_taken_ = true;
    writing_thread_ = std::this_thread::get_id();
    return true;
  }

  void GiveWriter() {
    {
      const std::lock_guard<std::mutex> lock(writer_mutex_);
      writing_thread_ = std::thread::id();
      writer_taken_ = false;
    }
    writer_free_.notify_one();
  }

  std::unique_ptr<SqliteConnection> TakeReader() {
    std::unique_lock<std::mutex> lock(readers_mutex_);
    if (!reader_free_.wait_for(lock, timeout_, [&] { return !readers_.empty(); })) return nullptr;
    std::unique_ptr<SqliteConnection> reader = std::move(readers_.back());
    readers_.pop_back();
    return reader;
  }

  void GiveReader(std::unique_ptr<SqliteConnection> reader) {
    {
      const std::lock_guard<std::mutex> lock(readers_mutex_);
      readers_.push_back(std::move(reader));
    }
    reader_free_.notify_one();
  }

  const std::string path_;
  const milliseconds timeout_;
  std::mutex writer_mutex_;
  std::condition_variable writer_free_;
  bool writer_taken_ = false;  // guarded by writer_mutex_
  std::atomic<std::thread::id> writing_thread_;
  std::unique_ptr<SqliteConnection> writer_;  // of who has taken it
  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;  // idle ones; guarded by readers_mutex_
};

// After the check that the file is ours: this changes it. Not every network file system can do it.
Status UseWriteAheadLog(SqliteConnection& writer, const std::string& path) {
  std::string mode;
  SqliteTransaction statement(writer);
  ASSAY_RETURN_IF_ERROR(statement.Query("PRAGMA journal_mode = WAL", {},
                                        [&](const SqlRow& row) { mode = row.Text(0); }));
  if (mode == "wal") return Status::Ok();
  return Unavailable(path + ": SQLite's write-ahead log does not work here: use a local disk");
}

}  // namespace

Result<std::unique_ptr<Database>> OpenSqliteDatabase(const std::string& path,
                                                     const DatabaseOptions& options,
                                                     std::span<const Migration> migrations) {
  ASSAY_ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(path, true, options.busy_timeout_ms));
  SqliteSchema schema(*writer);
  if (Status status =
          options.migrate ? MigrateSchema(schema, migrations) : RequireSchema(schema, migrations);
      !status.ok()) {
    return status.WithContext(path);
  }
  ASSAY_RETURN_IF_ERROR(UseWriteAheadLog(*writer, path));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (uint32_t i = 0; i < std::max(options.readers, 1U); ++i) {
    ASSAY_ASSIGN_OR_RETURN(auto reader,
                           SqliteConnection::Open(path, false, options.busy_timeout_ms));
    readers.push_back(std::move(reader));
  }
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(path, options, std::move(writer), std::move(readers)));
}

}  // namespace assay
