// Vectors: the worked examples of "Authenticating Requests: Using the Authorization Header" and
// "... Using Query Parameters" (Amazon S3 API reference), and requests of the Signature Version 4
// test suite that AWS publishes (example key AKIDEXAMPLE, 30 August 2015).
#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include <string>

#include "aws/aws_time.h"

namespace assay {
namespace {

const AwsCredentials kS3Credentials = {
    .access_key_id = "AKIAIOSFODNN7EXAMPLE",
    .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    .session_token = "",
    .expires_at_ms = 0};
constexpr int64_t kS3Time = 1369353600000;  // 24 May 2013 00:00:00 UTC
const AwsCredentials kSuiteCredentials = {
    .access_key_id = "AKIDEXAMPLE",
    .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    .session_token = "",
    .expires_at_ms = 0};
constexpr int64_t kSuiteTime = 1440938160000;  // 30 August 2015 12:36:00 UTC

std::string SignedHeader(const SignableRequest& request, const std::string& name) {
  for (const auto& [header, value] : request.headers) {
    if (header == name) return value;
  }
  return "";
}

SignableRequest S3Request(const std::string& method, const std::string& path) {
  SignableRequest request;
  request.method = method;
  request.path = path;
  request.headers = {{"Host", "examplebucket.s3.amazonaws.com"}};
  return request;
}

std::string S3Authorization(SignableRequest request) {
  Sigv4Signer("s3", PathRule::kAsSent).Sign(kS3Credentials, "us-east-1", kS3Time, &request);
  return SignedHeader(request, "Authorization");
}

TEST(Sigv4Test, S3GetObjectWithRange) {
  SignableRequest request = S3Request("GET", "/test.txt");
  request.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_EQ(S3Authorization(request),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sigv4Test, S3PutObjectWithOddKey) {
  SignableRequest request = S3Request("PUT", "/" + UriEncode("test$file.text"));
  request.headers.emplace_back("Date", "Fri, 24 May 2013 00:00:00 GMT");
  request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  request.payload_hash = Sha256Hex("Welcome to Amazon S3.");
  EXPECT_TRUE(S3Authorization(request).ends_with(
      "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(Sigv4Test, S3GetBucketLifecycle) {
  SignableRequest request = S3Request("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_TRUE(S3Authorization(request).ends_with(
      "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(Sigv4Test, S3ListObjects) {
  SignableRequest request = S3Request("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_TRUE(S3Authorization(request).ends_with(
      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(Sigv4Test, S3PresignedUrl) {
  SignableRequest request = S3Request("GET", "/test.txt");
  Sigv4Signer("s3", PathRule::kAsSent)
      .Presign(kS3Credentials, "us-east-1", kS3Time, 86400, &request);
  EXPECT_EQ(request.query.back().second,
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Sigv4Test, S3KeysAreNeverNormalized) {
  SignableRequest request = S3Request("GET", "/a/../b//./c");
  EXPECT_NE(CanonicalRequest(request, PathRule::kAsSent).find("/a/../b//./c\n"), std::string::npos);
  EXPECT_NE(CanonicalRequest(request, PathRule::kNormalized).find("GET\n/b/c\n"),
            std::string::npos);
}

TEST(Sigv4Test, SessionTokenIsSigned) {
  AwsCredentials credentials = kS3Credentials;
  credentials.session_token = "token";
  SignableRequest request = S3Request("GET", "/test.txt");
  Sigv4Signer("s3", PathRule::kAsSent).Sign(credentials, "us-east-1", kS3Time, &request);
  EXPECT_NE(SignedHeader(request, "Authorization").find("x-amz-date;x-amz-security-token,"),
            std::string::npos);
}

TEST(Sigv4Test, CachedKeyFollowsRegionAndSecret) {
  const Sigv4Signer signer("s3", PathRule::kAsSent);
  const auto authorization = [&](const AwsCredentials& credentials, const std::string& region) {
    SignableRequest request = S3Request("GET", "/test.txt");
    signer.Sign(credentials, region, kS3Time, &request);
    return SignedHeader(request, "Authorization");
  };
  const std::string first = authorization(kS3Credentials, "us-east-1");
  EXPECT_NE(first, authorization(kS3Credentials, "eu-west-1"));
  EXPECT_NE(first, authorization(kSuiteCredentials, "us-east-1"));
  EXPECT_EQ(first, authorization(kS3Credentials, "us-east-1"));
}

struct SuiteCase {
  const char* name;
  const char* method;
  const char* path;
  QueryParameters query;
  HeaderList headers;
  const char* signature;
};

class SuiteTest : public testing::TestWithParam<SuiteCase> {};

TEST_P(SuiteTest, Signature) {
  const SuiteCase& param = GetParam();
  SignableRequest request;
  request.method = param.method;
  request.path = param.path;
  request.query = param.query;
  request.headers = param.headers;
  request.headers.emplace_back("Host", "example.amazonaws.com");
  Sigv4Signer("service", PathRule::kNormalized)
      .Sign(kSuiteCredentials, "us-east-1", kSuiteTime, &request);
  const std::string authorization = SignedHeader(request, "Authorization");
  EXPECT_EQ(authorization.substr(authorization.size() - 64), param.signature);
}

constexpr char kVanilla[] = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
constexpr char kUnreserved[] = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

INSTANTIATE_TEST_SUITE_P(
    AwsTestSuite, SuiteTest,
    testing::Values(
        SuiteCase{"get_vanilla", "GET", "/", {}, {}, kVanilla},
        SuiteCase{"get_relative", "GET", "/example/..", {}, {}, kVanilla},
        SuiteCase{"get_slash_dot_slash", "GET", "/./", {}, {}, kVanilla},
        SuiteCase{"get_relative_relative", "GET", "/example1/example2/../..", {}, {}, kVanilla},
        SuiteCase{"get_slash_pointless_dot",
                  "GET",
                  "/./example",
                  {},
                  {},
                  "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
        SuiteCase{"get_slashes",
                  "GET",
                  "//example//",
                  {},
                  {},
                  "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
        SuiteCase{"get_space",
                  "GET",
                  "/example space/",
                  {},
                  {},
                  "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
        SuiteCase{"get_utf8",
                  "GET",
                  "/\xe1\x88\xb4",
                  {},
                  {},
                  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        SuiteCase{"get_unreserved",
                  "GET",
                  "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                  {},
                  {},
                  "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        SuiteCase{"get_vanilla_query_unreserved",
                  "GET",
                  "/",
                  {{kUnreserved, kUnreserved}},
                  {},
                  "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
        SuiteCase{"get_vanilla_query_order_key_case",
                  "GET",
                  "/",
                  {{"Param2", "value2"}, {"Param1", "value1"}},
                  {},
                  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        SuiteCase{"get_header_key_duplicate",
                  "GET",
                  "/",
                  {},
                  {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
                  "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        SuiteCase{"get_header_value_trim",
                  "GET",
                  "/",
                  {},
                  {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
                  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        SuiteCase{"post_vanilla",
                  "POST",
                  "/",
                  {},
                  {},
                  "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"}),
    [](const testing::TestParamInfo<SuiteCase>& suite) { return std::string(suite.param.name); });

TEST(AwsTimeTest, ThreeSpellings) {
  EXPECT_EQ(FormatAmzDate(kS3Time), "20130524T000000Z");
  EXPECT_EQ(ParseIsoTime("20130524T000000Z"), kS3Time);
  EXPECT_EQ(ParseIsoTime("2013-05-24T00:00:00.250Z"), kS3Time + 250);
  EXPECT_EQ(ParseIsoTime("2013-05-24T00:00:00+00:00"), kS3Time);
  EXPECT_EQ(ParseHttpDate("Fri, 24 May 2013 00:00:00 GMT"), kS3Time);
}

TEST(AwsTimeTest, RefusesWhatIsNoMoment) {
  for (const char* text : {"", "2013-02-30T00:00:00Z", "2013-05-24", "2013-05-24T25:00:00Z",
                           "2013-05-24T00:00:00", "9999999-05-24T00:00:00Z", "x"}) {
    EXPECT_FALSE(ParseIsoTime(text).has_value()) << text;
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
  }
}

TEST(UriTest, EncodesBytesOnceAndBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(UriDecode(UriEncode(all)), all);
  EXPECT_EQ(UriEncode("a b+c%/~"), "a%20b%2Bc%25%2F~");
  EXPECT_EQ(UriEncode("a/b", SlashRule::kKeep), "a/b");
  EXPECT_EQ(UriDecode("a+b%2B%zz%4"), "a+b+%zz%4");
  EXPECT_EQ(UriDecode("a+b", true), "a b");
}

TEST(UriTest, ParsesEndpoints) {
  const Result<Url> url = ParseUrl("http://LocalHost:9000/base/");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->Origin(), "http://localhost:9000");
  EXPECT_EQ(url->path, "/base");
  EXPECT_EQ(ParseUrl("https://[::1]:443")->Authority(), "[::1]");
  for (const char* bad : {"", "ftp://x", "localhost:9000", "http://", "http://a:0", "http://a:x",
                          "http://u@h/", "http://h/?q", "http://h:70000", "http://a\r\nb"}) {
    EXPECT_FALSE(ParseUrl(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace assay
