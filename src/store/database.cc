#include "store/database.h"

#include "store/postgres_database.h"
#include "store/sqlite_database.h"

namespace assay {

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  constexpr std::string_view kSqlite = "sqlite:";
  const std::string_view url = options.url;
  if (url.starts_with(kSqlite)) {
    std::string_view path = url.substr(kSqlite.size());
    if (path.starts_with("//")) path.remove_prefix(2);  // sqlite:///var/lib/...
    return OpenSqliteDatabase(std::string(path), options, AllMigrations());
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return OpenPostgresDatabase(options, AllMigrations());
  }
  return InvalidArgument(
      "the store's URL must be sqlite:PATH or postgresql://USER@HOST/NAME?sslmode=verify-full");
}

}  // namespace assay
