#include "store/postgres_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

#include "store/postgres_values.h"
#include "store/sql_text.h"

namespace assay {
namespace {

constexpr size_t kMaxStatements = 512;
constexpr const char* kSilenceMs = "10000";

std::string OneLine(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.pop_back();
  }
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
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
  // A server whose machine is gone says nothing: what it does not acknowledge for so long is lost.
  struct Parameter {
    const char* key;
    const char* value;
  };
  const Parameter parameters[] = {
      {"connect_timeout", timeout.c_str()},
      {"tcp_user_timeout", kSilenceMs},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"dbname", url.c_str()},
      {"fallback_application_name", "assay"},
      {"client_encoding", "UTF8"},
      {nullptr, nullptr},
  };
  std::array<const char*, std::size(parameters)> keys;
  std::array<const char*, std::size(parameters)> values;
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = parameters[i].key;
    values[i] = parameters[i].value;
  }
  PGconn* const handle = PQconnectdbParams(keys.data(), values.data(), 1);
  if (handle == nullptr) return ResourceExhausted("no memory for a PostgreSQL connection");
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(handle));
  if (PQstatus(handle) != CONNECTION_OK) {
    const std::string text = "PostgreSQL: " + OneLine(PQerrorMessage(handle));
    // libpq gives no code here, only the server's words.
    const auto says = [&](std::string_view words) { return text.find(words) != std::string::npos; };
    if (says("authentication failed") || says("no pg_hba.conf entry")) {
      return PermissionDenied(text + " (check user and password in store.url, and pg_hba.conf)");
    }
    if (says("database \"") && says("does not exist")) {
      return InvalidArgument(text + " (create it first: createdb NAME)");
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
  // Everything is looked up in an index. The planner does not know a table that has just grown, nor
  // a partition that was never analyzed, takes it for small and reads the whole of it.
  ASSAY_RETURN_IF_ERROR(
      connection->RunScript("SET enable_seqscan = off; SET enable_hashjoin = off; "
                            "SET enable_mergejoin = off; SET jit = off; "
                            "SET max_parallel_workers_per_gather = 0"));
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

}  // namespace assay
