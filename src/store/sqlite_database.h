// Database over SQLite: one file, one writer, several readers that never wait for it (WAL).
#pragma once

#include <memory>
#include <span>
#include <string>

#include "store/database.h"
#include "store/migrations.h"

namespace assay {

// See Database::Open. `migrations` is what the program knows: AllMigrations() outside tests.
Result<std::unique_ptr<Database>> OpenSqliteDatabase(const std::string& path,
                                                     const DatabaseOptions& options,
                                                     std::span<const Migration> migrations);

}  // namespace assay
