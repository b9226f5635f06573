#include "aws/sts.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <pugixml.hpp>
#include <utility>

#include "aws/aws_time.h"

namespace assay {
namespace {

constexpr uint32_t kAttempts = 3;
constexpr const char* kVersion = "2011-06-15";

QueryParameters FormOf(const AssumeRoleRequest& request) {
  QueryParameters form = {{"RoleArn", request.role_arn}};
  form.emplace_back("RoleSessionName", request.session_name.empty()
                                           ? "assay-" + std::to_string(NowMs() / 1000)
                                           : request.session_name);
  if (!request.external_id.empty()) form.emplace_back("ExternalId", request.external_id);
  if (request.duration_seconds != 0) {
    form.emplace_back("DurationSeconds", std::to_string(request.duration_seconds));
  }
  return form;
}

Result<AwsCredentials> CredentialsFromXml(const std::string& body, const char* action) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_minimal | pugi::parse_escapes)) {
    return DataLoss("STS: a reply that is no XML");
  }
  const pugi::xml_node node = document.child((std::string(action) + "Response").c_str())
                                  .child((std::string(action) + "Result").c_str())
                                  .child("Credentials");
  AwsCredentials credentials;
  credentials.access_key_id = node.child_value("AccessKeyId");
  credentials.secret_access_key = node.child_value("SecretAccessKey");
  credentials.session_token = node.child_value("SessionToken");
  const auto expires = ParseIsoTime(node.child_value("Expiration"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || !expires) {
    return DataLoss("STS: a reply without credentials");
  }
  credentials.expires_at_ms = *expires;
  return credentials;
}

// `source` null = not signed.
Result<AwsCredentials> Call(HttpClient* http, const StsEndpoint& endpoint,
                            const AwsCredentials* source, const char* action,
                            QueryParameters parameters, AwsError* error) {
  AwsServiceContext context;
  context.service = "sts";
  context.endpoint_url = endpoint.url;
  context.region = endpoint.region;
  // Borrowed for this call: nothing to own.
  context.http = std::shared_ptr<HttpClient>(std::shared_ptr<void>(), http);
  context.max_attempts = kAttempts;
  if (source != nullptr) {
    context.credentials = std::make_shared<CredentialProvider>(
        [source]() -> Result<AwsCredentials> { return *source; });
  }
  AwsError refusal;
  const Result<std::string> reply =
      AwsServiceClient(std::move(context)).Query(action, kVersion, std::move(parameters), &refusal);
  if (reply.ok()) return CredentialsFromXml(*reply, action);
  if (error != nullptr) *error = refusal;
  const bool refused =
      refusal.http_status != 0 && reply.status().code() != StatusCode::kUnavailable;
  if (!refused) return reply.status();
  return PermissionDenied("STS refuses " + std::string(action) + ": " + refusal.code + " (HTTP " +
                          std::to_string(refusal.http_status) + ")" +
                          (refusal.message.empty() ? "" : ": " + refusal.message));
}

}  // namespace

Result<AwsCredentials> AssumeRole(HttpClient* http, const StsEndpoint& endpoint,
                                  const AwsCredentials& source, const AssumeRoleRequest& request,
                                  AwsError* error) {
  return Call(http, endpoint, &source, "AssumeRole", FormOf(request), error);
}

Result<AwsCredentials> AssumeRoleWithWebIdentity(HttpClient* http, const StsEndpoint& endpoint,
                                                 const std::string& token_file,
                                                 const AssumeRoleRequest& request) {
  std::ifstream file(token_file, std::ios::binary);
  if (!file) return NotFound("cannot read the web identity token file");
  std::string token{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  QueryParameters form = FormOf(request);
  form.emplace_back("WebIdentityToken", std::move(token));
  return Call(http, endpoint, nullptr, "AssumeRoleWithWebIdentity", std::move(form), nullptr);
}

Result<CallerIdentity> GetCallerIdentity(const AwsServiceContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string xml,
                         AwsServiceClient(context).Query("GetCallerIdentity", kVersion, {}));
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal | pugi::parse_escapes);
  const pugi::xml_node node =
      document.child("GetCallerIdentityResponse").child("GetCallerIdentityResult");
  CallerIdentity identity{node.child_value("Account"), node.child_value("Arn")};
  if (identity.account_id.empty()) return DataLoss("sts GetCallerIdentity: not a reply of STS");
  return identity;
}

}  // namespace assay
