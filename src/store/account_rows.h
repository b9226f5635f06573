// Accounts that are integrated with the service, and whether the service is enabled at all.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace assay {

// Rule R5: 3 TB of 1,024^4 bytes.
inline constexpr int64_t kDefaultQuotaBytes = int64_t{3} << 40;

enum class AccountRole { kMaster, kMember };
enum class AccountState {
  kIntegrated,
  kDisassociated,  // its roles stay: re-adding it skips the handshake role step (A5)
  kDisabled,       // the service was disabled while it was integrated (A5)
};

// Names of both, in the database, the API and metrics: "master", "integrated".
std::string_view AccountRoleName(AccountRole role);
std::string_view AccountStateName(AccountState state);

struct AccountRow {
  std::string account_id;  // 12 digits
  AccountRole role = AccountRole::kMember;
  AccountState state = AccountState::kIntegrated;
  std::string handshake_role_arn;  // "" where accounts have no roles (s3, directory)
  std::string service_role_arn;
  int64_t integrated_at_ms = 0;
  int64_t last_contact_ms = 0;  // 0 = never
  std::string last_error;       // "" when the last contact went well
  int64_t quota_bytes = kDefaultQuotaBytes;
  int64_t charged_bytes = 0;  // classified so far, by the sizes of rule C3
};

// All accounts ever integrated, by id.
Result<std::vector<AccountRow>> ListAccounts(Transaction& tx);
// At most `limit` accounts in state kIntegrated with an id greater than `after`, by id.
Result<std::vector<AccountRow>> ListIntegratedAccounts(Transaction& tx, const std::string& after,
                                                       uint32_t limit);
Result<std::optional<AccountRow>> GetAccount(Transaction& tx, const std::string& account_id);
// Inserts or replaces all members but charged_bytes (which only ChargeQuota changes).
Status PutAccount(Transaction& tx, const AccountRow& account);
Status SetAccountContact(Transaction& tx, const std::string& account_id, int64_t at_ms,
                         const std::string& error);
Status SetAccountQuota(Transaction& tx, const std::string& account_id, int64_t quota_bytes);
// Adds to charged_bytes when that does not exceed the quota; false when it would (R5).
Result<bool> ChargeQuota(Transaction& tx, const std::string& account_id, int64_t bytes);
// Until the transaction ends nobody else changes the account.
Status LockAccount(Transaction& tx, const std::string& account_id);

struct ServiceState {
  bool enabled = false;
  std::string master_account_id;
  int64_t enabled_at_ms = 0;
  int64_t disabled_at_ms = 0;
  int64_t last_start_ms = 0;
  int64_t last_clean_stop_ms = 0;  // older than last_start_ms: the process was killed
};
Result<ServiceState> GetServiceState(Transaction& tx);
Status PutServiceState(Transaction& tx, const ServiceState& state);

// Removes everything collected (objects, snapshots, properties, resources, walks, events) when the
// service is disabled (A6). Accounts stay, as kDisabled; so do credentials and the audit log.
Status DeleteCollectedData(Transaction& tx);

}  // namespace assay
