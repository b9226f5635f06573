#include "aws/sigv4_verify.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "aws/aws_time.h"
#include "base/constant_time.h"

namespace assay {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr int64_t kMaxExpiresSeconds = 604800;
constexpr size_t kMaxSignedHeaders = 100;

using Claim = std::variant<Sigv4Claim, Sigv4Refusal>;

Sigv4Refusal Incomplete(std::string message) {
  return {"IncompleteSignatureException", std::move(message)};
}
Sigv4Refusal Invalid(std::string message) {
  return {"InvalidSignatureException", std::move(message)};
}
Sigv4Refusal Missing() {
  return {"MissingAuthenticationTokenException", "Missing Authentication Token"};
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && Lower(a) == Lower(b);
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What a caller sent, in a form that can go into an error message.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 128)) {
    out += (c >= ' ' && c <= '~') ? c : '?';
  }
  return out += '\'';
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The value of a header, empty when it is absent; *count says how often it is there.
std::string_view HeaderValue(const HeaderList& headers, std::string_view name, size_t* count) {
  std::string_view value;
  *count = 0;
  for (const auto& [header, text] : headers) {
    if (!EqualIgnoringCase(header, name)) continue;
    if ((*count)++ == 0) value = Trim(text);
  }
  return value;
}

QueryParameters ReadQuery(std::string_view query) {
  QueryParameters parameters;
  if (query.empty()) return parameters;
  for (const std::string_view pair : Split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    parameters.emplace_back(UriDecode(pair.substr(0, equals)), UriDecode(value));
  }
  return parameters;
}

// The parts of an Authorization header or of a presigned URL, before they are looked at.
struct Parts {
  std::optional<std::string> credential;
  std::optional<std::string> signed_headers;
  std::optional<std::string> signature;
  std::optional<std::string> date;
  std::optional<std::string> expires;
};

// Puts `value` into *slot; a part that comes twice is ambiguous.
std::optional<Sigv4Refusal> Take(std::string_view name, std::string_view value,
                                 std::optional<std::string>* slot) {
  if (slot->has_value()) return Incomplete("'" + std::string(name) + "' is given more than once.");
  *slot = std::string(value);
  return std::nullopt;
}

std::optional<Sigv4Refusal> RequireAll(const Parts& parts, std::string_view where) {
  std::string missing;
  const auto require = [&](const std::optional<std::string>& part, std::string_view name) {
    if (part && !part->empty()) return;
    missing.append(missing.empty() ? "" : " ").append(where).append(" requires '");
    missing.append(name).append("' parameter.");
  };
  require(parts.credential, where == "Authorization header" ? "Credential" : "X-Amz-Credential");
  require(parts.signed_headers,
          where == "Authorization header" ? "SignedHeaders" : "X-Amz-SignedHeaders");
  require(parts.signature, where == "Authorization header" ? "Signature" : "X-Amz-Signature");
  require(parts.date, "X-Amz-Date");
  if (missing.empty()) return std::nullopt;
  return Incomplete(missing);
}

std::optional<Sigv4Refusal> ReadAuthorization(std::string_view text, Parts* parts) {
  const size_t blank = text.find(' ');
  const std::string_view algorithm = text.substr(0, blank);
  // Other schemes (Basic, Bearer) are no AWS signature at all; other AWS ones are weaker or
  // foreign.
  if (!algorithm.starts_with("AWS")) return Missing();
  if (algorithm != kAlgorithm) {
    return Incomplete("Unsupported AWS 'algorithm': " + Quoted(algorithm) + ". Sign with " +
                      std::string(kAlgorithm) + ".");
  }
  const std::string_view list = blank == std::string_view::npos ? "" : text.substr(blank + 1);
  for (const std::string_view raw : Split(list, ',')) {
    const std::string_view item = Trim(raw);
    const size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
    std::optional<Sigv4Refusal> refusal;
    if (name == "Credential") {
      refusal = Take(name, value, &parts->credential);
    } else if (name == "SignedHeaders") {
      refusal = Take(name, value, &parts->signed_headers);
    } else if (name == "Signature") {
      refusal = Take(name, value, &parts->signature);
    } else if (!item.empty()) {
      refusal = Incomplete(Quoted(name) + " not a valid key=value pair in Authorization header.");
    }
    if (refusal) return refusal;
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadDateHeader(const HeaderList& headers, Parts* parts) {
  size_t count = 0;
  const std::string_view amz_date = HeaderValue(headers, "x-amz-date", &count);
  if (count > 1) return Incomplete("'X-Amz-Date' is given more than once.");
  if (count == 1) {
    parts->date = std::string(amz_date);
    return std::nullopt;
  }
  const std::string_view date = HeaderValue(headers, "date", &count);
  if (count > 1) return Incomplete("'Date' is given more than once.");
  if (const auto ms = count == 1 ? ParseHttpDate(date) : std::nullopt) {
    parts->date = FormatAmzDate(*ms);
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadPresigned(const QueryParameters& query, Parts* parts) {
  std::optional<std::string> algorithm;
  for (const auto& [name, value] : query) {
    std::optional<Sigv4Refusal> refusal;
    if (name == "X-Amz-Algorithm") refusal = Take(name, value, &algorithm);
    if (name == "X-Amz-Credential") refusal = Take(name, value, &parts->credential);
    if (name == "X-Amz-SignedHeaders") refusal = Take(name, value, &parts->signed_headers);
    if (name == "X-Amz-Signature") refusal = Take(name, value, &parts->signature);
    if (name == "X-Amz-Date") refusal = Take(name, value, &parts->date);
    if (name == "X-Amz-Expires") refusal = Take(name, value, &parts->expires);
    if (refusal) return refusal;
  }
  if (algorithm.value_or("") != kAlgorithm) {
    return Incomplete("Unsupported AWS 'algorithm': " + Quoted(algorithm.value_or("")) +
                      ". Sign with " + std::string(kAlgorithm) + ".");
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadCredential(std::string_view text, std::string_view service,
                                           Sigv4Claim* claim) {
  const std::vector<std::string_view> parts = Split(text, '/');
  if (parts.size() != 5) {
    return Incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got " +
        Quoted(text));
  }
  claim->access_key_id = std::string(parts[0]);
  claim->scope_date = std::string(parts[1]);
  claim->region = std::string(parts[2]);
  claim->service = std::string(parts[3]);
  if (claim->access_key_id.empty()) return Incomplete("Credential requires an access key id.");
  const bool region_ok = !claim->region.empty() && claim->region.size() <= 64 &&
                         std::all_of(claim->region.begin(), claim->region.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                         });
  if (!region_ok) {
    return Invalid("Credential should be scoped to a valid region, not " + Quoted(parts[2]) + ".");
  }
  if (claim->service != service) {
    return Invalid("Credential should be scoped to correct service: " + Quoted(service) + ".");
  }
  if (parts[4] != kTerminator) {
    return Invalid("Credential should be scoped with a valid terminator: 'aws4_request', not " +
                   Quoted(parts[4]) + ".");
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadDate(const std::string& text, Sigv4Claim* claim) {
  const bool form = text.size() == 16 && text[8] == 'T' && text[15] == 'Z';
  const std::optional<int64_t> ms = form ? ParseIsoTime(text) : std::nullopt;
  if (!ms || FormatAmzDate(*ms) != text) {
    return Incomplete("Date must be in ISO-8601 'basic format'. Got " + Quoted(text) +
                      ". See http://en.wikipedia.org/wiki/ISO_8601");
  }
  claim->amz_date = text;
  claim->signed_at_ms = *ms;
  const std::string day = text.substr(0, 8);
  if (claim->scope_date != day) {
    return Invalid(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP: " +
        Quoted(claim->scope_date) + " != '" + day + "', from '" + text + "'.");
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadExpires(const std::string& text, Sigv4Claim* claim) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, claim->expires_seconds);
  if (error != std::errc() || stop != end || claim->expires_seconds < 1 ||
      claim->expires_seconds > kMaxExpiresSeconds) {
    return Incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.");
  }
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadSignature(const std::string& text, Sigv4Claim* claim) {
  const bool hex = text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  // Also HMAC-SHA-1 (40 digits): there is only one algorithm.
  if (!hex) return Invalid("The signature must be 64 lower-case hexadecimal digits.");
  claim->signature = text;
  return std::nullopt;
}

std::optional<Sigv4Refusal> ReadSignedHeaders(const std::string& text, const HeaderList& headers,
                                              Sigv4Claim* claim) {
  for (const std::string_view name : Split(text, ';')) claim->signed_headers.emplace_back(name);
  std::vector<std::string>& names = claim->signed_headers;
  const bool strictly_sorted =
      std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
  const bool lower = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return !name.empty() && Lower(name) == name;
  });
  if (!strictly_sorted || !lower || names.size() > kMaxSignedHeaders) {
    return Incomplete("SignedHeaders must be lower-case header names, sorted, each once.");
  }
  if (!std::binary_search(names.begin(), names.end(), "host")) {
    return Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const std::string& name : names) {
    size_t count = 0;
    HeaderValue(headers, name, &count);
    if (count == 0) return Invalid("Signed header " + Quoted(name) + " is not in the request.");
  }
  for (const auto& header : headers) {
    const std::string name = Lower(header.first);
    if (!name.starts_with("x-amz-") && name != "host") continue;
    size_t count = 0;
    HeaderValue(headers, name, &count);
    if (count > 1) return Invalid("Header " + Quoted(name) + " is given more than once.");
    if (!std::binary_search(names.begin(), names.end(), name)) {
      return Invalid(
          "There were headers present in the request which were not signed: " + Quoted(name) + ".");
    }
  }
  return std::nullopt;
}

// A body that is not covered by the signature would make the signature worth little.
std::optional<Sigv4Refusal> CheckPayloadHeader(const Sigv4Call& call) {
  size_t count = 0;
  const std::string_view declared = HeaderValue(*call.headers, "x-amz-content-sha256", &count);
  if (count == 0) return std::nullopt;
  if (declared == kUnsignedPayload || declared.starts_with("STREAMING-")) {
    return Invalid("This service needs a signed payload, not " + Quoted(declared) + ".");
  }
  return std::nullopt;
}

// Signature Version 2 in its forms: refused by name, so that the caller knows what to change.
bool IsSignatureVersion2(const QueryParameters& query) {
  return std::any_of(query.begin(), query.end(), [](const auto& parameter) {
    return parameter.first == "AWSAccessKeyId" || parameter.first == "SignatureVersion" ||
           parameter.first == "SignatureMethod";
  });
}

bool HasSessionToken(const Sigv4Call& call, const QueryParameters& query) {
  size_t count = 0;
  HeaderValue(*call.headers, "x-amz-security-token", &count);
  return count > 0 || std::any_of(query.begin(), query.end(), [](const auto& parameter) {
           return Lower(parameter.first) == "x-amz-security-token";
         });
}

std::optional<Sigv4Refusal> ReadParts(const Sigv4Call& call, const QueryParameters& query,
                                      Parts* parts, bool* presigned) {
  size_t authorizations = 0;
  const std::string_view authorization =
      HeaderValue(*call.headers, "authorization", &authorizations);
  *presigned = std::any_of(query.begin(), query.end(), [](const auto& parameter) {
    return parameter.first == "X-Amz-Algorithm" || parameter.first == "X-Amz-Signature" ||
           parameter.first == "X-Amz-Credential";
  });
  if (authorizations + (*presigned ? 1 : 0) > 1) {
    return Incomplete("The request is signed more than once: keep one Authorization.");
  }
  if (IsSignatureVersion2(query)) {
    return Incomplete("Signature Version 2 is not accepted. Sign with " + std::string(kAlgorithm) +
                      ".");
  }
  if (*presigned) {
    if (auto refusal = ReadPresigned(query, parts)) return refusal;
    return RequireAll(*parts, "AWS query-string parameters");
  }
  if (authorizations == 0) return Missing();
  if (auto refusal = ReadAuthorization(authorization, parts)) return refusal;
  if (auto refusal = ReadDateHeader(*call.headers, parts)) return refusal;
  return RequireAll(*parts, "Authorization header");
}

std::string WithinMinutes(const Sigv4Claim& claim, int64_t now_ms, int64_t skew_ms) {
  const bool expired = claim.signed_at_ms < now_ms;
  const int64_t bound = expired ? now_ms - skew_ms : now_ms + skew_ms;
  const std::string minutes = std::to_string(skew_ms / 60'000) + " min.)";
  if (expired) {
    return "Signature expired: " + claim.amz_date + " is now earlier than " + FormatAmzDate(bound) +
           " (" + FormatAmzDate(now_ms) + " - " + minutes;
  }
  return "Signature not yet current: " + claim.amz_date + " is still later than " +
         FormatAmzDate(bound) + " (" + FormatAmzDate(now_ms) + " + " + minutes;
}

std::optional<Sigv4Refusal> CheckTime(const Sigv4Claim& claim, int64_t now_ms, int64_t skew_ms) {
  if (claim.signed_at_ms > now_ms + skew_ms) return Invalid(WithinMinutes(claim, now_ms, skew_ms));
  if (claim.presigned) {
    if (now_ms <= claim.signed_at_ms + claim.expires_seconds * 1000) return std::nullopt;
    return Sigv4Refusal{"RequestExpired", "Request has expired."};
  }
  if (claim.signed_at_ms < now_ms - skew_ms) return Invalid(WithinMinutes(claim, now_ms, skew_ms));
  return std::nullopt;
}

// The request in the form that the signer signs: only what the claim says was signed.
SignableRequest Signable(const Sigv4Call& call, const Sigv4Claim& claim) {
  SignableRequest request;
  request.method = std::string(call.method);
  request.path = std::string(call.path);
  request.query = ReadQuery(call.query);
  if (claim.presigned) {
    std::erase_if(request.query,
                  [](const auto& parameter) { return parameter.first == "X-Amz-Signature"; });
  }
  for (const auto& header : *call.headers) {
    if (std::binary_search(claim.signed_headers.begin(), claim.signed_headers.end(),
                           Lower(header.first))) {
      request.headers.push_back(header);
    }
  }
  request.payload_hash = Sha256Hex(call.body);
  return request;
}

Sigv4Refusal Replayed() {
  return Invalid(
      "This request was received before: a signature is good for one request. Sign it again.");
}

Sigv4Refusal SignedInTheSameSecond() {
  return {"ThrottlingException",
          "An equal request was signed in the same second: a signature is good for one request. "
          "Sign it again.",
          true};
}

// What tells apart two calls, or two attempts at one, that were signed in the same second.
std::string AttemptOf(const HeaderList& headers) {
  size_t count = 0;
  std::string attempt(HeaderValue(headers, "amz-sdk-invocation-id", &count).substr(0, 64));
  attempt += '\t';
  return attempt += HeaderValue(headers, "amz-sdk-request", &count).substr(0, 64);
}

}  // namespace

Claim ReadSigv4Claim(const Sigv4Call& call, std::string_view service) {
  const QueryParameters query = ReadQuery(call.query);
  Parts parts;
  Sigv4Claim claim;
  if (auto refusal = ReadParts(call, query, &parts, &claim.presigned)) return *refusal;
  if (auto refusal = ReadCredential(*parts.credential, service, &claim)) return *refusal;
  if (auto refusal = ReadDate(*parts.date, &claim)) return *refusal;
  if (claim.presigned) {
    if (auto refusal = ReadExpires(parts.expires.value_or(""), &claim)) return *refusal;
  }
  if (auto refusal = ReadSignature(*parts.signature, &claim)) return *refusal;
  if (auto refusal = CheckPayloadHeader(call)) return *refusal;
  if (auto refusal = ReadSignedHeaders(*parts.signed_headers, *call.headers, &claim)) {
    return *refusal;
  }
  // Temporary credentials come from STS, which this service is not: none of ours has a token.
  if (HasSessionToken(call, query)) {
    return Sigv4Refusal{"UnrecognizedClientException",
                        "The security token included in the request is invalid."};
  }
  return claim;
}

std::optional<Sigv4Refusal> Sigv4Verifier::Check(const Sigv4Call& call, const Sigv4Claim& claim,
                                                 std::string_view secret_access_key, Sigv4Use use,
                                                 int64_t now_ms) {
  if (auto refusal = CheckTime(claim, now_ms, options_.max_skew_ms)) return refusal;
  const SignableRequest request = Signable(call, claim);
  size_t count = 0;
  const std::string_view declared = HeaderValue(*call.headers, "x-amz-content-sha256", &count);
  if (count == 1 && declared != request.payload_hash) {
    return Invalid(
        "The value passed in as x-amz-content-sha256 does not match the request payload.");
  }
  const std::string scope = CredentialScope(claim.amz_date, claim.region, claim.service);
  const std::string to_sign =
      StringToSign(claim.amz_date, scope, CanonicalRequest(request, PathRule::kNormalized));
  const std::string expected = Signature(
      SigningKey(secret_access_key, claim.amz_date, claim.region, claim.service), to_sign);
  if (!ConstantTimeEqual(expected, claim.signature)) {
    return Invalid(
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.");
  }
  return CheckReplay(call, claim, use, now_ms);
}

std::optional<Sigv4Refusal> Sigv4Verifier::CheckReplay(const Sigv4Call& call,
                                                       const Sigv4Claim& claim, Sigv4Use use,
                                                       int64_t now_ms) {
  if (use == Sigv4Use::kRead && claim.presigned) return std::nullopt;
  const int64_t until_ms = claim.signed_at_ms + options_.max_skew_ms;
  if (claim.presigned && now_ms > until_ms) {
    return Sigv4Refusal{"RequestExpired",
                        "A presigned request that changes something is good for five minutes."};
  }
  const std::string attempt = AttemptOf(*call.headers);
  const std::lock_guard lock(mutex_);
  Memory& memory = use == Sigv4Use::kRead ? reads_ : changes_;
  Forget(&memory, now_ms);
  if (const auto found = memory.seen.find(claim.signature); found != memory.seen.end()) {
    const Seen& seen = found->second;
    if (claim.presigned || now_ms - seen.first_ms > options_.repeat_ms) return Replayed();
    if (use == Sigv4Use::kRead) return std::nullopt;
    return seen.attempt == attempt ? Replayed() : SignedInTheSameSecond();
  }
  const size_t room = use == Sigv4Use::kRead ? options_.max_reads : options_.max_changes;
  if (memory.seen.size() >= room) {
    if (use == Sigv4Use::kChange || memory.until.empty()) {
      return Sigv4Refusal{"ThrottlingException", "Rate exceeded", true};
    }
    memory.seen.erase(memory.until.begin()->second);
    memory.until.erase(memory.until.begin());
  }
  memory.seen.emplace(claim.signature, Seen{now_ms, attempt});
  memory.until.emplace(until_ms, claim.signature);
  return std::nullopt;
}

void Sigv4Verifier::Forget(Memory* memory, int64_t now_ms) {
  while (!memory->until.empty() && memory->until.begin()->first < now_ms) {
    memory->seen.erase(memory->until.begin()->second);
    memory->until.erase(memory->until.begin());
  }
}

}  // namespace assay
