// The calls of the AWS Security Token Service that give credentials of a role, and the one that
// says whose credentials they are.
// Source: AWS Security Token Service API Reference, AssumeRole, AssumeRoleWithWebIdentity and
// GetCallerIdentity.
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "aws/aws_service.h"
#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

struct AssumeRoleRequest {
  std::string role_arn;
  std::string session_name;       // "" = "assay-" and the time
  std::string external_id;        // "" = none
  uint32_t duration_seconds = 0;  // 0 = the role's default
};

struct StsEndpoint {
  std::string url;     // "https://sts.eu-west-1.amazonaws.com"
  std::string region;  // "eu-west-1"
};

// kPermissionDenied when STS refuses, kUnavailable when it cannot be asked (three attempts).
// `error` (may be null) takes what STS said when it refused.
Result<AwsCredentials> AssumeRole(HttpClient* http, const StsEndpoint& endpoint,
                                  const AwsCredentials& source, const AssumeRoleRequest& request,
                                  AwsError* error = nullptr);

// `token_file` holds the identity token; it is read anew each time, for it is replaced in place.
Result<AwsCredentials> AssumeRoleWithWebIdentity(HttpClient* http, const StsEndpoint& endpoint,
                                                 const std::string& token_file,
                                                 const AssumeRoleRequest& request);

struct CallerIdentity {
  std::string account_id;  // 12 digits
  std::string arn;
};
// Whose credentials these are. Errors: see StatusOfAwsError.
Result<CallerIdentity> GetCallerIdentity(const AwsServiceContext& context);

}  // namespace assay
