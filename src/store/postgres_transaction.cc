// PostgresTransaction (postgres_connection.h): binds values, runs statements.
#include <fmt/format.h>

#include <algorithm>

#include "store/postgres_connection.h"
#include "store/postgres_values.h"
#include "store/sql_text.h"

namespace assay {
namespace {

// Statements sent before answers are read: their answers must fit in the sockets' buffers, or both
// sides would wait for each other.
constexpr size_t kPipelineRows = 128;
// Rows and bytes of one statement over many.
constexpr size_t kRowsPerStatement = 2'048;
constexpr size_t kBytesPerStatement = size_t{8} << 20;
// Fewer do not pay for the statements around them.
constexpr size_t kMinRowsTried = 64;
// By which sequences of ids increase (migrations/008_records.sql).
constexpr int64_t kIdsAtOnce = 1'024;

// How many of the rows go into one statement: at least one.
size_t CountAtOnce(SqlRows rows) {
  size_t count = 0;
  size_t bytes = 0;
  while (count < std::min(rows.size(), kRowsPerStatement)) {
    for (const SqlValue& value : rows[count]) bytes += PayloadBytes(value);
    if (count > 0 && bytes > kBytesPerStatement) break;
    ++count;
  }
  return count;
}

// The rows as a SELECT of their columns, which are the parameters from `first` on. Taking an array
// apart costs the server more than anything else about a value, so that columns that are alike in
// all rows come as one value. Arrays stand in the list and not behind FROM: from there all rows
// would first be written into a file.
std::string SelectRows(const std::vector<bool>& alike, size_t first) {
  std::string select;
  for (size_t i = 0; i < alike.size(); ++i) {
    select += fmt::format(fmt::runtime(alike[i] ? "{}?{}" : "{}unnest(?{})"),
                          i == 0 ? "SELECT " : ", ", first + i);
  }
  return select;
}

}  // namespace

Status PostgresTransaction::Fail(Status status) {
  if (failure_.ok()) failure_ = status;
  return status;
}

// Not prepared: in a transaction with a broken statement nothing could be.
Status PostgresTransaction::RunPlain(const char* sql) {
  Status status = connection_.RunScript(sql);
  return status.ok() ? status : Fail(std::move(status));
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

// Mostly not prepared, but planned each time: a plan that is kept was made for the sizes the tables
// had then, which may be none, and planning costs little for so many rows. An INSERT of the rows as
// they are has one plan only.
Status PostgresTransaction::RunRows(std::string_view sql, std::span<const SqlValue> values,
                                    const std::vector<std::vector<SqlValue>>& rows,
                                    std::vector<PgResult>* results) {
  if (rows.empty()) return Status::Ok();
  const bool kept = sql.starts_with("INSERT ");
  SqlRows left(rows);
  while (!left.empty()) {
    const size_t count = CountAtOnce(left);
    const std::vector<bool> alike =
        kept ? AlikeColumns(left.first(count)) : std::vector<bool>(rows.front().size(), false);
    const std::string statement =
        DollarPlaceholders(ReplaceRows(sql, SelectRows(alike, values.size() + 1)));
    const PostgresParameters parameters(values, left.first(count), alike);
    PgResult result;
    if (kept) {
      ASSAY_ASSIGN_OR_RETURN(const std::string name,
                             connection_.Prepare(statement, parameters.types()));
      result.reset(PQexecPrepared(connection_.connection_, name.c_str(), parameters.count(),
                                  parameters.data(), parameters.lengths(), parameters.formats(),
                                  1));
    } else {
      result.reset(PQexecParams(connection_.connection_, statement.c_str(), parameters.count(),
                                parameters.types().data(), parameters.data(), parameters.lengths(),
                                parameters.formats(), 1));
    }
    ASSAY_RETURN_IF_ERROR(connection_.Check(result.get()));
    results->push_back(std::move(result));
    left = left.subspan(count);
  }
  return Status::Ok();
}

Status PostgresTransaction::QueryRows(std::string_view sql, std::span<const SqlValue> values,
                                      const std::vector<std::vector<SqlValue>>& rows,
                                      const std::function<void(const SqlRow&)>& on_row) {
  if (!failure_.ok()) return failure_;
  std::vector<PgResult> results;
  if (Status status = RunRows(sql, values, rows, &results); !status.ok()) return Fail(status);
  for (const PgResult& result : results) {
    for (int row = 0; row < PQntuples(result.get()); ++row) on_row(PostgresRow(result.get(), row));
  }
  return Status::Ok();
}

// ON CONFLICT looks into every unique index before it writes a row, and locks it. That is a tenth
// of all that writing an object costs, so that it is tried without.
Result<bool> PostgresTransaction::TryInsertRows(std::string_view insert,
                                                const std::vector<std::vector<SqlValue>>& rows) {
  if (!failure_.ok()) return failure_;
  if (rows.size() < kMinRowsTried) return false;
  ASSAY_RETURN_IF_ERROR(RunPlain("SAVEPOINT rows_tried"));
  std::vector<PgResult> results;
  const Status status = RunRows(insert, {}, rows, &results);
  const bool broken = status.code() == StatusCode::kInvalidArgument;
  if (!status.ok() && !broken) return Fail(status);
  if (broken) ASSAY_RETURN_IF_ERROR(RunPlain("ROLLBACK TO SAVEPOINT rows_tried"));
  ASSAY_RETURN_IF_ERROR(RunPlain("RELEASE SAVEPOINT rows_tried"));
  return !broken;
}

// A sequence's number stands for so many ids: asking for each would cost more than they do.
Result<std::vector<int64_t>> PostgresTransaction::NewIds(std::string_view table, size_t count) {
  std::vector<int64_t> ids;
  ids.reserve(count);
  const SqlValue values[] = {fmt::format("{}_ids", table),
                             static_cast<int64_t>((count + kIdsAtOnce - 1) / kIdsAtOnce)};
  ASSAY_RETURN_IF_ERROR(Query("SELECT nextval(CAST(?1 AS regclass)) FROM generate_series(1, ?2)",
                              values, [&](const SqlRow& row) {
                                for (int64_t i = 0; i < kIdsAtOnce && ids.size() < count; ++i) {
                                  ids.push_back(row.Int(0) + i);
                                }
                              }));
  return ids;
}

// LIMIT keeps the look-up what it is written as, one in the index for each row: without it the
// planner makes a join of it, and reads whatever its statistics say is little.
Status PostgresTransaction::FindRows(std::string_view table, std::string_view what,
                                     std::span<const std::string_view> columns,
                                     const std::vector<std::vector<SqlValue>>& rows,
                                     const std::function<void(const SqlRow&)>& on_row) {
  std::string names;
  std::string where;
  for (size_t i = 0; i < columns.size(); ++i) {
    names += fmt::format("{}wanted_{}", i == 0 ? "" : ", ", i);
    where += fmt::format("{}{} = wanted_{}", i == 0 ? "" : " AND ", columns[i], i);
  }
  return QueryRows(
      fmt::format("WITH wanted ({}) AS ({{ROWS}}) SELECT found.* FROM wanted CROSS JOIN "
                  "LATERAL (SELECT {} FROM {} WHERE {} LIMIT 1) AS found",
                  names, what, table, where),
      {}, rows, on_row);
}

Status PostgresTransaction::DeleteRows(std::string_view table,
                                       std::span<const std::string_view> columns,
                                       const std::vector<std::vector<SqlValue>>& rows) {
  return ExecuteRows(
      fmt::format("DELETE FROM {} WHERE ({}) IN ({{ROWS}})", table, fmt::join(columns, ", ")),
      rows);
}

}  // namespace assay
