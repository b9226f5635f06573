#include "objectstore/s3_client.h"

#include <cstdlib>
#include <utility>

#include "aws/aws_time.h"

namespace assay {
namespace {

// Wrong region twice (a redirect, then its signature), a wrong clock, an expired token.
constexpr int kMaxCorrections = 4;
constexpr int64_t kSmallSkewMs = 60000;

// The host a redirect leads to, when that is one of Amazon's; "" otherwise.
std::string AmazonHostOf(const std::string& location) {
  const Result<Url> url = ParseUrl(location.substr(0, location.find_first_of("?#")));
  return url.ok() && url->https && IsAmazonHost(url->host) && url->port == 0 ? url->host : "";
}

}  // namespace

// What was learnt while one request was sent.
struct S3Client::Correction {
  std::string region;
  std::string host;  // of a temporary redirect; "" = the usual one
  AwsCredentials credentials;
  bool clock_fixed = false;
  bool token_refreshed = false;
};

S3Client::S3Client(S3ClientOptions options, std::unique_ptr<HttpClient> http,
                   std::shared_ptr<CredentialProvider> credentials)
    : options_(std::move(options)), http_(std::move(http)), credentials_(std::move(credentials)) {}

std::string S3Client::RegionOf(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  const auto found = regions_.find(bucket);
  return found == regions_.end() ? options_.region : found->second;
}

S3Reply S3Client::SendOnce(const S3Request& request, const Correction& correction) {
  S3Reply reply;
  Result<S3Address> address =
      options_.endpoint.AddressOf(request.bucket, request.key, correction.region);
  if (!address.ok()) {
    reply.failure.status = address.status().WithContext(request.what);
    reply.failure.reason = ReasonForStatus(reply.failure.status);
    return reply;
  }
  if (!correction.host.empty()) {
    address->authority = correction.host;
    address->origin = "https://" + correction.host;
  }
  SignableRequest signable;
  signable.method = request.method;
  signable.path = address->path;
  signable.query = request.query;
  signable.headers = request.headers;
  signable.headers.emplace_back("Host", address->authority);
  if (options_.requester_pays) signable.headers.emplace_back("x-amz-request-payer", "requester");
  if (!request.body.empty()) signable.payload_hash = Sha256Hex(request.body);
  if (credentials_ != nullptr) {
    signer_.Sign(correction.credentials, correction.region, NowMs() + clock_skew_ms_, &signable);
  }
  HttpRequest http;
  http.method = request.method;
  http.url = address->origin + address->path;
  if (!request.query.empty()) http.url += '?' + EncodeQuery(request.query);
  http.headers = std::move(signable.headers);
  http.body = request.body;
  http.sink = request.sink;
  http.max_body = request.max_body;
  if (options_.limiter != nullptr && !options_.limiter->Wait(http_->options().cancel)) {
    reply.failure.status = Cancelled(std::string(request.what) + ": stopped");
    return reply;
  }
  reply.http = http_->Perform(http);
  reply.failure = JudgeS3Reply(reply.http, request.what);
  return reply;
}

bool S3Client::FollowRegion(const S3Request& request, const S3Reply& reply,
                            Correction* correction) {
  const int status = reply.http.status;
  const bool moved = status == 301 || status == 302 || status == 307 || status == 308;
  const std::string& code = reply.failure.error.code;
  if (!moved && status != 400 && code != "AuthorizationHeaderMalformed") return false;
  std::string region = reply.http.Header("x-amz-bucket-region");
  if (region.empty()) region = reply.failure.error.region;
  if (!region.empty() && region != correction->region) {
    correction->region = region;
    correction->host.clear();
    const std::lock_guard lock(mutex_);
    regions_[request.bucket] = region;
    return true;
  }
  // A custom endpoint must not send us to any machine it likes.
  if (!moved || !options_.endpoint.IsAmazon() || !correction->host.empty()) return false;
  correction->host = AmazonHostOf(reply.http.Header("location"));
  return !correction->host.empty();
}

bool S3Client::FixClock(const S3Reply& reply) {
  auto server = ParseHttpDate(reply.http.Header("date"));
  if (!server) server = ParseIsoTime(reply.failure.error.server_time);
  if (!server) return false;
  const int64_t skew = *server - NowMs();
  if (std::abs(skew) < kSmallSkewMs) return false;
  clock_skew_ms_ = skew;
  return true;
}

bool S3Client::Correct(const S3Request& request, const S3Reply& reply, Correction* correction) {
  const std::string& code = reply.failure.error.code;
  if (code == "RequestTimeTooSkewed" && !correction->clock_fixed) {
    correction->clock_fixed = true;
    return FixClock(reply);
  }
  const bool expired = code == "ExpiredToken" || code == "TokenRefreshRequired";
  if (expired && credentials_ != nullptr && !correction->token_refreshed) {
    correction->token_refreshed = true;
    credentials_->Invalidate(correction->credentials.access_key_id);
    Result<AwsCredentials> fresh = credentials_->Get();
    if (!fresh.ok()) return false;
    correction->credentials = *std::move(fresh);
    return true;
  }
  return FollowRegion(request, reply, correction);
}

S3Reply S3Client::Send(const S3Request& request) {
  Correction correction;
  correction.region = RegionOf(request.bucket);
  S3Reply reply;
  if (credentials_ != nullptr) {
    Result<AwsCredentials> credentials = credentials_->Get();
    if (!credentials.ok()) {
      reply.failure.status = credentials.status().WithContext(request.what);
      reply.failure.reason = ReasonForStatus(reply.failure.status);
      reply.failure.retryable = credentials.status().code() == StatusCode::kUnavailable;
      return reply;
    }
    correction.credentials = *std::move(credentials);
  }
  for (int i = 0;; ++i) {
    reply = SendOnce(request, correction);
    if (reply.failure.status.ok() || reply.http.status == 0 || i == kMaxCorrections) return reply;
    if (!Correct(request, reply, &correction)) return reply;
  }
}

S3Reply S3Client::SendWithRetries(const S3Request& request) {
  RetryBudget budget = NewBudget();
  for (;;) {
    S3Reply reply = Send(request);
    if (!reply.failure.retryable || !budget.WaitForNext(reply.failure.retry_after)) return reply;
  }
}

}  // namespace assay
