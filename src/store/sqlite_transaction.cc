// SqliteTransaction (sqlite_connection.h): binds values, runs statements.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "store/sql_text.h"
#include "store/sqlite_connection.h"

namespace assay {
namespace {

constexpr size_t kRowsPerStatement = 64;

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
  if (const auto bytes = BytesOf(value)) {
    // A null pointer would bind NULL, and an empty string's data() is not promised to be another.
    const char* data = bytes->empty() ? "" : bytes->data();
    return sqlite3_bind_blob64(statement, index, data, bytes->size(), SQLITE_STATIC);
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

// " WHERE a = ?1 AND b = ?2".
std::string WhereAll(std::span<const std::string_view> columns) {
  std::string out;
  for (size_t i = 0; i < columns.size(); ++i) {
    out += fmt::format("{} {} = ?{}", i == 0 ? " WHERE" : " AND", columns[i], i + 1);
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

Status SqliteTransaction::RunEach(std::string_view sql,
                                  const std::vector<std::vector<SqlValue>>& rows,
                                  const std::function<void(const SqlRow&)>& on_row) {
  if (!failure_.ok()) return failure_;
  if (rows.empty()) return Status::Ok();
  bool owned = false;
  const Result<sqlite3_stmt*> statement = connection_.Prepare(sql, &owned);
  if (!statement.ok()) return Fail(statement.status());
  const StatementUse use(*statement, owned);
  for (const std::vector<SqlValue>& row : rows) {
    const int code = BindAll(*statement, row);
    if (code != SQLITE_OK) return Fail(connection_.Error(code));
    ASSAY_RETURN_IF_ERROR(Step(*statement, on_row));
    sqlite3_reset(*statement);
  }
  return Status::Ok();
}

Status SqliteTransaction::ExecuteMany(std::string_view sql,
                                      const std::vector<std::vector<SqlValue>>& rows) {
  return RunEach(sql, rows, [](const SqlRow&) {});
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

// Nobody else writes meanwhile.
Result<bool> SqliteTransaction::TryInsertRows(std::string_view insert,
                                              const std::vector<std::vector<SqlValue>>& rows) {
  ASSAY_RETURN_IF_ERROR(ExecuteRows(insert, rows));
  return true;
}

// The table's ids are AUTOINCREMENT: SQLite keeps the highest that a row had.
Result<std::vector<int64_t>> SqliteTransaction::NewIds(std::string_view table, size_t count) {
  int64_t highest = 0;
  const SqlValue values[] = {SqlTextView{table}};
  ASSAY_RETURN_IF_ERROR(Query("SELECT seq FROM sqlite_sequence WHERE name = ?1", values,
                              [&](const SqlRow& row) { highest = row.Int(0); }));
  std::vector<int64_t> ids(count);
  std::iota(ids.begin(), ids.end(), highest + 1);
  return ids;
}

// One at a time: SQLite finds no index for (a, b) IN (...).
Status SqliteTransaction::FindRows(std::string_view table, std::string_view what,
                                   std::span<const std::string_view> columns,
                                   const std::vector<std::vector<SqlValue>>& rows,
                                   const std::function<void(const SqlRow&)>& on_row) {
  return RunEach(fmt::format("SELECT {} FROM {}{}", what, table, WhereAll(columns)), rows, on_row);
}

Status SqliteTransaction::DeleteRows(std::string_view table,
                                     std::span<const std::string_view> columns,
                                     const std::vector<std::vector<SqlValue>>& rows) {
  return ExecuteMany(fmt::format("DELETE FROM {}{}", table, WhereAll(columns)), rows);
}

}  // namespace assay
