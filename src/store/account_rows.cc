#include "store/account_rows.h"

#include "store/row_query.h"

namespace assay {
namespace {

#define ACCOUNT_COLUMNS                                                               \
  "account_id, role, state, handshake_role_arn, service_role_arn, integrated_at_ms, " \
  "last_contact_ms, last_error, quota_bytes, charged_bytes"

AccountState StateOf(const std::string& name) {
  if (name == "integrated") return AccountState::kIntegrated;
  if (name == "disassociated") return AccountState::kDisassociated;
  return AccountState::kDisabled;
}

AccountRow ReadAccount(const SqlRow& row) {
  AccountRow account;
  account.account_id = row.Text(0);
  account.role = row.Text(1) == "master" ? AccountRole::kMaster : AccountRole::kMember;
  account.state = StateOf(row.Text(2));
  account.handshake_role_arn = row.Text(3);
  account.service_role_arn = row.Text(4);
  account.integrated_at_ms = row.Int(5);
  account.last_contact_ms = row.Int(6);
  account.last_error = row.Text(7);
  account.quota_bytes = row.Int(8);
  account.charged_bytes = row.Int(9);
  return account;
}

std::string NoAccount(const std::string& account_id) {
  return "account " + account_id + " was never integrated";
}

}  // namespace

std::string_view AccountRoleName(AccountRole role) {
  return role == AccountRole::kMaster ? "master" : "member";
}

std::string_view AccountStateName(AccountState state) {
  switch (state) {
    case AccountState::kIntegrated:
      return "integrated";
    case AccountState::kDisassociated:
      return "disassociated";
    case AccountState::kDisabled:
      break;
  }
  return "disabled";
}

Result<std::vector<AccountRow>> ListAccounts(Transaction& tx) {
  return QueryAll<AccountRow>(tx, "SELECT " ACCOUNT_COLUMNS " FROM account ORDER BY account_id", {},
                              ReadAccount);
}

Result<std::vector<AccountRow>> ListIntegratedAccounts(Transaction& tx, const std::string& after,
                                                       uint32_t limit) {
  return QueryAll<AccountRow>(tx,
                              "SELECT " ACCOUNT_COLUMNS
                              " FROM account WHERE state = 'integrated' AND account_id > ?1 "
                              "ORDER BY account_id LIMIT ?2",
                              {after, int64_t{limit}}, ReadAccount);
}

Result<std::optional<AccountRow>> GetAccount(Transaction& tx, const std::string& account_id) {
  return QueryOne<AccountRow>(tx, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE account_id = ?1",
                              {account_id}, ReadAccount);
}

Status PutAccount(Transaction& tx, const AccountRow& account) {
  return tx
      .Execute(
          "INSERT INTO account (account_id, role, state, handshake_role_arn, service_role_arn, "
          "integrated_at_ms, last_contact_ms, last_error, quota_bytes, charged_bytes) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0) "
          "ON CONFLICT (account_id) DO UPDATE SET role = excluded.role, state = excluded.state, "
          "handshake_role_arn = excluded.handshake_role_arn, "
          "service_role_arn = excluded.service_role_arn, "
          "integrated_at_ms = excluded.integrated_at_ms, "
          "last_contact_ms = excluded.last_contact_ms, last_error = excluded.last_error, "
          "quota_bytes = excluded.quota_bytes",
          {account.account_id, std::string(AccountRoleName(account.role)),
           std::string(AccountStateName(account.state)), account.handshake_role_arn,
           account.service_role_arn, account.integrated_at_ms, account.last_contact_ms,
           account.last_error, account.quota_bytes})
      .status();
}

Status SetAccountContact(Transaction& tx, const std::string& account_id, int64_t at_ms,
                         const std::string& error) {
  return RequireChanged(
      tx.Execute("UPDATE account SET last_contact_ms = ?2, last_error = ?3 WHERE account_id = ?1",
                 {account_id, at_ms, error}),
      NoAccount(account_id));
}

Status SetAccountQuota(Transaction& tx, const std::string& account_id, int64_t quota_bytes) {
  if (quota_bytes < 0) return InvalidArgument("a quota cannot be negative");
  return RequireChanged(tx.Execute("UPDATE account SET quota_bytes = ?2 WHERE account_id = ?1",
                                   {account_id, quota_bytes}),
                        NoAccount(account_id));
}

Result<bool> ChargeQuota(Transaction& tx, const std::string& account_id, int64_t bytes) {
  if (bytes < 0) return InvalidArgument("a negative number of bytes cannot be charged");
  ASSAY_ASSIGN_OR_RETURN(const uint64_t charged,
                         tx.Execute("UPDATE account SET charged_bytes = charged_bytes + ?2 "
                                    "WHERE account_id = ?1 AND charged_bytes <= quota_bytes - ?2",
                                    {account_id, bytes}));
  if (charged > 0) return true;
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> known,
                         QueryInt(tx, "SELECT 1 FROM account WHERE account_id = ?1", {account_id}));
  if (!known) return NotFound(NoAccount(account_id));
  return false;
}

Status LockAccount(Transaction& tx, const std::string& account_id) {
  return tx
      .Execute("UPDATE account SET charged_bytes = charged_bytes WHERE account_id = ?1",
               {account_id})
      .status();
}

Result<ServiceState> GetServiceState(Transaction& tx) {
  ServiceState state;
  ASSAY_RETURN_IF_ERROR(
      tx.Query("SELECT enabled, master_account_id, enabled_at_ms, disabled_at_ms, last_start_ms, "
               "last_clean_stop_ms FROM service",
               {}, [&](const SqlRow& row) {
                 state.enabled = row.Int(0) != 0;
                 state.master_account_id = row.Text(1);
                 state.enabled_at_ms = row.Int(2);
                 state.disabled_at_ms = row.Int(3);
                 state.last_start_ms = row.Int(4);
                 state.last_clean_stop_ms = row.Int(5);
               }));
  return state;
}

Status PutServiceState(Transaction& tx, const ServiceState& state) {
  return tx
      .Execute(
          "INSERT INTO service (id, enabled, master_account_id, enabled_at_ms, disabled_at_ms, "
          "last_start_ms, last_clean_stop_ms) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6) "
          "ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, "
          "master_account_id = excluded.master_account_id, "
          "enabled_at_ms = excluded.enabled_at_ms, disabled_at_ms = excluded.disabled_at_ms, "
          "last_start_ms = excluded.last_start_ms, "
          "last_clean_stop_ms = excluded.last_clean_stop_ms",
          {Flag(state.enabled), state.master_account_id, state.enabled_at_ms, state.disabled_at_ms,
           state.last_start_ms, state.last_clean_stop_ms})
      .status();
}

Status DeleteCollectedData(Transaction& tx) {
  constexpr std::string_view kDeletes[] = {
      "DELETE FROM walk_page",
      "DELETE FROM walk",
      "DELETE FROM resource",
      "DELETE FROM object_event",
      "DELETE FROM object_label",
      "DELETE FROM label_count",
      "DELETE FROM object_history",
      "DELETE FROM day_count",
      "DELETE FROM object_detections",
      "DELETE FROM object",
      "DELETE FROM bucket",
      "DELETE FROM label",
      "DELETE FROM snapshot",
      "DELETE FROM bucket_properties",
      "UPDATE account SET state = 'disabled' WHERE state = 'integrated'",
  };
  for (const std::string_view sql : kDeletes) {
    ASSAY_RETURN_IF_ERROR(tx.Execute(sql).status());
  }
  return Status::Ok();
}

}  // namespace assay
