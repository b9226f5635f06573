#include "store/postgres_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "store/postgres_values.h"
#include "store/sql_text.h"

namespace assay {
namespace {

// Statements sent before answers are read: their answers must fit in the sockets' buffers, or both
// sides would wait for each other.
constexpr size_t kPipelineRows = 128;
constexpr size_t kMaxStatements = 512;
// Rows and bytes of one statement over many.
constexpr size_t kRowsPerStatement = 2'048;
constexpr size_t kBytesPerStatement = size_t{8} << 20;

size_t BytesOf(const std::vector<SqlValue>& row) {
  size_t bytes = 0;
  for (const SqlValue& value : row) {
    if (const auto text = TextOf(value)) bytes += text->size();
    if (const auto* blob = std::get_if<SqlBytes>(&value)) bytes += blob->bytes.size();
  }
  return bytes;
}

// How many of the rows go into one statement: at least one.
size_t CountAtOnce(SqlRows rows) {
  size_t count = 0;
  size_t bytes = 0;
  while (count < std::min(rows.size(), kRowsPerStatement)) {
    bytes += BytesOf(rows[count]);
    if (count > 0 && bytes > kBytesPerStatement) break;
    ++count;
  }
  return count;
}

std::string OneLine(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.pop_back();
  }
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

bool StartsWithAny(std::string_view state, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (state.starts_with(prefix)) return true;
  }
  return false;
}

// Appendix A of the PostgreSQL manual: SQLSTATE codes.
PgFailure FailureOf(std::string_view state, bool lost) {
  // Without a code the server has said nothing: libpq speaks of the connection.
  if (lost || state.empty() || StartsWithAny(state, {"08", "57P01", "57P02", "57P03"})) {
    return PgFailure::kConnectionLost;
  }
  if (StartsWithAny(state, {"40001", "40P01"})) return PgFailure::kSerialization;
  return PgFailure::kFinal;
}

Status StatusOf(std::string_view state, const std::string& text, PgFailure failure) {
  if (failure == PgFailure::kConnectionLost) {
    return Unavailable(text + " (check that PostgreSQL runs and can be reached)");
  }
  if (failure == PgFailure::kSerialization) {
    return Unavailable(text + " (other transactions were in the way)");
  }
  if (StartsWithAny(state, {"22", "23"})) return InvalidArgument(text);
  if (StartsWithAny(state, {"28", "42501"})) {
    return PermissionDenied(text + " (check the user and its rights on the database)");
  }
  if (StartsWithAny(state, {"53100"})) return Unavailable(text + " (make room on its disk)");
  if (StartsWithAny(state, {"55P03"})) return Unavailable(text + " (locked for too long)");
  if (StartsWithAny(state, {"25006"})) {
    return Unavailable(text + " (the server is read-only: name the primary, not a standby)");
  }
  if (StartsWithAny(state, {"53", "57", "58"})) return Unavailable(text);
  if (StartsWithAny(state, {"XX001", "XX002"})) return DataLoss(text);
  return Internal(text);
}

}  // namespace

std::string DollarPlaceholders(std::string_view sql) {
  std::string out;
  out.reserve(sql.size());
  bool quoted = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    const bool placeholder = !quoted && sql[i] == '?' && i + 1 < sql.size() &&
                             std::isdigit(static_cast<unsigned char>(sql[i + 1])) != 0;
    out += placeholder ? '$' : sql[i];
  }
  return out;
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url,
                                                                     uint32_t busy_timeout_ms) {
  // What stands before dbname is overridden by the URL, what stands behind overrides it.
  const std::string timeout = std::to_string(std::max(2U, busy_timeout_ms / 1000));
  const std::array<const char*, 6> keys = {"connect_timeout",           "keepalives_idle", "dbname",
                                           "fallback_application_name", "client_encoding", nullptr};
  const std::array<const char*, 6> values = {timeout.c_str(), "30",   url.c_str(),
                                             "assay",         "UTF8", nullptr};
  PGconn* const handle = PQconnectdbParams(keys.data(), values.data(), 1);
  if (handle == nullptr) return ResourceExhausted("no memory for a PostgreSQL connection");
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(handle));
  if (PQstatus(handle) != CONNECTION_OK) {
    const std::string text = OneLine(PQerrorMessage(handle));
    // libpq gives no code here, only the server's words.
    if (text.find("authentication failed") != std::string::npos ||
        text.find("no pg_hba.conf entry") != std::string::npos) {
      return PermissionDenied(text);
    }
    return Unavailable(text + " (check that PostgreSQL runs and can be reached)");
  }
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  // A process that stops in the middle of a transaction (frozen, or its machine gone) must not keep
  // its locks: others wait for them.
  ASSAY_RETURN_IF_ERROR(
      connection->RunScript(fmt::format("SET lock_timeout = {0}; SET statement_timeout = 0; "
                                        "SET idle_in_transaction_session_timeout = {0}",
                                        busy_timeout_ms)
                                .c_str()));
  // Records of objects with many detections are long, and PostgreSQL's own compression takes longer
  // than finding them. A server that was built without LZ4 refuses, and goes on with its own.
  (void)connection->RunScript("SET default_toast_compression = lz4");
  return connection;
}

Status PostgresConnection::Check(const PGresult* result) {
  const ExecStatusType status = result == nullptr ? PGRES_FATAL_ERROR : PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC) {
    return Status::Ok();
  }
  const char* const code =
      result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = code == nullptr ? "" : code;
  // The primary message alone: the detail can quote values.
  const char* const primary =
      result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  failure_ = FailureOf(state, lost());
  return StatusOf(state, "PostgreSQL: " + OneLine(primary ? primary : PQerrorMessage(connection_)),
                  failure_);
}

Status PostgresConnection::RunScript(const char* sql, std::string* value) {
  const PgResult result(PQexec(connection_, sql));
  ASSAY_RETURN_IF_ERROR(Check(result.get()));
  if (value != nullptr) {
    *value = PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
  return Status::Ok();
}

Result<std::string> PostgresConnection::Prepare(std::string_view sql,
                                                const std::vector<Oid>& types) {
  std::string key(reinterpret_cast<const char*>(types.data()), types.size() * sizeof(Oid));
  key += sql;
  const auto kept = statements_.find(key);
  if (kept != statements_.end()) return kept->second;
  if (statements_.size() >= kMaxStatements) {
    ASSAY_RETURN_IF_ERROR(RunScript("DEALLOCATE ALL"));
    statements_.clear();
  }
  std::string name = fmt::format("s{}", statements_.size());
  const PgResult result(PQprepare(connection_, name.c_str(), DollarPlaceholders(sql).c_str(),
                                  static_cast<int>(types.size()), types.data()));
  ASSAY_RETURN_IF_ERROR(Check(result.get()));
  statements_.emplace(std::move(key), name);
  return name;
}

Status PostgresConnection::RunPipeline(const std::string& name,
                                       std::span<const std::vector<SqlValue>> rows) {
  if (PQenterPipelineMode(connection_) != 1) return Check(nullptr);
  bool sent = true;
  for (const std::vector<SqlValue>& row : rows) {
    const PostgresParameters parameters{std::span<const SqlValue>(row)};
    sent = sent &&
           PQsendQueryPrepared(connection_, name.c_str(), parameters.count(), parameters.data(),
                               parameters.lengths(), parameters.formats(), 1) == 1;
  }
  Status status = sent && PQpipelineSync(connection_) == 1 ? Status::Ok() : Check(nullptr);
  // One result and one nullptr for each statement, then the sync; after an error the rest is
  // PGRES_PIPELINE_ABORTED, of which only the first failure is told.
  bool synced = false;
  while (!synced && !lost()) {
    const PgResult result(PQgetResult(connection_));
    if (result == nullptr) continue;
    synced = PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
    if (status.ok()) status = Check(result.get());
  }
  if (status.ok() && lost()) status = Check(nullptr);
  PQexitPipelineMode(connection_);
  return status;
}

Status PostgresTransaction::Fail(Status status) {
  if (failure_.ok()) failure_ = status;
  return status;
}

Result<PgResult> PostgresTransaction::Run(std::string_view sql, std::span<const SqlValue> values) {
  if (!failure_.ok()) return failure_;
  const Result<std::string> name = connection_.Prepare(sql, TypesOf(values));
  if (!name.ok()) return Fail(name.status());
  const PostgresParameters parameters(values);
  PgResult result(PQexecPrepared(connection_.connection_, name->c_str(), parameters.count(),
                                 parameters.data(), parameters.lengths(), parameters.formats(), 1));
  if (Status status = connection_.Check(result.get()); !status.ok()) return Fail(status);
  return result;
}

Result<uint64_t> PostgresTransaction::Execute(std::string_view sql,
                                              std::span<const SqlValue> values) {
  ASSAY_ASSIGN_OR_RETURN(const PgResult result, Run(sql, values));
  return static_cast<uint64_t>(std::strtoull(PQcmdTuples(result.get()), nullptr, 10));
}

Status PostgresTransaction::Query(std::string_view sql, std::span<const SqlValue> values,
                                  const std::function<void(const SqlRow&)>& on_row) {
  ASSAY_ASSIGN_OR_RETURN(const PgResult result, Run(sql, values));
  for (int row = 0; row < PQntuples(result.get()); ++row) on_row(PostgresRow(result.get(), row));
  return Status::Ok();
}

Status PostgresTransaction::Lock(std::string_view name, LockMode mode) {
  const SqlValue values[] = {std::string(name)};
  return Query(mode == LockMode::kShared
                   ? "SELECT pg_advisory_xact_lock_shared(hashtextextended(?1, 0))"
                   : "SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))",
               values, [](const SqlRow&) {});
}

Status PostgresTransaction::ExecuteMany(std::string_view sql,
                                        const std::vector<std::vector<SqlValue>>& rows) {
  if (!failure_.ok()) return failure_;
  const std::span<const std::vector<SqlValue>> all(rows);
  size_t at = 0;
  while (at < all.size()) {
    const std::vector<Oid> types = TypesOf(all[at]);
    size_t count = 1;
    while (count < kPipelineRows && at + count < all.size() && TypesOf(all[at + count]) == types) {
      ++count;
    }
    const Result<std::string> name = connection_.Prepare(sql, types);
    if (!name.ok()) return Fail(name.status());
    if (Status status = connection_.RunPipeline(*name, all.subspan(at, count)); !status.ok()) {
      return Fail(status);
    }
    at += count;
  }
  return Status::Ok();
}

// Not prepared, but planned each time: a plan that is kept was made for the sizes the tables had
// then, which may be none, and planning costs little for so many rows.
Status PostgresTransaction::QueryRows(std::string_view sql, std::span<const SqlValue> values,
                                      const std::vector<std::vector<SqlValue>>& rows,
                                      const std::function<void(const SqlRow&)>& on_row) {
  if (!failure_.ok()) return failure_;
  if (rows.empty()) return Status::Ok();
  // In the list and not behind FROM: from there all rows would first be written into a file.
  std::string table;
  for (size_t i = 0; i < rows.front().size(); ++i) {
    table += fmt::format("{}unnest(?{})", i == 0 ? "SELECT " : ", ", values.size() + i + 1);
  }
  const std::string statement = DollarPlaceholders(ReplaceRows(sql, table));
  SqlRows left(rows);
  while (!left.empty()) {
    const size_t count = CountAtOnce(left);
    const PostgresParameters parameters(values, left.first(count));
    const PgResult result(PQexecParams(connection_.connection_, statement.c_str(),
                                       parameters.count(), parameters.types(), parameters.data(),
                                       parameters.lengths(), parameters.formats(), 1));
    if (Status status = connection_.Check(result.get()); !status.ok()) return Fail(status);
    for (int row = 0; row < PQntuples(result.get()); ++row) on_row(PostgresRow(result.get(), row));
    left = left.subspan(count);
  }
  return Status::Ok();
}

Status PostgresTransaction::DeleteRows(std::string_view table,
                                       std::span<const std::string_view> columns,
                                       const std::vector<std::vector<SqlValue>>& rows) {
  return ExecuteRows(
      fmt::format("DELETE FROM {} WHERE ({}) IN ({{ROWS}})", table, fmt::join(columns, ", ")),
      rows);
}

}  // namespace assay
