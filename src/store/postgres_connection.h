// One PostgreSQL connection with its prepared statements, and a Transaction on it.
//
// Thread rule: a connection belongs to one thread at a time.
#pragma once

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"

namespace assay {

struct PgResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultDeleter>;

// What to do about a failure.
enum class PgFailure {
  kNone,
  kFinal,           // the same again would fail the same way
  kSerialization,   // another transaction was in the way: run it again
  kConnectionLost,  // connect again
};

class PostgresConnection {
 public:
  // kUnavailable: not reachable; kPermissionDenied: refused.
  static Result<std::unique_ptr<PostgresConnection>> Open(const std::string& url,
                                                          uint32_t busy_timeout_ms);
  ~PostgresConnection() { PQfinish(connection_); }
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Statements without parameters; the first column of the last one's first row in *value.
  Status RunScript(const char* sql, std::string* value = nullptr);
  // Of the last failed call.
  PgFailure failure() const { return failure_; }
  bool lost() const { return PQstatus(connection_) == CONNECTION_BAD; }
  PGconn* handle() { return connection_; }

 private:
  friend class PostgresTransaction;

  explicit PostgresConnection(PGconn* connection) : connection_(connection) {}
  // OK for a result without an error; remembers failure().
  Status Check(const PGresult* result);
  // The name of the prepared statement for `sql` with parameters of these types.
  Result<std::string> Prepare(std::string_view sql, const std::vector<Oid>& types);
  // Statements of a pipeline: sends all, then reads all answers.
  Status RunPipeline(const std::string& name, std::span<const std::vector<SqlValue>> rows);

  PGconn* const connection_;
  PgFailure failure_ = PgFailure::kNone;
  std::unordered_map<std::string, std::string> statements_;  // by types and SQL
};

class PostgresTransaction : public Transaction {
 public:
  explicit PostgresTransaction(PostgresConnection& connection) : connection_(connection) {}

  using Transaction::DeleteRows;
  using Transaction::Execute;
  using Transaction::FindRows;
  using Transaction::Query;
  using Transaction::QueryRows;
  Result<uint64_t> Execute(std::string_view sql, std::span<const SqlValue> values) override;
  Status Query(std::string_view sql, std::span<const SqlValue> values,
               const std::function<void(const SqlRow&)>& on_row) override;
  Status ExecuteMany(std::string_view sql, const std::vector<std::vector<SqlValue>>& rows) override;
  Status QueryRows(std::string_view sql, std::span<const SqlValue> values,
                   const std::vector<std::vector<SqlValue>>& rows,
                   const std::function<void(const SqlRow&)>& on_row) override;
  Result<bool> TryInsertRows(std::string_view insert,
                             const std::vector<std::vector<SqlValue>>& rows) override;
  Result<std::vector<int64_t>> NewIds(std::string_view table, size_t count) override;
  Status FindRows(std::string_view table, std::string_view what,
                  std::span<const std::string_view> columns,
                  const std::vector<std::vector<SqlValue>>& rows,
                  const std::function<void(const SqlRow&)>& on_row) override;
  Status DeleteRows(std::string_view table, std::span<const std::string_view> columns,
                    const std::vector<std::vector<SqlValue>>& rows) override;
  Status Lock(std::string_view name, LockMode mode) override;

  // The first failure of a statement; OK when all went well.
  const Status& failure() const { return failure_; }

 private:
  // As QueryRows; a failure is not yet one of the transaction.
  Status RunRows(std::string_view sql, std::span<const SqlValue> values,
                 const std::vector<std::vector<SqlValue>>& rows, std::vector<PgResult>* results);
  Result<PgResult> Run(std::string_view sql, std::span<const SqlValue> values);
  Status RunPlain(const char* sql);
  Status Fail(Status status);

  PostgresConnection& connection_;
  Status failure_;
};

// ?1, ?2 ... as $1, $2 ...; what is inside quotes stays.
std::string DollarPlaceholders(std::string_view sql);

}  // namespace assay
