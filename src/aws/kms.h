// The calls of AWS Key Management Service that say who may use a key.
// Source: AWS KMS API Reference, GetKeyPolicy, DescribeKey and ListGrants.
//
// Thread rule: a KmsClient may be used by several threads at once.
#pragma once

#include <string>
#include <vector>

#include "aws/aws_service.h"
#include "base/status.h"

namespace assay {

struct KmsKey {
  std::string key_id;
  std::string arn;
  std::string account_id;   // that owns the key
  std::string state;        // "Enabled", "Disabled", "PendingDeletion" ...
  std::string key_manager;  // "AWS" or "CUSTOMER"
};

struct KmsGrant {
  std::string grant_id;
  std::string grantee_principal;  // ARN
  std::vector<std::string> operations;
};

// `key_id`: an id or an ARN (DescribeKey also takes an alias). Errors of every call: see
// StatusOfAwsError.
class KmsClient {
 public:
  explicit KmsClient(AwsServiceContext context) : client_(std::move(context)) {}

  // The policy "default", the only one a key has: JSON.
  Result<std::string> GetKeyPolicy(const std::string& key_id) const;
  Result<KmsKey> DescribeKey(const std::string& key_id) const;
  // All of them; kResourceExhausted when there are more than 10,000.
  Result<std::vector<KmsGrant>> ListGrants(const std::string& key_id) const;

 private:
  AwsServiceClient client_;
};

}  // namespace assay
