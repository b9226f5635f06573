// The two calls of the AWS Security Token Service that give credentials of a role.
// Source: AWS Security Token Service API Reference, AssumeRole and AssumeRoleWithWebIdentity.
//
// Thread rule: free functions.
#pragma once

#include <string>

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
Result<AwsCredentials> AssumeRole(HttpClient* http, const StsEndpoint& endpoint,
                                  const AwsCredentials& source, const AssumeRoleRequest& request);

// `token_file` holds the identity token; it is read anew each time, for it is replaced in place.
Result<AwsCredentials> AssumeRoleWithWebIdentity(HttpClient* http, const StsEndpoint& endpoint,
                                                 const std::string& token_file,
                                                 const AssumeRoleRequest& request);

}  // namespace assay
