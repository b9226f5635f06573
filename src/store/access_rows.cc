#include "store/access_rows.h"

#include "store/row_query.h"

namespace assay {
namespace {

#define CREDENTIAL_COLUMNS                                                   \
  "access_key_id, sealed_secret, user_name, account_id, read_only, active, " \
  "created_at_ms, last_used_ms"

ApiCredentialRow ReadCredential(const SqlRow& row) {
  ApiCredentialRow credential;
  credential.access_key_id = row.Text(0);
  credential.sealed_secret = row.Bytes(1);
  credential.user_name = row.Text(2);
  credential.account_id = row.Text(3);
  credential.read_only = row.Int(4) != 0;
  credential.active = row.Int(5) != 0;
  credential.created_at_ms = row.Int(6);
  credential.last_used_ms = row.Int(7);
  return credential;
}

ConsoleUserRow ReadUser(const SqlRow& row) {
  return {row.Text(0), row.Text(1), row.Int(2) != 0, row.Int(3)};
}

AuditRow ReadAudit(const SqlRow& row) {
  return {row.Int(0),  row.Int(1),  row.Text(2), row.Text(3),
          row.Text(4), row.Text(5), row.Text(6), row.Text(7)};
}

}  // namespace

Status PutApiCredential(Transaction& tx, const ApiCredentialRow& credential) {
  return tx
      .Execute("INSERT INTO api_credential (" CREDENTIAL_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
               "ON CONFLICT (access_key_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, "
               "user_name = excluded.user_name, account_id = excluded.account_id, "
               "read_only = excluded.read_only, active = excluded.active, "
               "created_at_ms = excluded.created_at_ms, last_used_ms = excluded.last_used_ms",
               {credential.access_key_id, SqlBytes{credential.sealed_secret}, credential.user_name,
                credential.account_id, Flag(credential.read_only), Flag(credential.active),
                credential.created_at_ms, credential.last_used_ms})
      .status();
}

Result<std::optional<ApiCredentialRow>> GetApiCredential(Transaction& tx,
                                                         const std::string& access_key_id) {
  return QueryOne<ApiCredentialRow>(
      tx, "SELECT " CREDENTIAL_COLUMNS " FROM api_credential WHERE access_key_id = ?1",
      {access_key_id}, ReadCredential);
}

Result<std::vector<ApiCredentialRow>> ListApiCredentials(Transaction& tx) {
  return QueryAll<ApiCredentialRow>(
      tx, "SELECT " CREDENTIAL_COLUMNS " FROM api_credential ORDER BY access_key_id", {},
      ReadCredential);
}

Status DeleteApiCredential(Transaction& tx, const std::string& access_key_id) {
  return RequireChanged(
      tx.Execute("DELETE FROM api_credential WHERE access_key_id = ?1", {access_key_id}),
      "there is no such access key");
}

Status PutConsoleUser(Transaction& tx, const ConsoleUserRow& user) {
  return tx
      .Execute(
          "INSERT INTO console_user (user_name, password_hash, read_only, created_at_ms) "
          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user_name) DO UPDATE SET "
          "password_hash = excluded.password_hash, read_only = excluded.read_only, "
          "created_at_ms = excluded.created_at_ms",
          {user.user_name, user.password_hash, Flag(user.read_only), user.created_at_ms})
      .status();
}

Result<std::optional<ConsoleUserRow>> GetConsoleUser(Transaction& tx,
                                                     const std::string& user_name) {
  return QueryOne<ConsoleUserRow>(tx,
                                  "SELECT user_name, password_hash, read_only, created_at_ms "
                                  "FROM console_user WHERE user_name = ?1",
                                  {user_name}, ReadUser);
}

Result<std::vector<ConsoleUserRow>> ListConsoleUsers(Transaction& tx) {
  return QueryAll<ConsoleUserRow>(tx,
                                  "SELECT user_name, password_hash, read_only, created_at_ms "
                                  "FROM console_user ORDER BY user_name",
                                  {}, ReadUser);
}

Status DeleteConsoleUser(Transaction& tx, const std::string& user_name) {
  return RequireChanged(tx.Execute("DELETE FROM console_user WHERE user_name = ?1", {user_name}),
                        "there is no such user");
}

Status PutSealedSecret(Transaction& tx, const std::string& name, const std::string& sealed) {
  return tx
      .Execute(
          "INSERT INTO sealed_secret (name, sealed) VALUES (?1, ?2) "
          "ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
          {name, SqlBytes{sealed}})
      .status();
}

Result<std::optional<std::string>> GetSealedSecret(Transaction& tx, const std::string& name) {
  return QueryOne<std::string>(tx, "SELECT sealed FROM sealed_secret WHERE name = ?1", {name},
                               [](const SqlRow& row) { return row.Bytes(0); });
}

Status AddAudit(Transaction& tx, const AuditRow& entry) {
  return tx
      .Execute(
          "INSERT INTO audit (at_ms, actor, source, action, target, result, detail) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          {entry.at_ms, entry.actor, entry.source, entry.action, entry.target, entry.result,
           entry.detail})
      .status();
}

Result<std::vector<AuditRow>> ListAudit(Transaction& tx, int64_t before_id, uint32_t limit) {
  return QueryAll<AuditRow>(
      tx,
      "SELECT id, at_ms, actor, source, action, target, result, detail "
      "FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
      {before_id == 0 ? std::numeric_limits<int64_t>::max() : before_id, int64_t{limit}},
      ReadAudit);
}

}  // namespace assay
