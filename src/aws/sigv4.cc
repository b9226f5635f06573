#include "aws/sigv4.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cctype>

#include "aws/aws_time.h"
#include "base/hmac.h"

namespace assay {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// The 32 bytes of HMAC-SHA-256.
std::string Hmac(std::string_view key, std::string_view message) {
  const Sha256Digest digest = HmacSha256(key).Sign(message);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// A header value without outer blanks and with each run of inner blanks made one space.
std::string TrimmedValue(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Headers with lower-case names in order; values of one name joined by ',' in the order given.
HeaderList CanonicalHeaders(const HeaderList& headers) {
  HeaderList out;
  out.reserve(headers.size());
  for (const auto& [name, value] : headers) out.emplace_back(LowerCase(name), TrimmedValue(value));
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  HeaderList merged;
  merged.reserve(out.size());
  for (auto& header : out) {
    if (!merged.empty() && merged.back().first == header.first) {
      merged.back().second += ',' + header.second;
    } else {
      merged.push_back(std::move(header));
    }
  }
  return merged;
}

std::string JoinNames(const HeaderList& canonical_headers) {
  std::string names;
  for (const auto& header : canonical_headers) {
    if (!names.empty()) names += ';';
    names += header.first;
  }
  return names;
}

std::string CanonicalPath(std::string_view path, PathRule rule) {
  if (path.empty()) return "/";
  if (rule == PathRule::kAsSent) return std::string(path);
  std::vector<std::string_view> segments;
  size_t start = 1;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    start = end + 1;
  }
  std::string out;
  for (const std::string_view segment : segments) {
    out += '/';
    out += UriEncode(segment);
  }
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

std::string CanonicalQuery(const QueryParameters& query) {
  QueryParameters encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(UriEncode(name), UriEncode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name + '=' + value;
  }
  return out;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  Sha256Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return DigestHex(digest, digest.size());
}

std::string SignedHeaders(const HeaderList& headers) {
  return JoinNames(CanonicalHeaders(headers));
}

std::string CanonicalRequest(const SignableRequest& request, PathRule rule) {
  const HeaderList headers = CanonicalHeaders(request.headers);
  std::string out = request.method;
  out += '\n' + CanonicalPath(request.path, rule);
  out += '\n' + CanonicalQuery(request.query) + '\n';
  for (const auto& [name, value] : headers) out += name + ':' + value + '\n';
  out += '\n' + JoinNames(headers);
  out += '\n' + request.payload_hash;
  return out;
}

std::string CredentialScope(std::string_view amz_date, std::string_view region,
                            std::string_view service) {
  std::string scope(amz_date.substr(0, 8));
  scope.append("/").append(region).append("/").append(service).append("/aws4_request");
  return scope;
}

std::string StringToSign(std::string_view amz_date, std::string_view scope,
                         std::string_view canonical_request) {
  std::string out(kAlgorithm);
  out.append("\n").append(amz_date).append("\n").append(scope).append("\n");
  return out += Sha256Hex(canonical_request);
}

std::string SigningKey(std::string_view secret_access_key, std::string_view amz_date,
                       std::string_view region, std::string_view service) {
  const std::string secret = "AWS4" + std::string(secret_access_key);
  const std::string day = Hmac(secret, amz_date.substr(0, 8));
  return Hmac(Hmac(Hmac(day, region), service), "aws4_request");
}

std::string Signature(std::string_view signing_key, std::string_view string_to_sign) {
  const Sha256Digest digest = HmacSha256(signing_key).Sign(string_to_sign);
  return DigestHex(digest, digest.size());
}

std::string Sigv4Signer::CachedSigningKey(const AwsCredentials& credentials,
                                          std::string_view amz_date,
                                          std::string_view region) const {
  std::string cache_key = credentials.secret_access_key;
  cache_key.append("\n").append(amz_date.substr(0, 8)).append("\n").append(region);
  const std::lock_guard lock(mutex_);
  if (cached_for_ != cache_key) {
    cached_key_ = SigningKey(credentials.secret_access_key, amz_date, region, service_);
    cached_for_ = std::move(cache_key);
  }
  return cached_key_;
}

void Sigv4Signer::Sign(const AwsCredentials& credentials, std::string_view region, int64_t now_ms,
                       SignableRequest* request) const {
  const std::string amz_date = FormatAmzDate(now_ms);
  request->headers.emplace_back("x-amz-date", amz_date);
  if (service_ == "s3")
    request->headers.emplace_back("x-amz-content-sha256", request->payload_hash);
  if (!credentials.session_token.empty()) {
    request->headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  const std::string scope = CredentialScope(amz_date, region, service_);
  const std::string to_sign = StringToSign(amz_date, scope, CanonicalRequest(*request, rule_));
  const std::string signature = Signature(CachedSigningKey(credentials, amz_date, region), to_sign);
  std::string authorization(kAlgorithm);
  authorization += " Credential=" + credentials.access_key_id + '/' + scope;
  authorization += ", SignedHeaders=" + SignedHeaders(request->headers);
  authorization += ", Signature=" + signature;
  request->headers.emplace_back("Authorization", std::move(authorization));
}

void Sigv4Signer::Presign(const AwsCredentials& credentials, std::string_view region,
                          int64_t now_ms, uint32_t expires_seconds,
                          SignableRequest* request) const {
  const std::string amz_date = FormatAmzDate(now_ms);
  const std::string scope = CredentialScope(amz_date, region, service_);
  QueryParameters& query = request->query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + '/' + scope);
  query.emplace_back("X-Amz-Date", amz_date);
  query.emplace_back("X-Amz-Expires", std::to_string(expires_seconds));
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  query.emplace_back("X-Amz-SignedHeaders", SignedHeaders(request->headers));
  if (service_ == "s3") request->payload_hash = std::string(kUnsignedPayload);
  const std::string to_sign = StringToSign(amz_date, scope, CanonicalRequest(*request, rule_));
  query.emplace_back("X-Amz-Signature",
                     Signature(CachedSigningKey(credentials, amz_date, region), to_sign));
}

}  // namespace assay
