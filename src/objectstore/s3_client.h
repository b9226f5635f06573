// S3Client: one signed exchange with S3 at a time, sent again to where the bucket really lies, with
// the clock the server has and with credentials that have not expired; and the patience to try
// again what may succeed later.
//
// Thread rule: S3Client may be used by several threads at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "aws/credentials.h"
#include "aws/http.h"
#include "aws/retry_budget.h"
#include "aws/sigv4.h"
#include "base/status.h"
#include "objectstore/s3_endpoint.h"
#include "objectstore/s3_error.h"

namespace assay {

struct S3Request {
  std::string_view what;  // the operation's name, for messages
  std::string method = "GET";
  std::string bucket;  // "" = the service itself
  std::string key;     // "" = the bucket itself
  QueryParameters query;
  HeaderList headers;
  std::string body;
  BodySink sink;  // see HttpRequest::sink
  size_t max_body = size_t{1} << 20;
};

struct S3Reply {
  HttpReply http;
  S3Failure failure;  // .status is OK for a reply of 200-299 that came whole
};

struct S3ClientOptions {
  S3Endpoint endpoint;
  std::string region;  // for buckets whose region is not known yet
  bool requester_pays = false;
  uint32_t max_attempts = 6;
  std::chrono::milliseconds retry_time{300000};
  std::shared_ptr<RateLimiter> limiter;  // asked before each request; null = no limit
};

class S3Client {
 public:
  // `credentials` null = anonymous requests.
  S3Client(S3ClientOptions options, std::unique_ptr<HttpClient> http,
           std::shared_ptr<CredentialProvider> credentials);

  // One exchange, not retried except for a wrong region, a wrong clock and expired credentials.
  S3Reply Send(const S3Request& request);
  // The same with retries: for requests whose reply is read as a whole.
  S3Reply SendWithRetries(const S3Request& request);

  RetryBudget NewBudget() const {
    return {options_.max_attempts, options_.retry_time, http_->options().cancel};
  }
  // The region learnt for a bucket, else the one to start with.
  std::string RegionOf(const std::string& bucket);

 private:
  struct Correction;
  S3Reply SendOnce(const S3Request& request, const Correction& correction);
  // Learns from a refusal; true when the request is worth sending again at once.
  bool Correct(const S3Request& request, const S3Reply& reply, Correction* correction);
  bool FollowRegion(const S3Request& request, const S3Reply& reply, Correction* correction);
  bool FixClock(const S3Reply& reply);

  const S3ClientOptions options_;
  const std::unique_ptr<HttpClient> http_;
  const std::shared_ptr<CredentialProvider> credentials_;
  const Sigv4Signer signer_{"s3", PathRule::kAsSent};
  std::atomic<int64_t> clock_skew_ms_{0};
  std::mutex mutex_;
  std::map<std::string, std::string> regions_;  // bucket -> region; guarded by mutex_
};

}  // namespace assay
