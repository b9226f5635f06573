// One SQLite connection with its prepared statements, and a Transaction on it.
//
// Thread rule: a connection belongs to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"

namespace assay {

class SqliteConnection {
 public:
  // Opens `path`; a writer creates it when it is not there (readable by its owner only).
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, bool writer,
                                                        uint32_t busy_timeout_ms);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Statements without parameters or results.
  Status RunScript(const char* sql);
  // Ends whatever transaction is open; safe when there is none.
  void Rollback();
  // The Status of result code `code` of the last call.
  Status Error(int code) const;
  sqlite3* handle() { return db_; }

 private:
  friend class SqliteTransaction;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // A statement ready to bind; *owned says that the caller must finalize it, for one that is not
  // kept (the kept one is in use further up the stack).
  Result<sqlite3_stmt*> Prepare(std::string_view sql, bool* owned);
  void DropStatements();

  SqliteConnection(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}

  const std::string path_;
  sqlite3* const db_;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
};

class SqliteTransaction : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}

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

  // The first failure of a statement; OK when all went well.
  const Status& failure() const { return failure_; }

 private:
  // Runs the statement once for each of the rows.
  Status RunEach(std::string_view sql, const std::vector<std::vector<SqlValue>>& rows,
                 const std::function<void(const SqlRow&)>& on_row);
  // Runs the statement to its end.
  Status Step(sqlite3_stmt* statement, const std::function<void(const SqlRow&)>& on_row);
  Status Fail(Status status);

  SqliteConnection& connection_;
  Status failure_;
};

}  // namespace assay
