// S3Store: an ObjectStore over the S3 REST API: Amazon S3 and every server that speaks it.
//
// Thread rule: all methods may be called by several threads at once; each call uses one connection
// of a pool and blocks until it is done, failed for good or cancelled.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "objectstore/object_store.h"

namespace assay {

class CredentialProvider;  // aws/credentials.h
class RateLimiter;         // aws/retry_budget.h

// How a bucket is named in a request.
enum class S3Addressing {
  kAuto,         // the profile's s3.addressing_style; else virtual-host on Amazon's own endpoints
                 // (path for names with dots, which their certificate does not cover), path on
                 // custom endpoints
  kPath,         // https://endpoint/bucket/key
  kVirtualHost,  // https://bucket.endpoint/key
};

// Every member may be left as it is; the environment and the shared configuration files then decide
// (AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL,
// AWS_CA_BUNDLE, AWS_MAX_ATTEMPTS ...: names of the AWS SDKs and tools reference guide).
struct S3StoreOptions {
  std::string endpoint_url;       // "http://127.0.0.1:9000"; "" = see above, else Amazon S3
  std::string region;             // region to start with; a bucket's own is discovered
  std::string profile;            // --profile: then AWS_ACCESS_KEY_ID ... are not looked at
  std::string role_arn;           // role to assume with the credentials found
  std::string external_id;        // for role_arn
  std::string role_session_name;  // for role_arn; "" = AWS_ROLE_SESSION_NAME or "assay-<time>"
  S3Addressing addressing = S3Addressing::kAuto;
  bool no_sign_request = false;  // anonymous requests
  bool requester_pays = false;   // agree to pay for requests to requester-pays buckets
  bool verify_tls = true;
  std::string ca_bundle;  // PEM file of trusted authorities
  // Requests made for one call without a byte of progress between them; 0 = AWS_MAX_ATTEMPTS or 6.
  uint32_t max_attempts = 0;
  // No retry starts later than this after the start of the call.
  std::chrono::milliseconds retry_time{std::chrono::minutes(5)};
  std::chrono::milliseconds connect_timeout{10000};
  // A reply that moves no byte for this long is given up (and resumed by a retry). There is no
  // limit on the whole time of a body.
  std::chrono::seconds stall_timeout{30};
  // When it becomes true, calls in progress end with kCancelled within a second. May be null; must
  // outlive the store.
  const std::atomic<bool>* cancel = nullptr;
  // Where credentials come from instead of the chain above; null = the chain.
  std::shared_ptr<CredentialProvider> credentials;
  // Asked before each request; stores may share one. null = no limit.
  std::shared_ptr<RateLimiter> limiter;
};

class S3Store : public ObjectStore {
 public:
  // Reads the configuration files but sends nothing: credentials are fetched at the first request.
  // kInvalidArgument: a malformed endpoint, an unknown profile, contradictory options.
  static Result<std::unique_ptr<S3Store>> Open(const S3StoreOptions& options);

  ~S3Store() override = default;

  // Buckets of the account the credentials belong to.
  Result<std::vector<BucketInfo>> ListBuckets() override = 0;
  // Region of a bucket as the store tells it ("us-east-1" when it says nothing); needs no right on
  // the bucket. kNotFound when there is no such bucket.
  virtual Result<std::string> BucketRegion(const std::string& bucket) = 0;

  // Makes a bucket in the region the store was opened with; OK when the account owns it already.
  virtual Status CreateBucket(const std::string& bucket) = 0;
  // Replaces the bucket's policy by `policy` (JSON).
  virtual Status PutBucketPolicy(const std::string& bucket, const std::string& policy) = 0;
};

}  // namespace assay
