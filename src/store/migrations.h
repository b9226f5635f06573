// The schema and its history: numbered migrations, and the runner that brings a database to the
// newest one.
//
// Thread rule: free functions; a SchemaAccess belongs to one thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "store/database.h"

namespace assay {

struct Migration {
  int version;            // 1, 2, ... without gaps
  std::string_view name;  // "001_service"
  std::string_view sql;   // statements, with {WORDS} that differ from database to database
};
// What this program knows: migrations/*.sql, embedded at build.
std::span<const Migration> AllMigrations();

enum class SqlDialect { kSqlite, kPostgres };
// `sql` with {INT}, {TEXT}, {BLOB}, {SERIAL} and {CLUSTERED} replaced, and without what stands
// between {SQLITE} or {POSTGRESQL} and the next such word or {END} when it is for the other one.
std::string RenderSql(std::string_view sql, SqlDialect dialect);

// What the runner needs of a database that is being opened.
class SchemaAccess {
 public:
  virtual ~SchemaAccess() = default;
  virtual SqlDialect dialect() const = 0;
  // The highest version in table schema_version; 0 for a database without tables.
  // kInvalidArgument: it holds somebody else's tables.
  virtual Result<int> Version() = 0;
  // Runs several statements without parameters.
  virtual Status RunScript(const std::string& sql) = 0;
  // Runs `body` in one transaction that no other migration runs beside.
  virtual Status InTransaction(const std::function<Status()>& body) = 0;
};

// Applies what is missing, each migration in a transaction of its own: after a failure the schema
// is that of the last one that succeeded. kInvalidArgument: the schema is newer than `migrations`.
Status MigrateSchema(SchemaAccess& schema, std::span<const Migration> migrations);
// Applies nothing. kUnavailable: the schema is older than `migrations`, and who may migrate it will
// do so; kInvalidArgument: it is newer.
Status RequireSchema(SchemaAccess& schema, std::span<const Migration> migrations);
// Of a program that is running: kUnimplemented when another one has migrated the database since.
Status RequireSchema(Transaction& tx);

}  // namespace assay
