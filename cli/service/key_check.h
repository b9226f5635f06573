// Whether the key file of a directory is the one its service was made with. Another one would seal
// what nobody else opens, and hash equal values to others.
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "base/sealed_secret.h"
#include "base/status.h"
#include "store/database.h"

namespace assay {

// Keeps a proof of the key in a database that has none yet. kInvalidArgument: the database's
// service was made with another key than that of the data directory `path`.
Status CheckSealingKey(Database* database, const SealingKey& key, const std::string& path);

}  // namespace assay
