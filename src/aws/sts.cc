#include "aws/sts.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <pugixml.hpp>
#include <thread>

#include "aws/aws_time.h"

namespace assay {
namespace {

constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kTotalTime{30000};

QueryParameters FormOf(const char* action, const AssumeRoleRequest& request) {
  QueryParameters form = {{"Action", action}, {"Version", "2011-06-15"}};
  form.emplace_back("RoleArn", request.role_arn);
  form.emplace_back("RoleSessionName", request.session_name.empty()
                                           ? "assay-" + std::to_string(NowMs() / 1000)
                                           : request.session_name);
  if (!request.external_id.empty()) form.emplace_back("ExternalId", request.external_id);
  if (request.duration_seconds != 0) {
    form.emplace_back("DurationSeconds", std::to_string(request.duration_seconds));
  }
  return form;
}

// `source` null = not signed.
HttpRequest MakeRequest(const StsEndpoint& endpoint, const Url& url, const AwsCredentials* source,
                        const QueryParameters& form) {
  HttpRequest request;
  request.method = "POST";
  request.url = url.Origin() + (url.path.empty() ? "/" : url.path);
  request.body = EncodeQuery(form);
  request.total_timeout = kTotalTime;
  SignableRequest signable;
  signable.method = "POST";
  signable.path = url.path.empty() ? "/" : url.path;
  signable.headers = {{"Host", url.Authority()},
                      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  signable.payload_hash = Sha256Hex(request.body);
  if (source != nullptr) {
    static const Sigv4Signer signer("sts", PathRule::kNormalized);
    signer.Sign(*source, endpoint.region, NowMs(), &signable);
  }
  request.headers = std::move(signable.headers);
  return request;
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

// "AccessDenied" of an error reply, "" when it has none; only letters, so that it can be printed.
std::string ErrorCode(const std::string& body) {
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size(), pugi::parse_minimal | pugi::parse_escapes);
  std::string code = document.child("ErrorResponse").child("Error").child_value("Code");
  if (code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.") !=
      std::string::npos) {
    code.clear();
  }
  return code.substr(0, 100);
}

Result<AwsCredentials> Call(HttpClient* http, const StsEndpoint& endpoint,
                            const AwsCredentials* source, const QueryParameters& form) {
  const std::string& action = form.front().second;
  ASSAY_ASSIGN_OR_RETURN(const Url url, ParseUrl(endpoint.url));
  Status last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(200 << attempt));
    const HttpReply reply = http->Perform(MakeRequest(endpoint, url, source, form));
    if (!reply.transport.ok()) {
      last = reply.transport.WithContext("STS");
      if (last.code() != StatusCode::kUnavailable) return last;
      continue;
    }
    if (reply.status == 200) return CredentialsFromXml(reply.body, action.c_str());
    const std::string message = "STS refuses " + action + ": " + ErrorCode(reply.body) + " (HTTP " +
                                std::to_string(reply.status) + ")";
    if (reply.status < 500 && reply.status != 429) return PermissionDenied(message);
    last = Unavailable(message);
  }
  return last;
}

}  // namespace

Result<AwsCredentials> AssumeRole(HttpClient* http, const StsEndpoint& endpoint,
                                  const AwsCredentials& source, const AssumeRoleRequest& request) {
  return Call(http, endpoint, &source, FormOf("AssumeRole", request));
}

Result<AwsCredentials> AssumeRoleWithWebIdentity(HttpClient* http, const StsEndpoint& endpoint,
                                                 const std::string& token_file,
                                                 const AssumeRoleRequest& request) {
  std::ifstream file(token_file, std::ios::binary);
  if (!file) return NotFound("cannot read the web identity token file");
  std::string token{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  QueryParameters form = FormOf("AssumeRoleWithWebIdentity", request);
  form.emplace_back("WebIdentityToken", std::move(token));
  return Call(http, endpoint, nullptr, form);
}

}  // namespace assay
