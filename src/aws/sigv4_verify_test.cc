// Requests come from three signers: our own (pair test), the Signature Version 4 test suite that
// AWS publishes (example key AKIDEXAMPLE, 30 August 2015), and botocore 1.29.27 (recorded below;
// tests/api signs with it live).
#include "aws/sigv4_verify.h"

#include <gtest/gtest.h>

#include <string>

#include "aws/aws_time.h"

namespace assay {
namespace {

constexpr int64_t kNow = 1440938160000;  // 30 August 2015 12:36:00 UTC
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const AwsCredentials kCredentials = {.access_key_id = "AKIDEXAMPLE",
                                     .secret_access_key = std::string(kSecret),
                                     .session_token = "",
                                     .expires_at_ms = 0};

struct Request {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  HeaderList headers = {{"Host", "127.0.0.1:8765"},
                        {"X-Amz-Target", "MacieService.ListMemberAccounts"},
                        {"Content-Type", "application/x-amz-json-1.1"}};
  std::string body = "{}";

  Sigv4Call Call() const { return {method, path, query, &headers, body}; }
  std::string& Header(const std::string& name) {
    for (auto& [header, value] : headers) {
      if (header == name) return value;
    }
    headers.emplace_back(name, "");
    return headers.back().second;
  }
};

Request Signed(Request request = {}, int64_t at_ms = kNow, const std::string& service = "macie") {
  SignableRequest signable;
  signable.method = request.method;
  signable.path = request.path;
  signable.headers = request.headers;
  signable.payload_hash = Sha256Hex(request.body);
  Sigv4Signer(service, PathRule::kNormalized).Sign(kCredentials, "us-east-1", at_ms, &signable);
  request.headers = signable.headers;
  return request;
}

Request Presigned(Request request = {}, uint32_t expires = 60) {
  SignableRequest signable;
  signable.method = request.method;
  signable.path = request.path;
  signable.headers = request.headers;
  signable.payload_hash = Sha256Hex(request.body);
  Sigv4Signer("macie", PathRule::kNormalized)
      .Presign(kCredentials, "us-east-1", kNow, expires, &signable);
  request.query = EncodeQuery(signable.query);
  return request;
}

// "" when the request is accepted, else the error's name.
std::string Verify(const Request& request, Sigv4Verifier* verifier, Sigv4Use use = Sigv4Use::kRead,
                   int64_t now_ms = kNow, std::string_view secret = kSecret,
                   std::string* message = nullptr, std::string_view service = "macie") {
  const Sigv4Call call = request.Call();
  const auto claim = ReadSigv4Claim(call, service);
  if (const auto* refusal = std::get_if<Sigv4Refusal>(&claim)) {
    if (message != nullptr) *message = refusal->message;
    return refusal->name;
  }
  const auto refusal = verifier->Check(call, std::get<Sigv4Claim>(claim), secret, use, now_ms);
  if (refusal && message != nullptr) *message = refusal->message;
  return refusal ? refusal->name : "";
}

std::string Verify(const Request& request, int64_t now_ms = kNow) {
  Sigv4Verifier verifier;
  return Verify(request, &verifier, Sigv4Use::kRead, now_ms);
}

TEST(Sigv4VerifyTest, AcceptsWhatOurSignerSigns) {
  EXPECT_EQ(Verify(Signed()), "");
  EXPECT_EQ(Verify(Presigned()), "");
  Request odd;
  odd.method = "GET";
  odd.path = "/api/v1/buckets/111122223333/a%20b%2Fc/properties";
  odd.body = "";
  EXPECT_EQ(Verify(Signed(odd)), "");
}

TEST(Sigv4VerifyTest, ReadsTheClaim) {
  const Request request = Signed();
  const auto read = ReadSigv4Claim(request.Call(), "macie");
  const auto* claim = std::get_if<Sigv4Claim>(&read);
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(claim->access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(claim->region, "us-east-1");
  EXPECT_EQ(claim->amz_date, "20150830T123600Z");
  EXPECT_EQ(claim->signed_at_ms, kNow);
}

// "get-vanilla-query-order-key-case", "post-header-key-sort", "post-vanilla" of AWS's test suite.
TEST(Sigv4VerifyTest, AcceptsThePublishedExamples) {
  const auto example = [](const std::string& method, const std::string& query, HeaderList headers,
                          const std::string& signed_headers, const std::string& signature) {
    Request request;
    request.method = method;
    request.query = query;
    request.headers = std::move(headers);
    request.body = "";
    request.headers.emplace_back("Authorization",
                                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"
                                 "service/aws4_request, SignedHeaders=" +
                                     signed_headers + ", Signature=" + signature);
    Sigv4Verifier verifier;
    return Verify(request, &verifier, Sigv4Use::kRead, kNow, kSecret, nullptr, "service");
  };
  const HeaderList plain = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  EXPECT_EQ(example("GET", "", plain, "host;x-amz-date",
                    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            "");
  EXPECT_EQ(example("GET", "Param2=value2&Param1=value1", plain, "host;x-amz-date",
                    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
            "");
  EXPECT_EQ(example("POST", "", plain, "host;x-amz-date",
                    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            "");
  HeaderList sorted = plain;
  sorted.emplace_back("My-Header1", "value1");
  EXPECT_EQ(example("POST", "", sorted, "host;my-header1;x-amz-date",
                    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
            "");
}

TEST(Sigv4VerifyTest, AcceptsARequestOfBotocore) {
  Request request;
  request.body = R"({"memberAccountId":"111122223333"})";
  request.Header("X-Amz-Target") = "MacieService.ListS3Resources";
  request.Header("User-Agent") = "Boto3/1.26.27";
  request.Header("X-Amz-Date") = "20150830T123600Z";
  request.Header("Authorization") =
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-west-1/macie/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
      "Signature=86684ebdb94f9e1a665d48289c72c5ddd6e4e290a9b1f60e468c601e9612d63c";
  EXPECT_EQ(Verify(request), "");
}

TEST(Sigv4VerifyTest, EveryChangeOfWhatWasSignedIsFound) {
  std::vector<std::pair<std::string, Request>> changed;
  const auto add = [&](const std::string& what) -> Request& {
    return changed.emplace_back(what, Signed()).second;
  };
  add("method").method = "PUT";
  add("path").path = "/x";
  add("query").query = "a=b";
  add("body").body = "{ }";
  add("host").Header("Host") = "127.0.0.1:8766";
  add("target").Header("X-Amz-Target") = "MacieService.DisassociateMemberAccount";
  add("content type").Header("Content-Type") = "text/plain";
  add("date").Header("x-amz-date") = "20150830T123601Z";
  for (const auto& [what, request] : changed) {
    EXPECT_EQ(Verify(request), "InvalidSignatureException") << what;
  }
  Sigv4Verifier verifier;
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kRead, kNow, "another secret"),
            "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, AllowsFiveMinutesOfSkewAndSaysSoBeyond) {
  constexpr int64_t kFive = 300'000;
  EXPECT_EQ(Verify(Signed(), kNow + kFive), "");
  EXPECT_EQ(Verify(Signed(), kNow - kFive), "");
  Sigv4Verifier verifier;
  std::string message;
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kRead, kNow + kFive + 1000, kSecret, &message),
            "InvalidSignatureException");
  EXPECT_EQ(message,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
            "(20150830T124101Z - 5 min.)");
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kRead, kNow - kFive - 1000, kSecret, &message),
            "InvalidSignatureException");
  EXPECT_EQ(message,
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
            "(20150830T123059Z + 5 min.)");
}

TEST(Sigv4VerifyTest, PresignedRequestsEndWhenTheySay) {
  EXPECT_EQ(Verify(Presigned({}, 60), kNow + 60'000), "");
  EXPECT_EQ(Verify(Presigned({}, 60), kNow + 60'001), "RequestExpired");
  EXPECT_EQ(Verify(Presigned({}, 604801), kNow), "IncompleteSignatureException");
  EXPECT_EQ(Verify(Presigned({}, 0), kNow), "IncompleteSignatureException");
  Request changed = Presigned();
  changed.query += "&nextToken=x";
  EXPECT_EQ(Verify(changed), "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, AnUnsignedRequestHasNoToken) {
  EXPECT_EQ(Verify(Request()), "MissingAuthenticationTokenException");
  Request basic;
  basic.Header("Authorization") = "Basic QUtJREVYQU1QTEU6eA==";
  EXPECT_EQ(Verify(basic), "MissingAuthenticationTokenException");
}

// Takes a well-signed request and replaces `from` in its Authorization.
std::string WithAuthorization(const std::string& from, const std::string& to) {
  Request request = Signed();
  std::string& text = request.Header("Authorization");
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return Verify(request);
}

TEST(Sigv4VerifyTest, MissingOrDoubledPartsAreIncomplete) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"Credential=AKIDEXAMPLE/20150830/us-east-1/macie/aws4_request, ", ""},
           {"Signature=",
            "Signature="  // an empty one
            ",Signature="},
           {", Signature=", ", Sig="},
           {"SignedHeaders=", "SignedHeader="},
           {"SignedHeaders=", "SignedHeaders=host, SignedHeaders="},
           {"/aws4_request", ""},
           {"Credential=AKIDEXAMPLE", "Credential="},
           {"SignedHeaders=content-type;host", "SignedHeaders=host;content-type"},
           {"SignedHeaders=content-type;host", "SignedHeaders=Content-Type;host"},
           {"SignedHeaders=content-type;host", "SignedHeaders=content-type;host;host"},
       }) {
    EXPECT_EQ(WithAuthorization(from, to), "IncompleteSignatureException") << from << " -> " << to;
  }
  Request twice = Signed();
  twice.headers.emplace_back("authorization", twice.Header("Authorization"));
  EXPECT_EQ(Verify(twice), "IncompleteSignatureException");
  Request both = Presigned();
  both.headers = Signed().headers;
  EXPECT_EQ(Verify(both), "IncompleteSignatureException");
  Request no_date = Signed();
  no_date.headers.erase(no_date.headers.begin() + 3);
  EXPECT_EQ(Verify(no_date), "IncompleteSignatureException");
}

TEST(Sigv4VerifyTest, ScopesOfOthersAreRefused) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"/macie/", "/s3/"},
           {"/macie/", "//"},
           {"/us-east-1/", "//"},
           {"/us-east-1/", "/us-east-2/"},
           {"/us-east-1/", "/US EAST/"},
           {"/20150830/", "/20150829/"},
           {"/20150830/", "//"},
           {"/aws4_request", "/aws5_request"},
           {"SignedHeaders=content-type;host;", "SignedHeaders=content-type;"},
           {"SignedHeaders=content-type;host;x-amz-date;x-amz-target",
            "SignedHeaders=content-type;host;x-amz-date"},
           {"SignedHeaders=content-type;host;", "SignedHeaders=content-type;host;nowhere;"},
       }) {
    EXPECT_EQ(WithAuthorization(from, to), "InvalidSignatureException") << from << " -> " << to;
  }
}

TEST(Sigv4VerifyTest, WeakerWaysToSignAreRefused) {
  EXPECT_EQ(WithAuthorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
            "IncompleteSignatureException");
  EXPECT_EQ(WithAuthorization("AWS4-HMAC-SHA256", "AWS3-HTTPS"), "IncompleteSignatureException");
  Request sha1 = Signed();
  sha1.Header("Authorization").resize(sha1.Header("Authorization").size() - 24);
  EXPECT_EQ(Verify(sha1), "InvalidSignatureException");
  Request version2;
  version2.Header("Authorization") = "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=";
  EXPECT_EQ(Verify(version2), "IncompleteSignatureException");
  Request query2;
  query2.query = "AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&SignatureMethod=HmacSHA1";
  EXPECT_EQ(Verify(query2), "IncompleteSignatureException");
  for (const char* hash : {"UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}) {
    Request unsigned_body;
    unsigned_body.Header("X-Amz-Content-Sha256") = hash;
    EXPECT_EQ(Verify(Signed(unsigned_body)), "InvalidSignatureException") << hash;
  }
}

TEST(Sigv4VerifyTest, TheDeclaredBodyHashMustBeTheBodys) {
  Request right;
  right.Header("X-Amz-Content-Sha256") = Sha256Hex("{}");
  EXPECT_EQ(Verify(Signed(right)), "");
  Request wrong;
  wrong.Header("X-Amz-Content-Sha256") = Sha256Hex("{ }");
  EXPECT_EQ(Verify(Signed(wrong)), "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, HeadersThatCarryMeaningMustBeSignedAndSingle) {
  Request added = Signed();
  added.headers.emplace_back("X-Amz-Extra", "1");
  EXPECT_EQ(Verify(added), "InvalidSignatureException");
  Request doubled;
  doubled.headers.emplace_back("x-amz-target", "MacieService.DisassociateMemberAccount");
  EXPECT_EQ(Verify(Signed(doubled)), "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, SessionTokensAreNotOurs) {
  Request request;
  request.Header("X-Amz-Security-Token") = "token";
  EXPECT_EQ(Verify(Signed(request)), "UnrecognizedClientException");
}

TEST(Sigv4VerifyTest, AChangeTakesEffectOnce) {
  Sigv4Verifier verifier;
  const Request request = Signed();
  std::string message;
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange), "");
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange, kNow, kSecret, &message),
            "InvalidSignatureException");
  EXPECT_NE(message.find("received before"), std::string::npos);
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange, kNow + 299'000),
            "InvalidSignatureException");
}

// What tells the calls apart is not signed: whoever caught a request can write another there.
TEST(Sigv4VerifyTest, AChangeThatSaysItIsAnotherCallOfTheSameSecondIsToBeSignedAgain) {
  Sigv4Verifier verifier;
  Request request = Signed();
  request.Header("amz-sdk-invocation-id") = "one";
  request.Header("amz-sdk-request") = "attempt=1";
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange), "");
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange), "InvalidSignatureException");
  request.Header("amz-sdk-request") = "attempt=2";
  std::string message;
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange, kNow + 900, kSecret, &message),
            "ThrottlingException");
  EXPECT_NE(message.find("Sign it again"), std::string::npos);
  request.Header("amz-sdk-invocation-id") = "two";
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange, kNow + 2'000), "ThrottlingException");
  EXPECT_EQ(Verify(request, &verifier, Sigv4Use::kChange, kNow + 2'001),
            "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, AReadMayBeRepeatedAtOnceButNotLater) {
  Sigv4Verifier verifier;
  EXPECT_EQ(Verify(Signed(), &verifier), "");
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kRead, kNow + 2'000), "");
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kRead, kNow + 2'001),
            "InvalidSignatureException");
}

TEST(Sigv4VerifyTest, APresignedReadIsGoodUntilItExpiresAPresignedChangeOnce) {
  Sigv4Verifier verifier;
  EXPECT_EQ(Verify(Presigned(), &verifier), "");
  EXPECT_EQ(Verify(Presigned(), &verifier, Sigv4Use::kRead, kNow + 50'000), "");
  EXPECT_EQ(Verify(Presigned(), &verifier, Sigv4Use::kChange), "");
  EXPECT_EQ(Verify(Presigned(), &verifier, Sigv4Use::kChange), "InvalidSignatureException");
  // Signatures are forgotten when the service ends: a change that is good for days could come
  // again.
  Sigv4Verifier later;
  EXPECT_EQ(Verify(Presigned({}, 604800), &later, Sigv4Use::kChange, kNow + 300'001),
            "RequestExpired");
  EXPECT_EQ(Verify(Presigned({}, 604800), &later, Sigv4Use::kRead, kNow + 300'001), "");
}

TEST(Sigv4VerifyTest, ARequestWithAWrongSignatureIsNotRemembered) {
  Sigv4Verifier verifier;
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kChange, kNow, "wrong"),
            "InvalidSignatureException");
  EXPECT_EQ(Verify(Signed(), &verifier, Sigv4Use::kChange), "");
}

TEST(Sigv4VerifyTest, TheMemoryIsBoundedAndClosesForChanges) {
  Sigv4VerifierOptions options;
  options.max_changes = 2;
  options.max_reads = 2;
  Sigv4Verifier verifier(options);
  for (int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(Verify(Signed({}, kNow + i * 1000), &verifier, Sigv4Use::kChange), "");
  }
  EXPECT_EQ(Verify(Signed({}, kNow + 5000), &verifier, Sigv4Use::kChange), "ThrottlingException");
  // Room again once the first is too old to be replayed.
  EXPECT_EQ(Verify(Signed({}, kNow + 5000), &verifier, Sigv4Use::kChange, kNow + 300'001), "");
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(Verify(Signed({}, kNow + i * 1000), &verifier), "");
}

}  // namespace
}  // namespace assay
