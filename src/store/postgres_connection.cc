#include "store/postgres_connection.h"

#include <endian.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstring>

#include "store/sql_text.h"

namespace assay {
namespace {

// Types of pg_type that appear in our statements; they never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;

// Statements sent before answers are read: their answers must fit in the sockets' buffers, or both
// sides would wait for each other.
constexpr size_t kPipelineRows = 128;
constexpr size_t kMaxStatements = 512;

Oid TypeOf(const SqlValue& value) {
  if (std::holds_alternative<int64_t>(value)) return kInt8;
  if (std::holds_alternative<double>(value)) return kFloat8;
  if (std::holds_alternative<std::string>(value)) return kText;
  if (std::holds_alternative<SqlBytes>(value)) return kBytea;
  return 0;  // NULL: the server tells by the place
}

std::vector<Oid> TypesOf(std::span<const SqlValue> values) {
  std::vector<Oid> types;
  types.reserve(values.size());
  for (const SqlValue& value : values) types.push_back(TypeOf(value));
  return types;
}

// The values of one statement in the binary format of the wire.
class Parameters {
 public:
  explicit Parameters(std::span<const SqlValue> values) {
    numbers_.resize(values.size());
    texts_.reserve(values.size());
    for (size_t i = 0; i < values.size(); ++i) Add(values[i], i);
    formats_.assign(values.size(), 1);
  }
  int count() const { return static_cast<int>(data_.size()); }
  const char* const* data() const { return data_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Add(const SqlValue& value, size_t i) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      AddNumber(static_cast<uint64_t>(*number), i);
    } else if (const auto* real = std::get_if<double>(&value)) {
      AddNumber(std::bit_cast<uint64_t>(*real), i);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      if (IsSqlText(*text)) {
        AddBytes(*text);
      } else {
        texts_.push_back(ToSqlText(*text));
        AddBytes(texts_.back());
      }
    } else if (const auto* blob = std::get_if<SqlBytes>(&value)) {
      AddBytes(blob->bytes);
    } else {
      data_.push_back(nullptr);
      lengths_.push_back(0);
    }
  }
  void AddNumber(uint64_t number, size_t i) {
    numbers_[i] = htobe64(number);
    data_.push_back(reinterpret_cast<const char*>(&numbers_[i]));
    lengths_.push_back(sizeof(uint64_t));
  }
  void AddBytes(const std::string& bytes) {
    data_.push_back(bytes.data());
    lengths_.push_back(static_cast<int>(bytes.size()));
  }

  std::vector<uint64_t> numbers_;
  std::vector<std::string> texts_;  // reserved: data_ points into it
  std::vector<const char*> data_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

class PostgresRow : public SqlRow {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool IsNull(size_t column) const override {
    return PQgetisnull(result_, row_, static_cast<int>(column)) == 1;
  }
  int64_t Int(size_t column) const override {
    const std::string_view bytes = Value(column);
    switch (PQftype(result_, static_cast<int>(column))) {
      case kFloat8:
        return static_cast<int64_t>(Real(column));
      case kBool:
        return bytes == "\x01" ? 1 : 0;
      case kInt2:
        return bytes.size() == 2 ? static_cast<int16_t>(Number(bytes)) : 0;
      case kInt4:
        return bytes.size() == 4 ? static_cast<int32_t>(Number(bytes)) : 0;
      default:
        return bytes.size() == 8 ? static_cast<int64_t>(Number(bytes)) : 0;
    }
  }
  double Real(size_t column) const override {
    if (PQftype(result_, static_cast<int>(column)) != kFloat8) {
      return static_cast<double>(Int(column));
    }
    const std::string_view bytes = Value(column);
    return bytes.size() == 8 ? std::bit_cast<double>(Number(bytes)) : 0.0;
  }
  std::string Text(size_t column) const override { return std::string(Value(column)); }
  std::string Bytes(size_t column) const override { return std::string(Value(column)); }

 private:
  std::string_view Value(size_t column) const {
    const int index = static_cast<int>(column);
    if (IsNull(column)) return {};
    return {PQgetvalue(result_, row_, index),
            static_cast<size_t>(PQgetlength(result_, row_, index))};
  }
  static uint64_t Number(std::string_view bytes) {
    uint64_t number = 0;
    for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }

  const PGresult* const result_;
  const int row_;
};

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
    const Parameters parameters{std::span<const SqlValue>(row)};
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
  const Parameters parameters(values);
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

}  // namespace assay
