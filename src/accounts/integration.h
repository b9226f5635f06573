// Integrating an account: proving that the service may enter it, and its service-linked role
// (A2-A4). Nothing here touches the database.
//
// Thread rule: free functions; one at a time for each account.
#pragma once

#include <string>

#include "accounts/account_access.h"
#include "base/status.h"

namespace assay {

struct IntegratedRoles {
  std::string handshake_role_arn;  // "" in the master, and where accounts have no roles
  std::string service_role_arn;    // "" where accounts have no roles
};

// What came of it: a status whose message names the account, and what a person can do about it.
struct Integration {
  Status status;
  std::string remedy;
  IntegratedRoles roles;
};

// kAws: assumes the handshake role (the seed's name first), checks whom it trusts, makes the
// service-linked role when it is absent, reads it back and enters with the service role. kS3: lists
// the buckets. kDirectory: the folder must be there.
Integration IntegrateMember(AccountAccess* access, const std::string& account_id);

// The same for the master account, with the operator's own credentials and no handshake.
Integration IntegrateMaster(AccountAccess* access);

// Whether the account can be entered with a service role it has from before (A5: re-adding a
// disassociated member skips the handshake).
Status EnterWithServiceRole(AccountAccess* access, const std::string& account_id,
                            const std::string& service_role_arn);

}  // namespace assay
