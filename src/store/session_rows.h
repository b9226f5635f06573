// Sessions of the web console. They are in the store so that a session outlives a restart and holds
// at every process of a service; only the hash of the cookie's value is.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/database.h"

namespace assay {

struct ConsoleSessionRow {
  std::string token_hash;  // SHA-256 of the cookie's value, hex
  std::string user_name;
  std::string csrf_token;
  int64_t created_at_ms = 0;
  int64_t last_used_ms = 0;
};
Status PutConsoleSession(Transaction& tx, const ConsoleSessionRow& session);
Result<std::optional<ConsoleSessionRow>> GetConsoleSession(Transaction& tx,
                                                           const std::string& token_hash);
Status TouchConsoleSession(Transaction& tx, const std::string& token_hash, int64_t now_ms);
// No error when there is none.
Status DeleteConsoleSession(Transaction& tx, const std::string& token_hash);
// All sessions of a user but one ("" = but none).
Status DeleteConsoleSessionsOf(Transaction& tx, const std::string& user_name,
                               const std::string& but_token_hash);
// Those used last before `used_before_ms`, or made before `created_before_ms`.
Status PruneConsoleSessions(Transaction& tx, int64_t used_before_ms, int64_t created_before_ms);

}  // namespace assay
