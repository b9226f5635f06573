// The calls of AWS Identity and Access Management that integrating an account needs.
// Source: IAM API Reference, version 2010-05-08.
//
// Thread rule: an IamClient may be used by several threads at once.
#pragma once

#include <string>
#include <vector>

#include "aws/aws_service.h"
#include "base/status.h"

namespace assay {

struct IamRole {
  std::string name;
  std::string arn;
  std::string path;          // "/aws-service-role/macie.amazonaws.com/"
  std::string trust_policy;  // JSON, decoded
};

struct NewIamRole {
  std::string name;
  std::string path;
  std::string trust_policy;  // JSON
  std::string description;
};

// Errors of every call: see StatusOfAwsError; kNotFound is "NoSuchEntity".
class IamClient {
 public:
  explicit IamClient(AwsServiceContext context) : client_(std::move(context)) {}

  Result<IamRole> GetRole(const std::string& name) const;
  // kInvalidArgument when the role exists already (as IAM answers).
  Result<IamRole> CreateServiceLinkedRole(const std::string& service_name) const;
  Result<IamRole> CreateRole(const NewIamRole& role) const;
  Status DeleteRole(const std::string& name) const;
  Status PutRolePolicy(const std::string& role, const std::string& policy_name,
                       const std::string& policy) const;
  Status AttachRolePolicy(const std::string& role, const std::string& policy_arn) const;
  // The document of an inline policy: JSON, decoded.
  Result<std::string> GetRolePolicy(const std::string& role, const std::string& policy_name) const;
  Result<std::vector<std::string>> ListAccountAliases() const;

 private:
  AwsServiceClient client_;
};

}  // namespace assay
