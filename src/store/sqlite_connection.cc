#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "store/sql_text.h"

namespace assay {
namespace {

// Statements kept prepared per connection: more than the folder has.
constexpr size_t kMaxStatements = 256;
constexpr size_t kRowsPerStatement = 64;

// WAL with synchronous=FULL: the log is flushed at every commit. NORMAL would survive kill -9 too,
// but a power cut could take back the last commits, and callers answer "durable" to others (an SQS
// message is deleted, a webhook gets its 200). Commits hold whole pages of a listing, so a flush
// each costs little. The larger checkpoint interval (16,384 pages of 4 KiB) writes a hot page once
// instead of many times.
constexpr char kWriterPragmas[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -131072;"  // KiB
    "PRAGMA wal_autocheckpoint = 16384;"
    "PRAGMA journal_size_limit = 268435456;";
constexpr char kReaderPragmas[] =
    "PRAGMA query_only = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -32768;";

class SqliteRow : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(size_t column) const override {
    return sqlite3_column_type(statement_, static_cast<int>(column)) == SQLITE_NULL;
  }
  int64_t Int(size_t column) const override {
    return sqlite3_column_int64(statement_, static_cast<int>(column));
  }
  double Real(size_t column) const override {
    return sqlite3_column_double(statement_, static_cast<int>(column));
  }
  std::string Text(size_t column) const override { return Bytes(column); }
  std::string Bytes(size_t column) const override {
    const int index = static_cast<int>(column);
    const void* data = sqlite3_column_blob(statement_, index);
    const int size = sqlite3_column_bytes(statement_, index);
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
  }

 private:
  sqlite3_stmt* const statement_;
};

int BindText(sqlite3_stmt* statement, int index, std::string_view text) {
  if (IsSqlText(text)) {
    // A null pointer would bind NULL.
    return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  }
  const std::string clean = ToSqlText(text);
  return sqlite3_bind_text64(statement, index, clean.data(), clean.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8);
}

// `value` must outlive the statement's run.
int Bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  if (const auto text = TextOf(value)) return BindText(statement, index, *text);
  if (const auto* blob = std::get_if<SqlBytes>(&value)) {
    // A null pointer would bind NULL, and an empty string's data() is not promised to be another.
    const char* data = blob->bytes.empty() ? "" : blob->bytes.data();
    return sqlite3_bind_blob64(statement, index, data, blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

// `after`: how many parameters come before.
int BindAll(sqlite3_stmt* statement, std::span<const SqlValue> values, size_t after = 0) {
  for (size_t i = 0; i < values.size(); ++i) {
    const int code = Bind(statement, static_cast<int>(after + i) + 1, values[i]);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

// "VALUES (?3, ?4), (?5, ?6)" behind two other parameters.
std::string ValuesTable(size_t after, size_t columns, size_t rows) {
  std::string out = "VALUES ";
  for (size_t row = 0; row < rows; ++row) {
    out += row == 0 ? "(" : ", (";
    for (size_t i = 0; i < columns; ++i) {
      if (i > 0) out += ", ";
      // Without a number it is the next one: shorter, where no other has a number.
      out += '?';
      if (after > 0) out += std::to_string(after + row * columns + i + 1);
    }
    out += ')';
  }
  return out;
}

// A statement in use: reset, and forgotten when nobody keeps it, at the end.
class StatementUse {
 public:
  StatementUse(sqlite3_stmt* statement, bool owned) : statement_(statement), owned_(owned) {}
  ~StatementUse() {
    if (owned_) {
      sqlite3_finalize(statement_);
      return;
    }
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);  // they point into the caller's values
  }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

 private:
  sqlite3_stmt* const statement_;
  const bool owned_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                 bool writer,
                                                                 uint32_t busy_timeout_ms) {
  // Nobody asks how much memory SQLite has; counting it takes a lock at every allocation.
  static const int kConfigured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (kConfigured != SQLITE_OK) return Internal("SQLite was in use before it was configured");
  if (path.empty()) return InvalidArgument("the store's URL names no file: sqlite:PATH");
  if (writer) {
    // SQLite would create it for everyone to read.
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EROFS && errno != EACCES && errno != EPERM) {
      return Unavailable(ErrnoStatus(errno, path).message() +
                         ": check that the folder exists and belongs to the service's user");
    }
    if (fd >= 0) close(fd);
  }
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, db));
  if (db == nullptr) return ResourceExhausted("no memory for a SQLite connection");
  if (code != SQLITE_OK) return connection->Error(code);
  if (sqlite3_db_readonly(db, "main") == 1) return connection->Error(SQLITE_READONLY);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_busy_timeout(db, static_cast<int>(busy_timeout_ms));
  ASSAY_RETURN_IF_ERROR(connection->RunScript(writer ? kWriterPragmas : kReaderPragmas));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  DropStatements();
  sqlite3_close_v2(db_);
}

void SqliteConnection::DropStatements() {
  std::erase_if(statements_, [](const auto& entry) {
    if (sqlite3_stmt_busy(entry.second) != 0) return false;
    sqlite3_finalize(entry.second);
    return true;
  });
}

Status SqliteConnection::RunScript(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::Ok() : Error(code);
}

void SqliteConnection::Rollback() {
  // A full disk and some other errors have rolled back by themselves already.
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql, bool* owned) {
  *owned = false;
  const auto kept = statements_.find(sql);
  if (kept != statements_.end() && sqlite3_stmt_busy(kept->second) == 0) return kept->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  if (statement == nullptr) return Internal("an empty SQL statement");
  *owned = kept != statements_.end();
  if (!*owned) {
    if (statements_.size() >= kMaxStatements) DropStatements();
    statements_.emplace(sql, statement);
  }
  return statement;
}

Status SqliteConnection::Error(int code) const {
  const std::string text = fmt::format("{}: {}", path_, db_ == nullptr ? "" : sqlite3_errmsg(db_));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable(text + " (another program holds the database: close it, or wait)");
    case SQLITE_FULL:
      return Unavailable(text + " (make room on the disk: nothing recorded so far is lost)");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Unavailable(fmt::format(
          "{}: the database is read-only: give the service's user the right to write the file and "
          "its folder, and check that the disk is mounted for writing",
          path_));
    case SQLITE_CANTOPEN:
      return Unavailable(text + " (check that the folder exists and can be written)");
    case SQLITE_IOERR:
      return Unavailable(text + " (the disk failed or is full)");
    case SQLITE_NOMEM:
      return ResourceExhausted(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLoss(text + " (the file is damaged or no database: restore it from a backup)");
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return InvalidArgument(text);
    case SQLITE_INTERRUPT:
      return Cancelled(text);
    default:
      return Internal(text);
  }
}

Status SqliteTransaction::Fail(Status status) {
  if (failure_.ok()) failure_ = status;
  return status;
}

Result<uint64_t> SqliteTransaction::Execute(std::string_view sql,
                                            std::span<const SqlValue> values) {
  ASSAY_RETURN_IF_ERROR(Query(sql, values, [](const SqlRow&) {}));
  return static_cast<uint64_t>(sqlite3_changes64(connection_.handle()));
}

Status SqliteTransaction::Query(std::string_view sql, std::span<const SqlValue> values,
                                const std::function<void(const SqlRow&)>& on_row) {
  if (!failure_.ok()) return failure_;
  bool owned = false;
  const Result<sqlite3_stmt*> statement = connection_.Prepare(sql, &owned);
  if (!statement.ok()) return Fail(statement.status());
  const StatementUse use(*statement, owned);
  const int code = BindAll(*statement, values);
  if (code != SQLITE_OK) return Fail(connection_.Error(code));
  return Step(*statement, on_row);
}

Status SqliteTransaction::Step(sqlite3_stmt* statement,
                               const std::function<void(const SqlRow&)>& on_row) {
  const SqliteRow row(statement);
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) on_row(row);
  return code == SQLITE_DONE ? Status::Ok() : Fail(connection_.Error(code));
}

Status SqliteTransaction::ExecuteMany(std::string_view sql,
                                      const std::vector<std::vector<SqlValue>>& rows) {
  if (!failure_.ok()) return failure_;
  if (rows.empty()) return Status::Ok();
  bool owned = false;
  const Result<sqlite3_stmt*> statement = connection_.Prepare(sql, &owned);
  if (!statement.ok()) return Fail(statement.status());
  const StatementUse use(*statement, owned);
  for (const std::vector<SqlValue>& row : rows) {
    int code = BindAll(*statement, row);
    if (code != SQLITE_OK) return Fail(connection_.Error(code));
    do {
      code = sqlite3_step(*statement);
    } while (code == SQLITE_ROW);
    if (code != SQLITE_DONE) return Fail(connection_.Error(code));
    sqlite3_reset(*statement);
  }
  return Status::Ok();
}

Status SqliteTransaction::QueryRows(std::string_view sql, std::span<const SqlValue> values,
                                    const std::vector<std::vector<SqlValue>>& rows,
                                    const std::function<void(const SqlRow&)>& on_row) {
  if (!failure_.ok()) return failure_;
  for (size_t at = 0; at < rows.size();) {
    // Powers of two, so that few different statements need to be prepared.
    const size_t count = std::min(kRowsPerStatement, std::bit_floor(rows.size() - at));
    bool owned = false;
    const Result<sqlite3_stmt*> statement = connection_.Prepare(
        ReplaceRows(sql, ValuesTable(values.size(), rows[at].size(), count)), &owned);
    if (!statement.ok()) return Fail(statement.status());
    const StatementUse use(*statement, owned);
    int code = BindAll(*statement, values);
    size_t bound = values.size();
    for (size_t i = at; i < at + count && code == SQLITE_OK; ++i) {
      code = BindAll(*statement, rows[i], bound);
      bound += rows[i].size();
    }
    if (code != SQLITE_OK) return Fail(connection_.Error(code));
    ASSAY_RETURN_IF_ERROR(Step(*statement, on_row));
    at += count;
  }
  return Status::Ok();
}

// One at a time: SQLite finds no index for (a, b) IN (...).
Status SqliteTransaction::DeleteRows(std::string_view table,
                                     std::span<const std::string_view> columns,
                                     const std::vector<std::vector<SqlValue>>& rows) {
  std::string sql = fmt::format("DELETE FROM {} WHERE ", table);
  for (size_t i = 0; i < columns.size(); ++i) {
    sql += fmt::format("{}{} = ?{}", i == 0 ? "" : " AND ", columns[i], i + 1);
  }
  return ExecuteMany(sql, rows);
}

}  // namespace assay
