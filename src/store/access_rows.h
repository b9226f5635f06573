// Who may call, with which secret, and who did what: credentials, sealed secrets, the audit log.
// Secrets come in and go out sealed (base/sealed_secret.h); this folder never sees one in the
// clear.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"

namespace assay {

struct ApiCredentialRow {
  std::string access_key_id;
  std::string sealed_secret;  // bytes
  std::string user_name;
  std::string account_id;  // the master account (A1)
  bool read_only = false;  // may only call List and read operations
  bool active = true;
  int64_t created_at_ms = 0;
  int64_t last_used_ms = 0;
};
Status PutApiCredential(Transaction& tx, const ApiCredentialRow& credential);
Result<std::optional<ApiCredentialRow>> GetApiCredential(Transaction& tx,
                                                         const std::string& access_key_id);
Result<std::vector<ApiCredentialRow>> ListApiCredentials(Transaction& tx);
Status DeleteApiCredential(Transaction& tx, const std::string& access_key_id);

struct ConsoleUserRow {
  std::string user_name;
  std::string password_hash;  // in the form base/password.h makes
  bool read_only = false;
  int64_t created_at_ms = 0;
};
Status PutConsoleUser(Transaction& tx, const ConsoleUserRow& user);
Result<std::optional<ConsoleUserRow>> GetConsoleUser(Transaction& tx, const std::string& user_name);
Result<std::vector<ConsoleUserRow>> ListConsoleUsers(Transaction& tx);  // by name
// kNotFound: there is none of that name. Its sessions are the caller's to end.
Status DeleteConsoleUser(Transaction& tx, const std::string& user_name);

// Anything else that must be kept secret, by name ("account/111122223333/s3-secret-key").
Status PutSealedSecret(Transaction& tx, const std::string& name, const std::string& sealed);
Result<std::optional<std::string>> GetSealedSecret(Transaction& tx, const std::string& name);

struct AuditRow {
  int64_t id = 0;
  int64_t at_ms = 0;
  std::string actor;   // user name; "system" for the service itself
  std::string source;  // IP address; "" for the service itself
  std::string action;  // "AssociateS3Resources"
  std::string target;  // "111122223333/bucket/prefix"
  std::string result;  // "ok", or the error's name
  std::string detail;  // JSON object; never a secret
};
Status AddAudit(Transaction& tx, const AuditRow& entry);
// Newest first, with an id smaller than `before_id` (0 = the newest), at most `limit`.
Result<std::vector<AuditRow>> ListAudit(Transaction& tx, int64_t before_id, uint32_t limit);

}  // namespace assay
