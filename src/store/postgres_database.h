// Database over PostgreSQL 15 or newer (libpq): a pool of connections, serializable transactions.
#pragma once

#include <memory>
#include <span>

#include "store/database.h"
#include "store/migrations.h"

namespace assay {

// See Database::Open. The URL is libpq's: TLS by its sslmode and sslrootcert.
Result<std::unique_ptr<Database>> OpenPostgresDatabase(const DatabaseOptions& options,
                                                       std::span<const Migration> migrations);

}  // namespace assay
