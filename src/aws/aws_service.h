// AwsServiceClient: signed calls to one AWS service that speaks the query protocol (form in, XML
// out: IAM, STS), AWS JSON 1.0/1.1 (KMS, CloudTrail, SQS) or REST with XML (S3 Control), with
// retries. The typed calls of each service stand in iam.h, sts.h, kms.h, cloudtrail.h, sqs.h and
// s3_control.h. Buckets and objects are src/objectstore's.
// Source: Smithy specifications "AWS query protocol" and "AWS JSON 1.x protocol"; "Common Errors"
// of the services' API references.
//
// Thread rule: a client may be used by several threads at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/http.h"
#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

// Where a service is and with what it is asked.
struct AwsServiceContext {
  std::string service;       // "iam", "sts", "kms", "cloudtrail", "sqs", "s3": the name signed for
  std::string endpoint_url;  // "https://kms.eu-west-1.amazonaws.com"
  std::string region;        // that is signed for
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<CredentialProvider> credentials;  // null = not signed
  uint32_t max_attempts = 4;
  std::chrono::milliseconds retry_time{30000};
};

// The endpoint of a service: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, else Amazon's own in
// that region (IAM has one for all regions).
std::string DefaultServiceEndpoint(std::string_view service, std::string_view region,
                                   const Environment& environment);
// The region that requests to the service are signed for: IAM's is fixed for each partition.
std::string SigningRegion(std::string_view service, std::string_view region);

// What a service said when it refused.
struct AwsError {
  int http_status = 0;  // 0 = no reply came
  std::string code;     // "NoSuchEntity"; only letters, digits and dots; "" = none
  std::string message;  // printable ASCII, at most 300 bytes
};

AwsError ParseXmlError(int http_status, std::string_view body);
// `type_header` is the value of x-amzn-ErrorType.
AwsError ParseJsonError(int http_status, std::string_view type_header, std::string_view body);

// kNotFound: the named thing does not exist; kPermissionDenied: these credentials may not;
// kUnavailable: throttled or broken, worth trying again; kUnimplemented: the service does not know
// the operation, or there is no such service; kResourceExhausted: a limit of the account;
// kInvalidArgument: anything else. `what` ("iam GetRole") begins the message.
Status StatusOfAwsError(const AwsError& error, std::string_view what);

class AwsServiceClient {
 public:
  explicit AwsServiceClient(AwsServiceContext context);

  // The XML of a good reply. `error` (may be null) takes what the service said otherwise.
  Result<std::string> Query(const std::string& action, const std::string& version,
                            QueryParameters parameters, AwsError* error = nullptr) const;
  // The JSON of a good reply. `target` is the value of X-Amz-Target ("TrentService.DescribeKey"),
  // `json_version` is "1.0" or "1.1".
  Result<std::string> Json(const std::string& target, std::string_view json_version,
                           const std::string& body, AwsError* error = nullptr) const;

  // The XML of a good reply to a GET of `path` (percent-encoded) with these headers.
  Result<std::string> RestXml(std::string_view operation, const std::string& path,
                              HeaderList headers, AwsError* error = nullptr) const;

  const AwsServiceContext& context() const { return context_; }

 private:
  struct Call;
  struct Attempt;
  Result<std::string> Perform(const Call& call, AwsError* error) const;
  Attempt Send(const Call& call, const AwsCredentials& credentials) const;
  // Learns from a refusal (a wrong clock, expired credentials); true when the call is worth sending
  // again at once.
  bool Correct(const Attempt& attempt, AwsCredentials* credentials) const;

  const AwsServiceContext context_;
  const Sigv4Signer signer_;
  mutable std::atomic<int64_t> clock_skew_ms_{0};
};

}  // namespace assay
