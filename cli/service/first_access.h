// The first API credentials and console password of a new service.
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "base/sealed_secret.h"
#include "base/status.h"
#include "store/database.h"

namespace assay {

// In the clear, to be shown once and forgotten.
struct FirstAccess {
  std::string access_key_id;
  std::string secret_access_key;
  std::string console_user;
  std::string console_password;
};

// Makes them and keeps what is needed to check them later.
Result<FirstAccess> MakeFirstAccess(Database* database, const SealingKey& key,
                                    const std::string& master_account_id);
// Lines for a person, with how the AWS CLI takes them.
std::string FormatFirstAccess(const FirstAccess& access);

}  // namespace assay
