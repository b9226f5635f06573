#include "aws/aws_service.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <pugixml.hpp>
#include <utility>

#include "aws/aws_time.h"
#include "aws/retry_budget.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTotalTime{30000};  // of one exchange; replies are small
// Ten messages of an SQS queue are the longest reply.
constexpr size_t kMaxReply = size_t{8} << 20;
constexpr size_t kMaxCode = 100;
constexpr size_t kMaxMessage = 300;
constexpr int64_t kSmallSkewMs = 60000;
constexpr int kMaxCorrections = 2;

struct CodeMeaning {
  std::string_view code;  // without a trailing "Exception"
  StatusCode status;
};
constexpr std::array kCodes = {
    CodeMeaning{"NoSuchEntity", StatusCode::kNotFound},
    CodeMeaning{"NotFound", StatusCode::kNotFound},
    CodeMeaning{"ResourceNotFound", StatusCode::kNotFound},
    CodeMeaning{"TrailNotFound", StatusCode::kNotFound},
    CodeMeaning{"QueueDoesNotExist", StatusCode::kNotFound},
    CodeMeaning{"AWS.SimpleQueueService.NonExistentQueue", StatusCode::kNotFound},
    CodeMeaning{"AccessDenied", StatusCode::kPermissionDenied},
    CodeMeaning{"UnauthorizedOperation", StatusCode::kPermissionDenied},
    CodeMeaning{"AuthFailure", StatusCode::kPermissionDenied},
    CodeMeaning{"NotAuthorized", StatusCode::kPermissionDenied},
    CodeMeaning{"OptInRequired", StatusCode::kPermissionDenied},
    CodeMeaning{"InvalidClientTokenId", StatusCode::kPermissionDenied},
    CodeMeaning{"UnrecognizedClient", StatusCode::kPermissionDenied},
    CodeMeaning{"SignatureDoesNotMatch", StatusCode::kPermissionDenied},
    CodeMeaning{"InvalidSignature", StatusCode::kPermissionDenied},
    CodeMeaning{"IncompleteSignature", StatusCode::kPermissionDenied},
    CodeMeaning{"MissingAuthenticationToken", StatusCode::kPermissionDenied},
    CodeMeaning{"ExpiredToken", StatusCode::kPermissionDenied},
    CodeMeaning{"RequestExpired", StatusCode::kPermissionDenied},
    CodeMeaning{"Throttling", StatusCode::kUnavailable},
    CodeMeaning{"Throttled", StatusCode::kUnavailable},
    CodeMeaning{"RequestThrottled", StatusCode::kUnavailable},
    CodeMeaning{"RequestLimitExceeded", StatusCode::kUnavailable},
    CodeMeaning{"TooManyRequests", StatusCode::kUnavailable},
    CodeMeaning{"SlowDown", StatusCode::kUnavailable},
    CodeMeaning{"BandwidthLimitExceeded", StatusCode::kUnavailable},
    CodeMeaning{"PriorRequestNotComplete", StatusCode::kUnavailable},
    CodeMeaning{"RequestTimeout", StatusCode::kUnavailable},
    CodeMeaning{"ServiceUnavailable", StatusCode::kUnavailable},
    CodeMeaning{"InternalFailure", StatusCode::kUnavailable},
    CodeMeaning{"InternalError", StatusCode::kUnavailable},
    CodeMeaning{"KMSInternal", StatusCode::kUnavailable},
    CodeMeaning{"DependencyTimeout", StatusCode::kUnavailable},
    CodeMeaning{"InvalidAction", StatusCode::kUnimplemented},
    CodeMeaning{"UnknownOperation", StatusCode::kUnimplemented},
    CodeMeaning{"UnsupportedOperation", StatusCode::kUnimplemented},
    CodeMeaning{"NotImplemented", StatusCode::kUnimplemented},
    CodeMeaning{"LimitExceeded", StatusCode::kResourceExhausted},
    CodeMeaning{"MaximumNumberOfTrailsExceeded", StatusCode::kResourceExhausted},
};

std::string_view WithoutException(std::string_view code) {
  constexpr std::string_view kSuffix = "Exception";
  if (code.ends_with(kSuffix) && code.size() > kSuffix.size()) code.remove_suffix(kSuffix.size());
  return code;
}

// "com.amazonaws.sqs#QueueDoesNotExist:http://..." -> "QueueDoesNotExist".
std::string CleanCode(std::string_view code) {
  if (const size_t colon = code.find(':'); colon != std::string_view::npos) {
    code = code.substr(0, colon);
  }
  if (const size_t hash = code.rfind('#'); hash != std::string_view::npos) {
    code.remove_prefix(hash + 1);
  }
  const bool clean = std::all_of(code.begin(), code.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.';
  });
  return clean && code.size() <= kMaxCode ? std::string(code) : std::string();
}

std::string CleanMessage(std::string_view message) {
  std::string clean(message.substr(0, kMaxMessage));
  for (char& c : clean) {
    if (c < ' ' || c > '~') c = c == '\n' || c == '\t' ? ' ' : '?';
  }
  return clean;
}

std::string_view Text(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

StatusCode CodeOfHttp(const AwsError& error) {
  const int status = error.http_status;
  if (status == 401 || status == 403) return StatusCode::kPermissionDenied;
  // A server without this service has no word of AWS for it.
  if ((status == 404 || status == 405) && error.code.empty()) return StatusCode::kUnimplemented;
  if (status == 404) return StatusCode::kNotFound;
  if (status == 501) return StatusCode::kUnimplemented;
  if (status == 408 || status == 429 || status >= 500) return StatusCode::kUnavailable;
  return StatusCode::kInvalidArgument;
}

}  // namespace

std::string DefaultServiceEndpoint(std::string_view service, std::string_view region,
                                   const Environment& environment) {
  std::string name = "AWS_ENDPOINT_URL_";
  for (const char c : service) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (const auto own = environment(name)) return *own;
  if (const auto all = environment("AWS_ENDPOINT_URL")) return *all;
  const bool china = region.starts_with("cn-");
  const std::string suffix = china ? ".amazonaws.com.cn" : ".amazonaws.com";
  if (service == "iam") {
    if (china) return "https://iam.cn-north-1" + suffix;
    if (region.starts_with("us-gov-")) return "https://iam.us-gov.amazonaws.com";
    return "https://iam.amazonaws.com";
  }
  return "https://" + std::string(service) + '.' + std::string(region) + suffix;
}

std::string SigningRegion(std::string_view service, std::string_view region) {
  if (service != "iam") return std::string(region);
  if (region.starts_with("cn-")) return "cn-north-1";
  if (region.starts_with("us-gov-")) return "us-gov-west-1";
  return "us-east-1";
}

AwsError ParseXmlError(int http_status, std::string_view body) {
  AwsError error;
  error.http_status = http_status;
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size(), pugi::parse_minimal | pugi::parse_escapes);
  pugi::xml_node node = document.child("ErrorResponse").child("Error");
  // The oldest form of the protocol.
  if (!node) node = document.child("Response").child("Errors").child("Error");
  // Amazon S3's.
  if (!node) node = document.child("Error");
  error.code = CleanCode(node.child_value("Code"));
  error.message = CleanMessage(node.child_value("Message"));
  return error;
}

AwsError ParseJsonError(int http_status, std::string_view type_header, std::string_view body) {
  AwsError error;
  error.http_status = http_status;
  error.code = CleanCode(type_header);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return error;
  if (error.code.empty()) error.code = CleanCode(Text(document, "__type"));
  if (error.code.empty()) error.code = CleanCode(Text(document, "code"));
  std::string_view message = Text(document, "message");
  if (message.empty()) message = Text(document, "Message");
  error.message = CleanMessage(message);
  return error;
}

Status StatusOfAwsError(const AwsError& error, std::string_view what) {
  StatusCode code = CodeOfHttp(error);
  const std::string_view name = WithoutException(error.code);
  for (const CodeMeaning& meaning : kCodes) {
    if (meaning.code == name) code = meaning.status;
  }
  std::string message(what);
  message += ": ";
  if (!error.code.empty()) message += error.code + ' ';
  message += "(HTTP " + std::to_string(error.http_status) + ")";
  if (!error.message.empty()) message += ": " + error.message;
  return {code, std::move(message)};
}

struct AwsServiceClient::Call {
  std::string what;          // begins messages
  std::string content_type;  // of the body
  std::string target;        // X-Amz-Target; "" = not AWS JSON
  std::string body;
  std::string method = "POST";
  std::string path = "/";  // behind the endpoint's own
  HeaderList headers;      // more of them
};

struct AwsServiceClient::Attempt {
  HttpReply http;
  AwsError error;
  Status status;
};

AwsServiceClient::AwsServiceClient(AwsServiceContext context)
    : context_(std::move(context)),
      signer_(context_.service,
              context_.service == "s3" ? PathRule::kAsSent : PathRule::kNormalized) {}

AwsServiceClient::Attempt AwsServiceClient::Send(const Call& call,
                                                 const AwsCredentials& credentials) const {
  Attempt attempt;
  const Result<Url> url = ParseUrl(context_.endpoint_url);
  if (!url.ok()) {
    attempt.status = url.status().WithContext(call.what);
    return attempt;
  }
  SignableRequest signable;
  signable.method = call.method;
  signable.path = url->path.empty() || call.path != "/" ? url->path + call.path : url->path;
  signable.headers = call.headers;
  signable.headers.emplace_back("Host", url->Authority());
  if (!call.content_type.empty()) {
    signable.headers.emplace_back("Content-Type", call.content_type);
  }
  if (!call.target.empty()) signable.headers.emplace_back("X-Amz-Target", call.target);
  signable.payload_hash = Sha256Hex(call.body);
  if (context_.credentials != nullptr) {
    signer_.Sign(credentials, context_.region, NowMs() + clock_skew_ms_, &signable);
  }
  HttpRequest request;
  request.method = call.method;
  request.url = url->Origin() + signable.path;
  request.headers = std::move(signable.headers);
  request.body = call.body;
  request.max_body = kMaxReply;
  request.total_timeout = kTotalTime;
  attempt.http = context_.http->Perform(request);
  const HttpReply& reply = attempt.http;
  if (!reply.transport.ok()) {
    attempt.status = reply.transport.WithContext(call.what + " at " + url->Origin());
    return attempt;
  }
  if (reply.status >= 200 && reply.status < 300) return attempt;
  attempt.error = call.target.empty()
                      ? ParseXmlError(reply.status, reply.body)
                      : ParseJsonError(reply.status, reply.Header("x-amzn-errortype"), reply.body);
  attempt.status = StatusOfAwsError(attempt.error, call.what);
  return attempt;
}

bool AwsServiceClient::Correct(const Attempt& attempt, AwsCredentials* credentials) const {
  if (context_.credentials == nullptr) return false;
  const std::string_view code = WithoutException(attempt.error.code);
  if (code == "ExpiredToken") {
    context_.credentials->Invalidate(credentials->access_key_id);
    Result<AwsCredentials> fresh = context_.credentials->Get();
    if (!fresh.ok() || fresh->access_key_id == credentials->access_key_id) return false;
    *credentials = *std::move(fresh);
    return true;
  }
  if (code != "RequestExpired" && code != "RequestTimeTooSkewed" && code != "InvalidSignature" &&
      code != "SignatureDoesNotMatch") {
    return false;
  }
  const auto server = ParseHttpDate(attempt.http.Header("date"));
  if (!server) return false;
  const int64_t skew = *server - NowMs();
  if (std::abs(skew - clock_skew_ms_) < kSmallSkewMs) return false;
  clock_skew_ms_ = skew;
  return true;
}

Result<std::string> AwsServiceClient::Perform(const Call& call, AwsError* error) const {
  AwsCredentials credentials;
  if (context_.credentials != nullptr) {
    Result<AwsCredentials> found = context_.credentials->Get();
    if (!found.ok()) return found.status().WithContext(call.what);
    credentials = *std::move(found);
  }
  RetryBudget budget(context_.max_attempts, context_.retry_time, context_.http->options().cancel);
  int corrections = 0;
  for (;;) {
    Attempt attempt = Send(call, credentials);
    if (attempt.status.ok()) return std::move(attempt.http.body);
    if (error != nullptr) *error = attempt.error;
    if (corrections < kMaxCorrections && Correct(attempt, &credentials)) {
      ++corrections;
      continue;
    }
    const bool again = attempt.status.code() == StatusCode::kUnavailable;
    if (!again || !budget.WaitForNext(milliseconds(0))) return attempt.status;
  }
}

Result<std::string> AwsServiceClient::Query(const std::string& action, const std::string& version,
                                            QueryParameters parameters, AwsError* error) const {
  parameters.insert(parameters.begin(), {{"Action", action}, {"Version", version}});
  Call call;
  call.what = context_.service + ' ' + action;
  call.content_type = "application/x-www-form-urlencoded; charset=utf-8";
  call.body = EncodeQuery(parameters);
  return Perform(call, error);
}

Result<std::string> AwsServiceClient::Json(const std::string& target, std::string_view json_version,
                                           const std::string& body, AwsError* error) const {
  const size_t dot = target.rfind('.');
  Call call;
  call.what = context_.service + ' ' + target.substr(dot + 1);
  call.content_type = "application/x-amz-json-" + std::string(json_version);
  call.target = target;
  call.body = body;
  return Perform(call, error);
}

Result<std::string> AwsServiceClient::RestXml(std::string_view operation, const std::string& path,
                                              HeaderList headers, AwsError* error) const {
  Call call;
  call.what = context_.service + ' ' + std::string(operation);
  call.method = "GET";
  call.path = path;
  call.headers = std::move(headers);
  return Perform(call, error);
}

}  // namespace assay
