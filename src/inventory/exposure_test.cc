#include "inventory/exposure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr const char* kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr const char* kAuthenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

template <typename T>
BucketDocument<T> Present(T value) {
  return {.state = DocumentState::kPresent, .value = std::move(value), .status = {}};
}
template <typename T>
BucketDocument<T> Absent() {
  return {.state = DocumentState::kAbsent, .value = {}, .status = {}};
}

ExposureInput Private() {
  ExposureInput input;
  input.bucket = "b";
  input.region = "us-east-1";
  input.acl =
      Present(BucketAcl{"owner", "o", {{"CanonicalUser", "owner", "", "", "FULL_CONTROL"}}});
  input.policy = Absent<std::string>();
  input.bucket_block = Absent<PublicAccessBlock>();
  return input;
}

ExposureInput WithPolicy(const std::string& statements) {
  ExposureInput input = Private();
  input.policy =
      Present<std::string>(R"({"Version": "2012-10-17", "Statement": [)" + statements + "]}");
  return input;
}

// "true,false": readability and writability.
std::string Verdicts(const ExposureInput& input) {
  const Exposure exposure = EvaluateExposure(input);
  return std::string(TruthName(exposure.readability.verdict)) + ',' +
         std::string(TruthName(exposure.writability.verdict));
}

std::string Verdicts(const std::string& statements) { return Verdicts(WithPolicy(statements)); }

std::string AllowGet(const std::string& condition) {
  return R"({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::b/*", "Condition": )" +
         condition + "}";
}

ExposureInput WithGrant(const char* uri, const char* permission) {
  ExposureInput input = Private();
  input.acl.value.grants.push_back({"Group", "", "", uri, permission});
  return input;
}

TEST(Exposure, PrivateBucket) {
  EXPECT_EQ(Verdicts(Private()), "false,false");
  EXPECT_THAT(EvaluateExposure(Private()).readability.reasons[0], HasSubstr("neither"));
}

TEST(Exposure, AclGrants) {
  EXPECT_EQ(Verdicts(WithGrant(kAllUsers, "READ")), "true,false");
  EXPECT_EQ(Verdicts(WithGrant(kAllUsers, "WRITE")), "false,true");
  EXPECT_EQ(Verdicts(WithGrant(kAuthenticated, "FULL_CONTROL")), "true,true");
  EXPECT_EQ(Verdicts(WithGrant(kAllUsers, "WRITE_ACP")), "false,true");
  EXPECT_EQ(Verdicts(WithGrant(kAllUsers, "READ_ACP")), "false,false");
  EXPECT_EQ(Verdicts(WithGrant("http://acs.amazonaws.com/groups/s3/LogDelivery", "WRITE")),
            "false,false");
  EXPECT_EQ(EvaluateExposure(WithGrant(kAuthenticated, "READ")).readability.reasons[0],
            "bucket ACL: READ for AuthenticatedUsers");
}

TEST(Exposure, PublicAccessBlocks) {
  ExposureInput acl = WithGrant(kAllUsers, "READ");
  acl.bucket_block = Present(PublicAccessBlock{.block_public_acls = true});
  EXPECT_EQ(Verdicts(acl), "true,false") << "BlockPublicAcls stops new grants only";
  acl.bucket_block = Present(PublicAccessBlock{.ignore_public_acls = true});
  EXPECT_EQ(Verdicts(acl), "false,false");
  acl.bucket_block = Absent<PublicAccessBlock>();
  acl.account_block = Present(PublicAccessBlock{.ignore_public_acls = true});
  EXPECT_EQ(Verdicts(acl), "false,false");
  acl.account_block.state = DocumentState::kDenied;
  EXPECT_EQ(Verdicts(acl), "unknown,false");

  ExposureInput policy = WithPolicy(AllowGet("{}"));
  policy.bucket_block = Present(PublicAccessBlock{.block_public_policy = true});
  EXPECT_EQ(Verdicts(policy), "true,false");
  policy.bucket_block = Present(PublicAccessBlock{.restrict_public_buckets = true});
  EXPECT_EQ(Verdicts(policy), "false,false");
  policy.bucket_block.state = DocumentState::kDenied;
  EXPECT_EQ(Verdicts(policy), "unknown,false");
  // A server that has no such thing blocks nothing.
  policy.bucket_block.state = DocumentState::kUnsupported;
  EXPECT_EQ(Verdicts(policy), "true,false");
}

TEST(Exposure, PolicyForEveryone) {
  EXPECT_EQ(Verdicts(AllowGet("{}")), "true,false");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*",
                         "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]})"),
            "true,true");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket",
                         "Resource": "arn:aws:s3:::b"})"),
            "true,false");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket",
                         "Resource": "arn:aws:s3:::b/*"})"),
            "false,false")
      << "listing is an action on the bucket";
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject",
                         "Resource": "arn:aws:s3:::b/in/*"})"),
            "false,true");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                         "Resource": "arn:aws:s3:::other/*"})"),
            "false,false");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*",
                         "Resource": "*"})"),
            "false,false");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"},
                         "Action": "s3:GetObject", "Resource": "*"})"),
            "true,false");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*",
                         "NotResource": "arn:aws:s3:::b"})"),
            "true,true");
  EXPECT_EQ(Verdicts(R"({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::*:root"},
                         "Action": "s3:GetObject", "Resource": "*"})"),
            "unknown,false");
  EXPECT_THAT(EvaluateExposure(WithPolicy(AllowGet("{}"))).readability.reasons[0],
              HasSubstr("statement 1: s3:GetObject on arn:aws:s3:::b/* for everyone"));
}

TEST(Exposure, ConditionsThatNarrow) {
  for (
      const char* condition : {
          R"({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})",
          R"({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}})",
          R"({"StringEquals": {"aws:SourceVpce": "vpce-1"}})",
          R"({"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLEID:*"}})",
          R"({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*"}})",
          R"({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}})",
          R"({"StringEquals": {"aws:PrincipalOrgID": "o-1234"}})",
          R"({"StringEquals": {"AWS:PrincipalOrgId": "o-1234"}, "Bool": {"aws:SecureTransport": "true"}})",
          R"({"Bool": {"aws:PrincipalIsAWSService": "true"}})",
      }) {
    EXPECT_EQ(Verdicts(AllowGet(condition)), "false,false") << condition;
  }
}

TEST(Exposure, ConditionsThatAnyoneMeets) {
  for (const char* condition : {
           R"({"Bool": {"aws:SecureTransport": "true"}})",
           R"({"StringLike": {"aws:Referer": "https://example.com/*"}})",
           R"({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})",
           R"({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}})",
           R"({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})",
           R"({"StringNotEquals": {"aws:PrincipalOrgID": "o-1234"}})",
           R"({"StringLike": {"aws:SourceVpce": "vpce-*"}})",
           R"({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234"}})",
           R"({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})",
           R"({"Null": {"aws:PrincipalOrgID": "true"}})",
           R"({"StringEquals": {"s3:x-amz-acl": "private"}})",
       }) {
    EXPECT_EQ(Verdicts(AllowGet(condition)), "true,false") << condition;
  }
}

TEST(Exposure, ConditionsThatAreNotUnderstood) {
  for (const char* condition : {
           R"({"NumericLessThan": {"s3:max-keys": "10"}})",
           R"({"StringEquals": {"vendor:Key": "x"}})",
           R"({"StringEquals": {"aws:SourceVpce": "${aws:x}"}})",
           R"({"IpAddress": {"aws:SourceIp": "nonsense"}})",
       }) {
    EXPECT_EQ(Verdicts(AllowGet(condition)), "unknown,false") << condition;
  }
}

TEST(Exposure, DenyWins) {
  const std::string allow = AllowGet("{}");
  const auto deny = [&](const std::string& members) {
    return Verdicts(allow + R"(, {"Effect": "Deny", "Principal": "*", "Action": "s3:*", )" +
                    members + "}");
  };
  EXPECT_EQ(deny(R"("Resource": "*")"), "false,false");
  EXPECT_EQ(deny(R"("Resource": "arn:aws:s3:::b/*")"), "false,false");
  EXPECT_EQ(deny(R"("Resource": "arn:aws:s3:::b/secret/*")"), "true,false");
  EXPECT_EQ(deny(R"("NotResource": "arn:aws:s3:::other/*")"), "false,false");
  EXPECT_EQ(deny(R"("NotResource": "arn:aws:s3:::b/open/*")"), "true,false");
  EXPECT_EQ(deny(R"("Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}})"),
            "true,false");
  EXPECT_EQ(
      deny(R"("Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})"),
      "false,false");
  EXPECT_EQ(
      deny(R"("Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})"),
      "false,false");
  EXPECT_EQ(deny(R"("Resource": "*", "Condition": {"StringNotEqualsIfExists":
                    {"aws:PrincipalOrgID": "o-1"}})"),
            "false,false");
  EXPECT_EQ(deny(R"("Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "x"}})"),
            "unknown,false");
  // Everyone but one account is denied; strangers are not that account.
  EXPECT_EQ(Verdicts(allow + R"(, {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"},
                                   "Action": "*", "Resource": "*"})"),
            "false,false");
  EXPECT_EQ(Verdicts(allow + R"(, {"Effect": "Deny", "Principal": {"AWS": "111122223333"},
                                   "Action": "*", "Resource": "*"})"),
            "true,false");
}

TEST(Exposure, WhatCannotBeReadIsUnknownUnlessSomethingElseSettlesIt) {
  ExposureInput input = Private();
  input.policy = {.state = DocumentState::kDenied, .value = "", .status = PermissionDenied("no")};
  EXPECT_EQ(Verdicts(input), "unknown,unknown");
  EXPECT_THAT(EvaluateExposure(input).readability.reasons[0],
              HasSubstr("policy could not be read"));
  input.acl.value.grants.push_back({"Group", "", "", kAllUsers, "READ"});
  EXPECT_EQ(Verdicts(input), "true,unknown");
  ExposureInput acl_denied = Private();
  acl_denied.acl.state = DocumentState::kDenied;
  EXPECT_EQ(Verdicts(acl_denied), "unknown,unknown");
  ExposureInput damaged = Private();
  damaged.policy = Present<std::string>("{");
  EXPECT_EQ(Verdicts(damaged), "unknown,unknown");
}

TEST(Exposure, APolicyMadeToBeSlowIsNotJudged) {
  std::string pattern = "arn:aws:s3:::b/";
  for (int i = 0; i < 5000; ++i) pattern += "*a";
  const std::string allow = R"({"Effect": "Allow", "Principal": "*", "Action": "s3:*",
    "Resource": "arn:aws:s3:::b/)" +
                            std::string(15000, 'a') + R"("})";
  const std::string deny = R"(, {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource":
    [")" + pattern + R"(b"]})";
  const std::clock_t start = std::clock();  // processor time
  EXPECT_EQ(Verdicts(allow + deny), "true,true") << "one comparison is affordable";
  ExposureInput slow = WithPolicy(
      R"({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/)" +
      std::string(14000, 'a') + R"("}, {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
      "Resource": [")" +
      pattern + "b\", \"" + pattern.substr(0, 6000) + R"(b"]})");
  EXPECT_EQ(Verdicts(slow), "unknown,unknown");
  EXPECT_LT(std::clock() - start, 20 * CLOCKS_PER_SEC);
}

TEST(Exposure, OtherPartitions) {
  ExposureInput input = Private();
  input.region = "cn-north-1";
  input.policy = Present<std::string>(
      R"({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
          "Resource": "arn:aws-cn:s3:::b/*"}})");
  EXPECT_EQ(Verdicts(input), "true,false");
}

}  // namespace
}  // namespace assay
