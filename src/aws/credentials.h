// Where credentials come from, in the order of the AWS SDKs ("Standardized credential providers",
// AWS SDKs and Tools Reference Guide):
//   1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (not with an explicit profile)
//   2. the profile's role (role_arn with source_profile, credential_source or
//      web_identity_token_file)
//   3. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN (not with an explicit profile)
//   4. the profile's keys, then its credential_process
//   5. the container's address (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI)
//   6. the metadata service of an EC2 instance, version 2
// The first that has any is used from then on. Profiles that sign in through a browser (sso_...) or
// need a one-time code (mfa_serial) are refused with a message that says what to do.
//
// Thread rule: providers may be used by several threads at once; one of them refreshes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "aws/http.h"
#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

// Fetches credentials anew each time. kNotFound: this place has none.
using CredentialSource = std::function<Result<AwsCredentials>()>;

// Keeps what a source gave until five minutes before it expires. When refreshing fails, the old
// credentials serve as long as they are valid.
class CredentialProvider {
 public:
  explicit CredentialProvider(CredentialSource source) : source_(std::move(source)) {}

  Result<AwsCredentials> Get();
  // Forgets the credentials with this key id, so that the next Get fetches new ones: for a service
  // that says they have expired.
  void Invalidate(const std::string& access_key_id);

 private:
  const CredentialSource source_;
  std::mutex mutex_;
  AwsCredentials current_;  // guarded by mutex_; no key id = none
};

struct CredentialOptions {
  std::string profile;            // "" = AWS_PROFILE, AWS_DEFAULT_PROFILE or "default"
  std::string role_arn;           // a role to assume with what the chain finds
  std::string external_id;        // for role_arn
  std::string role_session_name;  // for role_arn
  std::string region;             // of the STS to ask; "" = us-east-1
  Environment environment = ProcessEnvironment();
};

// The profile that is in force.
std::string ProfileName(const std::string& explicit_profile, const Environment& environment);

// The chain described above; sends nothing yet. `http` must outlive the provider.
// kInvalidArgument: an explicit profile that does not exist, a role without a source, a circle.
Result<std::shared_ptr<CredentialProvider>> MakeCredentialProvider(const CredentialOptions& options,
                                                                   const SharedConfig& config,
                                                                   HttpClient* http);

}  // namespace assay
