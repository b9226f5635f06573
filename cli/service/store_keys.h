// Keys of an S3-compatible store, sealed in the service's database.
//
// Thread rule: free functions.
#pragma once

#include <optional>
#include <string>

#include "aws/sigv4.h"
#include "base/sealed_secret.h"
#include "base/status.h"
#include "store/database.h"

namespace assay {

// Seals and keeps the keys with which `account_id` is reached; replaces those kept before.
Status PutStoreKeys(Database* database, const SealingKey& key, const std::string& account_id,
                    const AwsCredentials& keys);
// Nothing when none are kept.
Result<std::optional<AwsCredentials>> GetStoreKeys(Database* database, const SealingKey& key,
                                                   const std::string& account_id);

// `assay accounts keys`: asks for the keys on a terminal (the secret without echo), or reads two
// lines of standard input. The exit code.
int ReadAndSealStoreKeys(const std::string& directory_flag, const std::string& account_id);

}  // namespace assay
