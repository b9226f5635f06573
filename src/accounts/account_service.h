// AccountService: enabling and disabling, members, roles, the trail (rules A1-A7).
//
// Thread rule: all methods may be called by several threads at once; changes to one account exclude
// each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "store/account_rows.h"
#include "store/database.h"

namespace assay {

// Who asks, for the audit log.
struct Caller {
  std::string user = "system";
  std::string source_ip;
};

// Members at most: ours, for the guide names none.
inline constexpr size_t kMaxMembers = 1000;

// OK for 12 digits; else kInvalidArgument with a message that shows the text.
Status CheckAccountId(const std::string& id);

// What came of integrating one member (A3).
struct MemberResult {
  std::string account_id;
  Status status;       // its message names the account
  std::string remedy;  // what a person can do about it; "" when all is well
  bool limit_exceeded = false;
};

// The two acknowledgements that disabling needs (A6).
struct DisableAcknowledgements {
  bool access_ends = false;  // members must be added again
  bool data_is_deleted = false;
};

class AccountService {
 public:
  // Both must outlive the service. `default_quota_bytes` is what new accounts get (R5).
  AccountService(Database* database, AccountAccess* access,
                 int64_t default_quota_bytes = kDefaultQuotaBytes);
  ~AccountService();

  // Enables the service with the master account, or enables it again (A1, A5). Makes the
  // service-linked role in the master where accounts have roles. Enabling twice is no error.
  Status Enable(const Caller& caller);
  Status Disable(const DisableAcknowledgements& acknowledged, const Caller& caller);
  Result<ServiceState> State();

  // A2-A5. `account_ids`: as a person typed them, "111122223333, 444455556666": separated by
  // commas, semicolons or blanks; the form "1111-2222-3333" is understood, and each is returned
  // once. What is no account ID stays in the list: AssociateMembers says so in its own result (A3).
  // kInvalidArgument: nothing in it, or more than kMaxMembers.
  static Result<std::vector<std::string>> ParseAccountIds(const std::string& account_ids);
  // One result for each, in the order given. Integrating an integrated member again is no error.
  std::vector<MemberResult> AssociateMembers(const std::vector<std::string>& account_ids,
                                             const Caller& caller);
  // Ends the monitoring of its resources and removes its trails; the roles stay (A5), and so does
  // what was collected (R6). kInvalidArgument: the master account; kNotFound: no member.
  Status DisassociateMember(const std::string& account_id, const Caller& caller);
  // Integrated accounts after `after`, by id; the master is one of them.
  Result<std::vector<AccountRow>> List(const std::string& after, uint32_t limit);

  // Walks that the old quota stopped go on (R5). kInvalidArgument: negative; kNotFound: no account.
  Status SetQuota(const std::string& account_id, int64_t bytes, const Caller& caller);

  // Brings the trail of the account's region in line with its selected buckets and prefixes (A7);
  // does nothing where there is no CloudTrail. Called after each change of the selection.
  Status SyncTrail(const std::string& account_id, const std::string& region);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The permissions policy of the service-linked role, exactly as the guide prints it (JSON).
std::string_view ServiceLinkedRolePolicy();
// Its trust policy: AWS's own, which names Macie.
std::string_view ServiceLinkedRoleTrustPolicy();
inline constexpr std::string_view kHandshakeRole = "AmazonMacieHandshakeRole";
inline constexpr std::string_view kLaterHandshakeRole = "AWSMacieServiceCustomerHandshakeRole";
inline constexpr std::string_view kServiceLinkedRole = "AWSServiceRoleForAmazonMacie";
inline constexpr std::string_view kServiceRole = "AWSMacieServiceCustomerServiceRole";
inline constexpr std::string_view kTrailName = "AWSMacieTrail-DO-NOT-EDIT";

}  // namespace assay
