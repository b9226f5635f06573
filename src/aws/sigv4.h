// AWS Signature Version 4, in steps, so that the same code signs requests and (later) checks those
// of callers. Source: "AWS Signature Version 4 for API requests" (IAM user guide) and
// "Authenticating Requests (AWS Signature Version 4)" (Amazon S3 API reference).
//
// Thread rule: the free functions are pure; a Sigv4Signer may be used by several threads at once.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/uri.h"

namespace assay {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // "" for long-term keys
  int64_t expires_at_ms = 0;  // milliseconds since the Unix epoch; 0 = never
};

// SHA-256 of no bytes, in hex; and the word that stands for a body that is not hashed.
inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// How the path of a request becomes the canonical URI.
enum class PathRule {
  kAsSent,      // Amazon S3: exactly the encoded path that is sent
  kNormalized,  // all other services: "." and ".." resolved, double '/' merged, encoded again
};

// What is signed: one HTTP request.
struct SignableRequest {
  std::string method;
  std::string path;       // percent-encoded as it is sent, starts with '/'
  QueryParameters query;  // not encoded
  HeaderList headers;     // every one of them is signed; must hold the host
  std::string payload_hash = std::string(kEmptyPayloadHash);  // hex SHA-256 or kUnsignedPayload
};

// Lower-case hex of SHA-256.
std::string Sha256Hex(std::string_view bytes);

// "host;range;x-amz-date": lower case, sorted.
std::string SignedHeaders(const HeaderList& headers);
std::string CanonicalRequest(const SignableRequest& request, PathRule rule);
// "20130524/us-east-1/s3/aws4_request"; `amz_date` is "20130524T000000Z".
std::string CredentialScope(std::string_view amz_date, std::string_view region,
                            std::string_view service);
std::string StringToSign(std::string_view amz_date, std::string_view scope,
                         std::string_view canonical_request);
// The 32 bytes of the key derived for one day, region and service.
std::string SigningKey(std::string_view secret_access_key, std::string_view amz_date,
                       std::string_view region, std::string_view service);
// Hex of the signature.
std::string Signature(std::string_view signing_key, std::string_view string_to_sign);

// Signs requests to one service.
class Sigv4Signer {
 public:
  Sigv4Signer(std::string service, PathRule rule) : service_(std::move(service)), rule_(rule) {}

  // Adds x-amz-date, x-amz-security-token (with a session token), x-amz-content-sha256 (S3 only)
  // and Authorization to request->headers.
  void Sign(const AwsCredentials& credentials, std::string_view region, int64_t now_ms,
            SignableRequest* request) const;

  // Adds the X-Amz-... parameters to request->query, so that the URL alone is the right to do this
  // for `expires_seconds` (1 to 604800). The headers in it become part of the signature.
  void Presign(const AwsCredentials& credentials, std::string_view region, int64_t now_ms,
               uint32_t expires_seconds, SignableRequest* request) const;

 private:
  // SigningKey, remembered for the last secret, day and region.
  std::string CachedSigningKey(const AwsCredentials& credentials, std::string_view amz_date,
                               std::string_view region) const;

  const std::string service_;
  const PathRule rule_;
  mutable std::mutex mutex_;
  mutable std::string cached_for_;  // guarded by mutex_
  mutable std::string cached_key_;  // guarded by mutex_
};

}  // namespace assay
