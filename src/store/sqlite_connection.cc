#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace assay {
namespace {

// Statements kept prepared per connection: more than the folder has.
constexpr size_t kMaxStatements = 256;

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

}  // namespace assay
