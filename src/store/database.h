// Database: transactions over SQLite or PostgreSQL. The statements are the same for both; what
// differs (placeholders, upserts in bulk, types) is hidden here. Rows of each subject have a header
// of their own (account_rows.h, resource_rows.h, ...): free functions on a Transaction, so that one
// transaction can hold results, quota charge and checkpoint together.
//
// Thread rule: a Database may be used by several threads at once; a Transaction belongs to one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace assay {

// Bytes that need not be UTF-8 (object keys): BLOB, bytea.
struct SqlBytes {
  std::string bytes;
};
// Text that the caller keeps while the statement runs: long ones are not copied.
struct SqlTextView {
  std::string_view text;
};
// The same for bytes.
struct SqlBytesView {
  std::string_view bytes;
};
using SqlValue =
    std::variant<std::monostate, int64_t, double, std::string, SqlBytes, SqlTextView, SqlBytesView>;

// The text of a value that is text; nothing otherwise.
inline std::optional<std::string_view> TextOf(const SqlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* view = std::get_if<SqlTextView>(&value)) return view->text;
  return std::nullopt;
}

// The bytes of a value that is bytes; nothing otherwise.
inline std::optional<std::string_view> BytesOf(const SqlValue& value) {
  if (const auto* bytes = std::get_if<SqlBytes>(&value)) return bytes->bytes;
  if (const auto* view = std::get_if<SqlBytesView>(&value)) return view->bytes;
  return std::nullopt;
}

// One row of a result; valid only during the callback it is given to.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool IsNull(size_t column) const = 0;
  // NULL reads as 0, 0.0 or "".
  virtual int64_t Int(size_t column) const = 0;
  virtual double Real(size_t column) const = 0;
  virtual std::string Text(size_t column) const = 0;   // text columns
  virtual std::string Bytes(size_t column) const = 0;  // columns written from SqlBytes
};

// The first statement that fails ends the transaction: every later one, and the commit, answers
// with the same Status (PostgreSQL works like that, and the two must not differ). To try something
// that may exist already, say ON CONFLICT DO NOTHING and look at the number of rows.
//
// std::string and SqlTextView values are text: bytes that are not UTF-8, and NUL, become U+FFFD.
// What must come back as it went in is SqlBytes.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Runs one statement with ?1, ?2 ... bound to `values`; returns the number of rows it changed.
  // kInvalidArgument: a constraint was broken (a row that exists already, a parent that does not).
  virtual Result<uint64_t> Execute(std::string_view sql, std::span<const SqlValue> values) = 0;
  virtual Status Query(std::string_view sql, std::span<const SqlValue> values,
                       const std::function<void(const SqlRow&)>& on_row) = 0;
  // The same statement for many rows of values, in as few round trips as the database allows.
  virtual Status ExecuteMany(std::string_view sql,
                             const std::vector<std::vector<SqlValue>>& rows) = 0;

  // Statements over many rows of values at once, which cost least. {ROWS} in `sql` stands for a
  // table of the rows: "INSERT INTO t (a, b) {ROWS} ON CONFLICT ... RETURNING c", or one column
  // of them in "SELECT ... WHERE id IN ({ROWS}) AND a = ?1", where ?1 ... are `values`. REQUIRES:
  // the values of a column are of one type, and no two rows insert or replace the same row. Rows
  // come back in any order.
  virtual Status QueryRows(std::string_view sql, std::span<const SqlValue> values,
                           const std::vector<std::vector<SqlValue>>& rows,
                           const std::function<void(const SqlRow&)>& on_row) = 0;
  // Inserts rows none of which was there when this transaction looked. Where others write at the
  // same time one can be there by now: false then, none is inserted, and the transaction goes on.
  // false also for so few rows that trying costs more than ON CONFLICT.
  virtual Result<bool> TryInsertRows(std::string_view insert,
                                     const std::vector<std::vector<SqlValue>>& rows) = 0;
  // Ids for new rows of `table`, ascending, which no row had or will get. REQUIRES: the rows are
  // inserted before the next call.
  virtual Result<std::vector<int64_t>> NewIds(std::string_view table, size_t count) = 0;
  // Selects `what` ("id, size") of the rows that have the values of one of `rows` in these columns.
  // REQUIRES: the columns have a unique index. Each row is looked up in it, whatever the database
  // thinks of the table's size: for "WHERE a = ?1 AND b IN ({ROWS})" PostgreSQL reads all rows of
  // an `a` that its statistics do not know yet, which would be a new bucket's objects for every
  // page.
  virtual Status FindRows(std::string_view table, std::string_view what,
                          std::span<const std::string_view> columns,
                          const std::vector<std::vector<SqlValue>>& rows,
                          const std::function<void(const SqlRow&)>& on_row) = 0;
  // Deletes what has the values of one of `rows` in these columns.
  virtual Status DeleteRows(std::string_view table, std::span<const std::string_view> columns,
                            const std::vector<std::vector<SqlValue>>& rows) = 0;

  // Until the transaction ends nobody else has the name: others with kExclusive wait, and those
  // with kShared wait for one that is kExclusive. Statements that follow see what those did that
  // were waited for; REQUIRES: WriteLocking, and none came before. Nothing to do where one
  // transaction writes at a time (SQLite).
  enum class LockMode { kShared, kExclusive };
  virtual Status Lock(std::string_view, LockMode) { return Status::Ok(); }

  Result<uint64_t> Execute(std::string_view sql, std::initializer_list<SqlValue> values = {}) {
    return Execute(sql, std::span<const SqlValue>(values.begin(), values.size()));
  }
  Status Query(std::string_view sql, std::initializer_list<SqlValue> values,
               const std::function<void(const SqlRow&)>& on_row) {
    return Query(sql, std::span<const SqlValue>(values.begin(), values.size()), on_row);
  }
  Status QueryRows(std::string_view sql, std::initializer_list<SqlValue> values,
                   const std::vector<std::vector<SqlValue>>& rows,
                   const std::function<void(const SqlRow&)>& on_row) {
    return QueryRows(sql, std::span<const SqlValue>(values.begin(), values.size()), rows, on_row);
  }
  Status ExecuteRows(std::string_view sql, const std::vector<std::vector<SqlValue>>& rows) {
    return QueryRows(sql, {}, rows, [](const SqlRow&) {});
  }
  Status FindRows(std::string_view table, std::string_view what,
                  std::initializer_list<std::string_view> columns,
                  const std::vector<std::vector<SqlValue>>& rows,
                  const std::function<void(const SqlRow&)>& on_row) {
    return FindRows(table, what, std::span<const std::string_view>(columns.begin(), columns.size()),
                    rows, on_row);
  }
  Status DeleteRows(std::string_view table, std::initializer_list<std::string_view> columns,
                    const std::vector<std::vector<SqlValue>>& rows) {
    return DeleteRows(table, std::span<const std::string_view>(columns.begin(), columns.size()),
                      rows);
  }
};

struct DatabaseOptions {
  // "sqlite:/var/lib/assay/assay.db" or "postgresql://user@host/name?sslmode=verify-full".
  std::string url;
  // How long a writer waits for another before it gives up with kUnavailable.
  uint32_t busy_timeout_ms = 10'000;
  uint32_t readers = 4;  // connections for Read
  bool migrate = true;   // false: an older schema is kUnavailable
};

class Database {
 public:
  virtual ~Database() = default;

  // Opens and, where the schema is older, migrates (store/migrations/NNN_*.sql, each in a
  // transaction of its own). kInvalidArgument: a URL that names no database, a schema newer than
  // this program, another program's file; kUnavailable: locked, full, read-only or not reachable;
  // kPermissionDenied: the server refused the user; kDataLoss: the file is damaged. The message
  // says which and what to do. Every transaction can end with the same kinds.
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);

  // Runs `body` in a transaction that can write, and commits when it returns OK; anything else
  // rolls back. Serialization failures and lost PostgreSQL connections are tried again, so `body`
  // may run more than once and must keep its effects inside the transaction. When it returns OK the
  // effects survive kill -9 and power loss. REQUIRES: not called from inside another Write.
  virtual Status Write(const std::function<Status(Transaction&)>& body) = 0;
  // The same for transactions that must not abort each other: several may write at once, and each
  // statement sees what others committed before it began. REQUIRES: the body first locks what it
  // decides by: a name (Transaction::Lock), or a row, by updating it.
  virtual Status WriteLocking(const std::function<Status(Transaction&)>& body) {
    return Write(body);
  }
  // The same with a consistent view and no writes; readers do not wait for the writer.
  virtual Status Read(const std::function<Status(Transaction&)>& body) = 0;

  // "SQLite 3.40.1, /var/lib/assay/assay.db": for status pages; no password in it.
  virtual std::string Describe() const = 0;
};

}  // namespace assay
