#include "aws/credentials.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "aws/aws_time.h"
#include "aws/credential_sources.h"
#include "aws/sts.h"

namespace assay {
namespace {

constexpr int64_t kRefreshBeforeMs = 5 * 60 * 1000;
constexpr size_t kMaxProfileChain = 10;

// What the sources of one chain are made from.
struct Context {
  CredentialOptions options;
  const SharedConfig* config = nullptr;  // only while the chain is made
  HttpClient* http = nullptr;
  StsEndpoint sts;
};

StsEndpoint FindSts(const CredentialOptions& options, const SharedConfig& config,
                    const std::string& profile) {
  StsEndpoint sts;
  sts.region = options.region.empty() ? "us-east-1" : options.region;
  const std::string suffix = sts.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  sts.url = "https://sts." + sts.region + suffix;
  if (const auto global = config.Get(profile, "endpoint_url")) sts.url = *global;
  if (const auto services = config.Get(profile, "services")) {
    sts.url = config.GetService(*services, "sts.endpoint_url").value_or(sts.url);
  }
  if (const auto all = options.environment("AWS_ENDPOINT_URL")) sts.url = *all;
  if (const auto own = options.environment("AWS_ENDPOINT_URL_STS")) sts.url = *own;
  return sts;
}

CredentialSource Fixed(AwsCredentials credentials) {
  return [credentials = std::move(credentials)]() -> Result<AwsCredentials> { return credentials; };
}

// The role, taken on with what `base` gives; those are kept until they expire themselves.
CredentialSource RoleSource(const Context& context, CredentialSource base,
                            AssumeRoleRequest request) {
  auto provider = std::make_shared<CredentialProvider>(std::move(base));
  return [http = context.http, sts = context.sts, provider,
          request = std::move(request)]() -> Result<AwsCredentials> {
    ASSAY_ASSIGN_OR_RETURN(const AwsCredentials source, provider->Get());
    return AssumeRole(http, sts, source, request);
  };
}

CredentialSource WebIdentitySource(const Context& context, std::string token_file,
                                   AssumeRoleRequest request) {
  return [http = context.http, sts = context.sts, token_file = std::move(token_file),
          request = std::move(request)]() {
    return AssumeRoleWithWebIdentity(http, sts, token_file, request);
  };
}

// The keys of the environment; empty when they are not set.
CredentialSource EnvironmentSource(const Environment& environment) {
  const auto key_id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!key_id || !secret) return nullptr;
  return Fixed({.access_key_id = *key_id,
                .secret_access_key = *secret,
                .session_token = environment("AWS_SESSION_TOKEN").value_or(""),
                .expires_at_ms = 0});
}

Result<CredentialSource> NamedSource(const Context& context, const std::string& name) {
  const Environment& environment = context.options.environment;
  if (name == "Environment") {
    CredentialSource source = EnvironmentSource(environment);
    if (source == nullptr) {
      return InvalidArgument("credential_source is Environment, but it holds no keys");
    }
    return source;
  }
  if (name == "EcsContainer") {
    return CredentialSource([environment] { return ContainerCredentials(environment); });
  }
  if (name == "Ec2InstanceMetadata") {
    return CredentialSource([environment] { return InstanceCredentials(environment); });
  }
  return InvalidArgument(
      "credential_source must be Environment, Ec2InstanceMetadata or "
      "EcsContainer");
}

// The keys or the program of a profile; empty when it has neither.
CredentialSource KeysOfProfile(const Context& context, const std::string& profile) {
  const SharedConfig& config = *context.config;
  const auto key_id = config.Get(profile, "aws_access_key_id");
  const auto secret = config.Get(profile, "aws_secret_access_key");
  if (key_id && secret) {
    return Fixed({.access_key_id = *key_id,
                  .secret_access_key = *secret,
                  .session_token = config.Get(profile, "aws_session_token").value_or(""),
                  .expires_at_ms = 0});
  }
  if (const auto command = config.Get(profile, "credential_process")) {
    return [command = *command] { return ProcessCredentials(command); };
  }
  return nullptr;
}

// What a profile gives: its role, else its keys; empty when it has none. `seen` holds the profiles
// on the way here.
Result<CredentialSource> ProfileSource(const Context& context, const std::string& profile,
                                       std::vector<std::string> seen) {
  const SharedConfig& config = *context.config;
  if (config.Get(profile, "sso_session") || config.Get(profile, "sso_start_url")) {
    return InvalidArgument("profile " + profile + " signs in through a browser: export its keys " +
                           "with `aws configure export-credentials --format env`");
  }
  const auto role_arn = config.Get(profile, "role_arn");
  // A profile that names itself as its source gives its keys to its own role.
  const bool names_itself = !seen.empty() && seen.back() == profile;
  if (!role_arn || names_itself) return KeysOfProfile(context, profile);
  if (config.Get(profile, "mfa_serial")) {
    return InvalidArgument("profile " + profile + " needs a one-time code: put the keys of " +
                           "`aws sts assume-role` into the environment");
  }
  if (seen.size() >= kMaxProfileChain ||
      std::find(seen.begin(), seen.end(), profile) != seen.end()) {
    return InvalidArgument("the source_profile settings go in a circle at profile " + profile);
  }
  AssumeRoleRequest request;
  request.role_arn = *role_arn;
  request.session_name = config.Get(profile, "role_session_name").value_or("");
  request.external_id = config.Get(profile, "external_id").value_or("");
  if (const auto token_file = config.Get(profile, "web_identity_token_file")) {
    return WebIdentitySource(context, *token_file, std::move(request));
  }
  CredentialSource base;
  if (const auto source_profile = config.Get(profile, "source_profile")) {
    if (!config.HasProfile(*source_profile)) {
      return InvalidArgument("source_profile of " + profile + " does not exist");
    }
    seen.push_back(profile);
    ASSAY_ASSIGN_OR_RETURN(base, ProfileSource(context, *source_profile, std::move(seen)));
  } else if (const auto named = config.Get(profile, "credential_source")) {
    ASSAY_ASSIGN_OR_RETURN(base, NamedSource(context, *named));
  }
  if (base == nullptr) {
    return InvalidArgument("profile " + profile + " names a role but no credentials to ask with");
  }
  return RoleSource(context, std::move(base), std::move(request));
}

// Tries the sources in order until one has credentials, which then serves for good.
CredentialSource FirstOf(std::vector<CredentialSource> sources) {
  auto chosen = std::make_shared<std::optional<size_t>>();
  return [sources = std::move(sources), chosen]() -> Result<AwsCredentials> {
    if (*chosen) return sources[**chosen]();
    for (size_t i = 0; i < sources.size(); ++i) {
      Result<AwsCredentials> credentials = sources[i]();
      if (!credentials.ok() && credentials.status().code() == StatusCode::kNotFound) continue;
      if (credentials.ok()) *chosen = i;
      return credentials;
    }
    return PermissionDenied(
        "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a "
        "profile, or ask without signing");
  };
}

Result<CredentialSource> MakeChain(const Context& context, const std::string& profile) {
  const Environment& environment = context.options.environment;
  const bool explicit_profile = !context.options.profile.empty();
  if (!explicit_profile) {
    if (CredentialSource source = EnvironmentSource(environment)) return source;
    const auto token_file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role_arn = environment("AWS_ROLE_ARN");
    if (token_file && role_arn && !context.config->Get(profile, "role_arn")) {
      AssumeRoleRequest request;
      request.role_arn = *role_arn;
      request.session_name = environment("AWS_ROLE_SESSION_NAME").value_or("");
      return WebIdentitySource(context, *token_file, std::move(request));
    }
  }
  ASSAY_ASSIGN_OR_RETURN(CredentialSource source, ProfileSource(context, profile, {}));
  if (source != nullptr) return source;
  return FirstOf({[environment] { return ContainerCredentials(environment); },
                  [environment] { return InstanceCredentials(environment); }});
}

}  // namespace

Result<AwsCredentials> CredentialProvider::Get() {
  const std::lock_guard lock(mutex_);
  const int64_t now = NowMs();
  const bool have = !current_.access_key_id.empty();
  if (have && (current_.expires_at_ms == 0 || now + kRefreshBeforeMs < current_.expires_at_ms)) {
    return current_;
  }
  Result<AwsCredentials> fresh = source_();
  if (fresh.ok()) {
    current_ = *fresh;
    return fresh;
  }
  if (have && now < current_.expires_at_ms) return current_;
  return fresh.status();
}

void CredentialProvider::Invalidate(const std::string& access_key_id) {
  const std::lock_guard lock(mutex_);
  if (current_.access_key_id == access_key_id) current_ = {};
}

std::string ProfileName(const std::string& explicit_profile, const Environment& environment) {
  if (!explicit_profile.empty()) return explicit_profile;
  if (const auto profile = environment("AWS_PROFILE")) return *profile;
  return environment("AWS_DEFAULT_PROFILE").value_or("default");
}

Result<std::shared_ptr<CredentialProvider>> MakeCredentialProvider(const CredentialOptions& options,
                                                                   const SharedConfig& config,
                                                                   HttpClient* http) {
  const std::string profile = ProfileName(options.profile, options.environment);
  if (profile != "default" && !config.HasProfile(profile)) {
    return InvalidArgument("no profile named " + profile + " in the AWS configuration files");
  }
  Context context{.options = options,
                  .config = &config,
                  .http = http,
                  .sts = FindSts(options, config, profile)};
  ASSAY_ASSIGN_OR_RETURN(CredentialSource source, MakeChain(context, profile));
  if (!options.role_arn.empty()) {
    AssumeRoleRequest request;
    request.role_arn = options.role_arn;
    request.external_id = options.external_id;
    request.session_name = options.role_session_name;
    if (request.session_name.empty()) {
      request.session_name = options.environment("AWS_ROLE_SESSION_NAME").value_or("");
    }
    source = RoleSource(context, std::move(source), std::move(request));
  }
  return std::make_shared<CredentialProvider>(std::move(source));
}

}  // namespace assay
