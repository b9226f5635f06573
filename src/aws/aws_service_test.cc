#include "aws/aws_service.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "aws/json_body.h"
#include "aws/retry_budget.h"

namespace assay {
namespace {

Environment Variables(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(ServiceEndpointTest, AmazonsOwn) {
  const Environment none = Variables({});
  EXPECT_EQ(DefaultServiceEndpoint("kms", "eu-west-1", none),
            "https://kms.eu-west-1.amazonaws.com");
  EXPECT_EQ(DefaultServiceEndpoint("sts", "cn-north-1", none),
            "https://sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(DefaultServiceEndpoint("iam", "eu-west-1", none), "https://iam.amazonaws.com");
  EXPECT_EQ(DefaultServiceEndpoint("iam", "us-gov-east-1", none),
            "https://iam.us-gov.amazonaws.com");
  EXPECT_EQ(SigningRegion("iam", "eu-west-1"), "us-east-1");
  EXPECT_EQ(SigningRegion("iam", "cn-northwest-1"), "cn-north-1");
  EXPECT_EQ(SigningRegion("kms", "eu-west-1"), "eu-west-1");
}

TEST(ServiceEndpointTest, TheServiceIsStrongerThanAll) {
  const Environment both = Variables(
      {{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_CLOUDTRAIL", "http://trail"}});
  EXPECT_EQ(DefaultServiceEndpoint("cloudtrail", "us-east-1", both), "http://trail");
  EXPECT_EQ(DefaultServiceEndpoint("kms", "us-east-1", both), "http://all");
}

TEST(AwsErrorTest, QueryProtocol) {
  const AwsError error =
      ParseXmlError(404,
                    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
                    "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name x "
                    "cannot be found.</Message></Error></ErrorResponse>");
  EXPECT_EQ(error.code, "NoSuchEntity");
  EXPECT_EQ(error.message, "The role with name x cannot be found.");
  const Status status = StatusOfAwsError(error, "iam GetRole");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "iam GetRole: NoSuchEntity (HTTP 404): The role with name x cannot be found.");
}

TEST(AwsErrorTest, JsonProtocolHeaderFirstThenBody) {
  EXPECT_EQ(ParseJsonError(400, "TrailNotFoundException:http://internal.amazon.com/x/", "{}").code,
            "TrailNotFoundException");
  const AwsError error = ParseJsonError(
      400, "", R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"})");
  EXPECT_EQ(error.code, "QueueDoesNotExist");
  EXPECT_EQ(error.message, "no queue");
  EXPECT_EQ(StatusOfAwsError(error, "x").code(), StatusCode::kNotFound);
  EXPECT_EQ(ParseJsonError(400, "", R"({"__type":"A","Message":"big M"})").message, "big M");
}

TEST(AwsErrorTest, HostileBodiesLeaveNothingUnprintable) {
  const AwsError error = ParseJsonError(
      400, "", "{\"__type\":\"Bad\\u001b[31m\",\"message\":\"a\\u001b[31mb\\u0000c\"}");
  EXPECT_EQ(error.code, "");
  EXPECT_EQ(error.message, "a?[31mb?c");
  const AwsError s3 = ParseXmlError(
      404,
      "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code><Message>none</Message></Error>");
  EXPECT_EQ(s3.code, "NoSuchPublicAccessBlockConfiguration");
  EXPECT_EQ(StatusOfAwsError(s3, "s3").code(), StatusCode::kNotFound);
  EXPECT_EQ(ParseXmlError(400, std::string(5000, '<')).code, "");
  EXPECT_EQ(ParseJsonError(400, "", std::string(100000, '[')).code, "");
  const std::string text(10000, 'x');
  EXPECT_LE(ParseJsonError(400, "", "{\"message\":\"" + text + "\"}").message.size(), 300U);
}

struct CodeCase {
  int http_status;
  const char* code;
  StatusCode expected;
};

class AwsCodeTest : public testing::TestWithParam<CodeCase> {};

TEST_P(AwsCodeTest, Maps) {
  AwsError error;
  error.http_status = GetParam().http_status;
  error.code = GetParam().code;
  EXPECT_EQ(StatusOfAwsError(error, "x").code(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, AwsCodeTest,
    testing::Values(CodeCase{400, "ThrottlingException", StatusCode::kUnavailable},
                    CodeCase{400, "Throttling", StatusCode::kUnavailable},
                    CodeCase{503, "", StatusCode::kUnavailable},
                    CodeCase{429, "", StatusCode::kUnavailable},
                    CodeCase{400, "AccessDeniedException", StatusCode::kPermissionDenied},
                    CodeCase{403, "", StatusCode::kPermissionDenied},
                    CodeCase{400, "UnrecognizedClientException", StatusCode::kPermissionDenied},
                    CodeCase{400, "NotFoundException", StatusCode::kNotFound},
                    CodeCase{404, "NoSuchEntity", StatusCode::kNotFound},
                    CodeCase{404, "", StatusCode::kUnimplemented},
                    CodeCase{501, "", StatusCode::kUnimplemented},
                    CodeCase{400, "UnknownOperationException", StatusCode::kUnimplemented},
                    CodeCase{400, "MaximumNumberOfTrailsExceededException",
                             StatusCode::kResourceExhausted},
                    CodeCase{409, "EntityAlreadyExists", StatusCode::kInvalidArgument},
                    // "Exception" alone is no code.
                    CodeCase{400, "Exception", StatusCode::kInvalidArgument}));

TEST(JsonBodyTest, EscapesWhatItIsGiven) {
  JsonBody body;
  body.Text("a\"b", "x\n\"").Number("n", -5).Flag("f", true).Texts("t", {"1", "2"});
  body.Member("o").StartObject().Text("k", "v").EndObject();
  EXPECT_EQ(body.Finish(), R"({"a\"b":"x\n\"","n":-5,"f":true,"t":["1","2"],"o":{"k":"v"}})");
}

TEST(RetryBudgetTest, EndsAfterTheAttempts) {
  RetryBudget budget(3, std::chrono::seconds(60), nullptr);
  EXPECT_TRUE(budget.WaitForNext({}));
  EXPECT_TRUE(budget.WaitForNext({}));
  EXPECT_FALSE(budget.WaitForNext({}));
}

TEST(RetryBudgetTest, NothingStartsAfterTheTimeOrWhenCancelled) {
  RetryBudget late(10, std::chrono::milliseconds(50), nullptr);
  EXPECT_FALSE(late.WaitForNext(std::chrono::seconds(1)));
  const std::atomic<bool> cancel{true};
  RetryBudget cancelled(10, std::chrono::seconds(60), &cancel);
  EXPECT_FALSE(cancelled.WaitForNext(std::chrono::seconds(10)));
}

TEST(RateLimiterTest, SpacesRequests) {
  RateLimiter limiter(50);  // one in 20 ms, the first 100 ms' worth at once
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limiter.Wait(nullptr));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(270));
  const std::atomic<bool> cancel{true};
  for (int i = 0; i < 5; ++i) (void)limiter.Wait(&cancel);
  EXPECT_FALSE(limiter.Wait(&cancel));
}

}  // namespace
}  // namespace assay
