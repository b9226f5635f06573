// Whether a KMS key lets the service's role decrypt with it (rule E2): "key user" in the words of
// the guide.
//
// What makes a key user: a statement of the key policy that allows kms:Decrypt to the role by name
// or to everyone, or a grant with the operation Decrypt whose grantee is the role. A statement for
// the role's account as a whole ("arn:aws:iam::ID:root") only lets the account's IAM policies
// decide, and the service-linked role's policy, which the guide prints, holds no kms action: alone
// it makes no key user, unless the operator says that the role's own policy allows kms:Decrypt.
// An explicit Deny that the role cannot avoid wins over everything. What hangs on facts that are
// not known here is unknown, and then the store's own answer decides. Source: "Key policies in AWS
// KMS", "Grants in AWS KMS" and "Policy evaluation logic" of the AWS guides.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/policy.h"

namespace assay {

struct KmsKeyGrant {
  std::string grantee_principal;  // ARN
  std::vector<std::string> operations;
  bool has_constraints = false;  // on the encryption context
};

struct KmsKeyUseInput {
  std::string key_arn;
  std::string key_policy;  // JSON
  std::vector<KmsKeyGrant> grants;
  // ARNs; it is enough that one of them is a key user.
  std::vector<std::string> roles;
  std::string region;  // of the bucket: S3 there calls KMS
  // The role's IAM policy allows kms:Decrypt on the key (see above).
  bool role_policy_allows_kms = false;
};

struct KmsKeyUse {
  Truth verdict = Truth::kUnknown;
  std::string reason;  // one line; names the role and the statement
};

KmsKeyUse EvaluateKmsKeyUse(const KmsKeyUseInput& input);

// The roles of rule E2 in an account, most specific first: the configured one ("" = none), the
// service-linked role, and the one of the guide.
std::vector<std::string> KeyUserRoles(const std::string& account_id,
                                      const std::string& service_role,
                                      std::string_view partition = "aws");

}  // namespace assay
