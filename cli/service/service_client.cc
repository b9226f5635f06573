#include "cli/service/service_client.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

#include "aws/aws_time.h"
#include "aws/sigv4.h"
#include "base/random_bytes.h"

namespace assay {
namespace {

constexpr size_t kMaxReply = size_t{64} << 20;

StatusCode CodeOfHttp(int status) {
  switch (status) {
    case 400:
    case 409:
      return StatusCode::kInvalidArgument;
    case 401:
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return StatusCode::kNotFound;
    case 429:
      return StatusCode::kResourceExhausted;
    case 501:
      return StatusCode::kUnimplemented;
    default:
      return status == 503 ? StatusCode::kUnavailable : StatusCode::kInternal;
  }
}

Status ErrorOfReply(const HttpReply& reply) {
  rapidjson::Document body;
  body.Parse(reply.body.data(), reply.body.size());
  std::string message;
  if (!body.HasParseError() && body.IsObject() && body.HasMember("error")) {
    const rapidjson::Value& error = body["error"];
    if (error.IsObject()) {
      message = TextMember(error, "message");
      const std::string remedy = TextMember(error, "remedy");
      if (!remedy.empty()) message += "\n  " + remedy;
    }
  }
  if (message.empty()) message = fmt::format("the service answered with status {}", reply.status);
  return {CodeOfHttp(reply.status), message};
}

}  // namespace

std::string TextMember(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return {};
  return {member->value.GetString(), member->value.GetStringLength()};
}

int64_t IntMember(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsInt64()) return 0;
  return member->value.GetInt64();
}

bool BoolMember(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsBool() && member->value.GetBool();
}

const rapidjson::Value& ArrayMember(const rapidjson::Value& object, const char* name) {
  static const rapidjson::Value kNone(rapidjson::kArrayType);
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() || !member->value.IsArray() ? kNone : member->value;
}

std::string JsonText(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

ServiceClient::ServiceClient(DataDirectory directory, std::string base_url)
    : directory_(std::move(directory)), base_url_(std::move(base_url)) {
  HttpClientOptions options;
  options.use_proxy = false;
  // On this machine the certificate may be any: nobody sits between us and the loopback.
  const Result<Url> url = ParseUrl(base_url_);
  options.verify_tls = !url.ok() || (url->host != "127.0.0.1" && url->host != "[::1]");
  options.stall_timeout = std::chrono::seconds(3600);  // a snapshot of a large bucket takes time
  http_ = std::make_unique<HttpClient>(options);
}

Result<ServiceClient> ServiceClient::Connect(const std::string& directory) {
  ASSAY_ASSIGN_OR_RETURN(DataDirectory opened, DataDirectory::Open(directory));
  ASSAY_ASSIGN_OR_RETURN(std::string address, opened.ReadAddress());
  return ServiceClient(std::move(opened), std::move(address));
}

Result<rapidjson::Document> ServiceClient::Get(const std::string& path,
                                               const QueryParameters& query) {
  return Exchange("GET", path, query, "");
}

Result<rapidjson::Document> ServiceClient::Send(const std::string& method, const std::string& path,
                                                const rapidjson::Value& body) {
  return Exchange(method, path, {}, JsonText(body));
}

Result<rapidjson::Document> ServiceClient::Exchange(const std::string& method,
                                                    const std::string& path,
                                                    const QueryParameters& query,
                                                    std::string body) {
  ASSAY_ASSIGN_OR_RETURN(const Url url, ParseUrl(base_url_));
  SignableRequest signable;
  signable.method = method;
  signable.path = "/api/v1" + path;
  signable.query = query;
  // The identifier makes the signature of each request another, so that the same command given
  // twice within a second is not taken for a replay.
  signable.headers = {{"host", url.Authority()}, {"amz-sdk-invocation-id", RandomUuid()}};
  if (!body.empty()) signable.headers.emplace_back("content-type", "application/json");
  signable.payload_hash = Sha256Hex(body);
  signable.headers.emplace_back("x-amz-content-sha256", signable.payload_hash);
  AwsCredentials credentials;
  credentials.access_key_id = kLocalClientAccessKeyId;
  credentials.secret_access_key = directory_.LocalClientSecret();
  Sigv4Signer("assay", PathRule::kNormalized).Sign(credentials, "us-east-1", NowMs(), &signable);

  HttpRequest request;
  request.method = method;
  request.url = base_url_ + signable.path;
  if (!query.empty()) request.url += "?" + EncodeQuery(query);
  request.headers = signable.headers;
  request.body = std::move(body);
  request.max_body = kMaxReply;
  const HttpReply reply = http_->Perform(request);
  if (!reply.transport.ok()) {
    return Unavailable("the service at " + base_url_ + " does not answer (" +
                       reply.transport.message() + "); is it running? assay serve --dir " +
                       directory_.path());
  }
  if (reply.status < 200 || reply.status > 299) return ErrorOfReply(reply);
  rapidjson::Document document;
  document.Parse(reply.body.data(), reply.body.size());
  if (reply.body.empty()) document.SetObject();
  if (document.HasParseError()) return DataLoss("the service's reply is not JSON");
  return document;
}

}  // namespace assay
