#include "store/postgres_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/postgres_connection.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Advisory locks are numbers that all programs on a database share; these are ours ("assay", 1-2).
constexpr int64_t kRetryLock = 0x617373617902;
constexpr int64_t kSchemaLock = 0x617373617901;
constexpr uint32_t kWriters = 4;
constexpr milliseconds kFirstDelay{20};
constexpr milliseconds kLongestDelay{2'000};

class PostgresSchema : public SchemaAccess {
 public:
  explicit PostgresSchema(PostgresConnection& connection) : connection_(connection) {}

  SqlDialect dialect() const override { return SqlDialect::kPostgres; }

  Result<int> Version() override {
    std::string found;
    ASSAY_RETURN_IF_ERROR(
        connection_.RunScript("SELECT to_regclass('schema_version') IS NOT NULL", &found));
    if (found != "t") return 0;
    ASSAY_RETURN_IF_ERROR(
        connection_.RunScript("SELECT coalesce(max(version), 0) FROM schema_version", &found));
    return std::atoi(found.c_str());
  }

  Status RunScript(const std::string& sql) override { return connection_.RunScript(sql.c_str()); }

  Status InTransaction(const std::function<Status()>& body) override {
    // Each statement sees what was committed before it, whatever the server's default is: tables
    // are rewritten and copied after waiting for those that still write to them.
    ASSAY_RETURN_IF_ERROR(connection_.RunScript("BEGIN ISOLATION LEVEL READ COMMITTED"));
    Status status =
        connection_.RunScript(fmt::format("SELECT pg_advisory_xact_lock({})", kSchemaLock).c_str());
    if (status.ok()) status = body();
    if (status.ok()) status = connection_.RunScript("COMMIT");
    if (!status.ok()) PQclear(PQexec(connection_.handle(), "ROLLBACK"));
    return status;
  }

 private:
  PostgresConnection& connection_;
};

// Connections that are free, and how many more may be opened.
class ConnectionPool {
 public:
  ConnectionPool(std::string url, uint32_t timeout_ms, uint32_t most)
      : url_(std::move(url)), timeout_ms_(timeout_ms), left_(most) {}

  // Waits until `deadline`; opens one where none is free.
  Result<std::unique_ptr<PostgresConnection>> Take(Clock::time_point deadline) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!free_.wait_until(lock, deadline, [&] { return !idle_.empty() || left_ > 0; })) {
        return Unavailable("PostgreSQL: all connections were busy for too long");
      }
      if (!idle_.empty()) {
        std::unique_ptr<PostgresConnection> connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
      --left_;
    }
    Result<std::unique_ptr<PostgresConnection>> opened =
        PostgresConnection::Open(url_, timeout_ms_);
    if (!opened.ok()) Forget();
    return opened;
  }

  // `broken`: not to be used again.
  void Give(std::unique_ptr<PostgresConnection> connection, bool broken) {
    if (broken || connection->lost()) {
      connection.reset();
      Forget();
      return;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      idle_.push_back(std::move(connection));
    }
    free_.notify_one();
  }

 private:
  void Forget() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++left_;
    }
    free_.notify_one();
  }

  const std::string url_;
  const uint32_t timeout_ms_;
  std::mutex mutex_;
  std::condition_variable free_;
  uint32_t left_;                                          // guarded by mutex_
  std::vector<std::unique_ptr<PostgresConnection>> idle_;  // guarded by mutex_
};

// Full jitter: retries of several threads spread out.
void WaitBeforeRetry(uint32_t attempt, Clock::time_point deadline) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const milliseconds longest =
      std::min(kLongestDelay, kFirstDelay * (int64_t{1} << std::min(attempt, 10U)));
  const milliseconds delay{std::uniform_int_distribution<int64_t>(1, longest.count())(random)};
  std::this_thread::sleep_until(std::min(Clock::now() + delay, deadline));
}

struct Attempt {
  Status status;
  PgFailure failure = PgFailure::kNone;  // kNone: as the body wanted
};

class PostgresDatabase : public Database {
 public:
  PostgresDatabase(const DatabaseOptions& options, std::string description)
      : timeout_(options.busy_timeout_ms),
        url_(options.url),
        pool_(options.url, options.busy_timeout_ms, std::max(options.readers, 1U) + kWriters),
        description_(std::move(description)) {}

  Status Write(const std::function<Status(Transaction&)>& body) override {
    return WriteAt("BEGIN ISOLATION LEVEL SERIALIZABLE", body);
  }

  Status WriteLocking(const std::function<Status(Transaction&)>& body) override {
    return WriteAt("BEGIN ISOLATION LEVEL READ COMMITTED", body);
  }

  Status Read(const std::function<Status(Transaction&)>& body) override {
    return Retry([&](PostgresConnection& connection, bool, Clock::time_point) {
      Attempt attempt = Run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body);
      PQclear(PQexec(connection.handle(), "ROLLBACK"));  // there is nothing to commit
      return attempt;
    });
  }

  std::string Describe() const override { return description_; }

 private:
  using OneAttempt = std::function<Attempt(PostgresConnection&, bool, Clock::time_point)>;

  Status WriteAt(const char* begin, const std::function<Status(Transaction&)>& body) {
    return Retry([&](PostgresConnection& connection, bool crowded, Clock::time_point deadline) {
      if (!crowded) return WriteOnce(connection, begin, body, deadline);
      // Who was in another's way once waits for its turn: of those who try again one at a time
      // runs, so that each gets through.
      const std::string lock = fmt::format("SELECT pg_advisory_lock({})", kRetryLock);
      if (Status status = connection.RunScript(lock.c_str()); !status.ok()) {
        return Attempt{status, connection.failure()};
      }
      Attempt attempt = WriteOnce(connection, begin, body, deadline);
      if (!connection.lost()) {
        const std::string unlock = fmt::format("SELECT pg_advisory_unlock({})", kRetryLock);
        PQclear(PQexec(connection.handle(), unlock.c_str()));
      }
      return attempt;
    });
  }

  Status Retry(const OneAttempt& once) {
    const Clock::time_point deadline = Clock::now() + timeout_;
    bool crowded = false;
    for (uint32_t attempt = 0;; ++attempt) {
      Result<std::unique_ptr<PostgresConnection>> connection = pool_.Take(deadline);
      Attempt done{connection.status(), PgFailure::kConnectionLost};
      if (connection.ok()) {
        done = once(**connection, crowded, deadline);
        pool_.Give(std::move(*connection), done.failure == PgFailure::kConnectionLost);
      } else if (connection.status().code() != StatusCode::kUnavailable) {
        return connection.status();
      }
      if (done.failure == PgFailure::kNone || done.failure == PgFailure::kFinal) return done.status;
      if (Clock::now() >= deadline) return done.status;
      crowded = crowded || done.failure == PgFailure::kSerialization;
      // A connection that went stale while idle is replaced at once.
      if (attempt > 0) WaitBeforeRetry(attempt, deadline);
    }
  }

  // Begins and runs the body; leaves the transaction open.
  static Attempt Run(PostgresConnection& connection, const char* begin,
                     const std::function<Status(Transaction&)>& body) {
    if (Status status = connection.RunScript(begin); !status.ok()) {
      return {status, connection.failure()};
    }
    PostgresTransaction tx(connection);
    const Status status = body(tx);
    // What the body made of a failed statement does not matter: it will be run again or is void.
    if (!tx.failure().ok()) {
      const PgFailure failure = connection.failure();
      return {failure == PgFailure::kFinal && !status.ok() ? status : tx.failure(), failure};
    }
    return {status, PgFailure::kNone};
  }

  Attempt WriteOnce(PostgresConnection& connection, const char* begin,
                    const std::function<Status(Transaction&)>& body, Clock::time_point deadline) {
    Attempt attempt = Run(connection, begin, body);
    std::string transaction_id;
    if (attempt.status.ok()) {
      // If the connection breaks during COMMIT, this number tells whether it was carried out.
      attempt.status =
          connection.RunScript("SELECT pg_current_xact_id_if_assigned()", &transaction_id);
      if (!attempt.status.ok()) attempt.failure = connection.failure();
    }
    if (!attempt.status.ok()) {
      PQclear(PQexec(connection.handle(), "ROLLBACK"));
      return attempt;
    }
    if (Status status = connection.RunScript("COMMIT"); !status.ok()) {
      attempt = {status, connection.failure()};
      if (attempt.failure != PgFailure::kConnectionLost || transaction_id.empty()) return attempt;
      return WasCommitted(transaction_id, deadline);
    }
    return attempt;
  }

  // OK when the transaction was committed, kConnectionLost when it was not; kUnavailable, and no
  // retry, when the server could not be asked.
  Attempt WasCommitted(const std::string& transaction_id, Clock::time_point deadline) {
    const std::string sql = fmt::format("SELECT pg_xact_status('{}')", transaction_id);
    for (uint32_t attempt = 0; Clock::now() < deadline; ++attempt) {
      Result<std::unique_ptr<PostgresConnection>> connection =
          PostgresConnection::Open(url_, static_cast<uint32_t>(timeout_.count()));
      std::string state;
      if (connection.ok() && (*connection)->RunScript(sql.c_str(), &state).ok()) {
        if (state == "committed") return {Status::Ok(), PgFailure::kNone};
        if (state == "aborted") {
          return {Unavailable("PostgreSQL: the connection was lost"), PgFailure::kConnectionLost};
        }
      }
      WaitBeforeRetry(attempt, deadline);
    }
    return {Unavailable("PostgreSQL: the connection was lost during a commit, and whether it was "
                        "carried out could not be asked"),
            PgFailure::kFinal};
  }

  const milliseconds timeout_;
  const std::string url_;
  ConnectionPool pool_;
  const std::string description_;
};

std::string DescribeServer(PGconn* handle) {
  const int version = PQserverVersion(handle);
  const auto text = [](const char* value) { return value == nullptr ? "" : value; };
  return fmt::format("PostgreSQL {}.{}, {}@{}/{}", version / 10'000, version % 10'000,
                     text(PQuser(handle)), text(PQhost(handle)), text(PQdb(handle)));
}

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgresDatabase(const DatabaseOptions& options,
                                                       std::span<const Migration> migrations) {
  ASSAY_ASSIGN_OR_RETURN(const auto connection,
                         PostgresConnection::Open(options.url, options.busy_timeout_ms));
  constexpr int kOldest = 150'000;
  if (PQserverVersion(connection->handle()) < kOldest) {
    return InvalidArgument("PostgreSQL 15 or newer is needed");
  }
  PostgresSchema schema(*connection);
  const std::string description = DescribeServer(connection->handle());
  if (Status status =
          options.migrate ? MigrateSchema(schema, migrations) : RequireSchema(schema, migrations);
      !status.ok()) {
    return status.WithContext(description);
  }
  return std::unique_ptr<Database>(std::make_unique<PostgresDatabase>(options, description));
}

}  // namespace assay
