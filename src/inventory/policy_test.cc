#include "inventory/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/glob.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("a*c", "abbbc"));
  EXPECT_TRUE(GlobMatches("a*b*c", "axxbyybzzc"));
  EXPECT_FALSE(GlobMatches("a*b*c", "axxbyybzz"));
  EXPECT_TRUE(GlobMatches("a?c", "abc"));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("s3:get*", "s3:GetObject"));
  EXPECT_TRUE(GlobMatches("s3:get*", "s3:GetObject", GlobCase::kFoldAscii));
  EXPECT_FALSE(GlobMatches("", "a"));
  // A pattern that makes naive matchers take exponential time.
  const std::string hostile = std::string(2000, '*') + "b";
  EXPECT_FALSE(GlobMatches(hostile, std::string(5000, 'a')));
}

TEST(Glob, CoversIsNeverTooGenerous) {
  EXPECT_TRUE(GlobCovers("arn:aws:s3:::b/*", "arn:aws:s3:::b/public/*"));
  EXPECT_TRUE(GlobCovers("*", "arn:*"));
  EXPECT_TRUE(GlobCovers("a*", "a?"));
  EXPECT_FALSE(GlobCovers("a?", "a*"));
  EXPECT_FALSE(GlobCovers("arn:aws:s3:::b/public/*", "arn:aws:s3:::b/*"));
  EXPECT_FALSE(GlobCovers("a?", "a"));
}

TEST(Glob, MeetsPrefix) {
  EXPECT_TRUE(GlobMeetsPrefix("*", "arn:aws:s3:::b/"));
  EXPECT_TRUE(GlobMeetsPrefix("arn:aws:s3:::b/x", "arn:aws:s3:::b/"));
  EXPECT_TRUE(GlobMeetsPrefix("arn:aws:s3:::b*", "arn:aws:s3:::b/"));
  EXPECT_FALSE(GlobMeetsPrefix("arn:aws:s3:::b", "arn:aws:s3:::b/"));
  EXPECT_FALSE(GlobMeetsPrefix("arn:aws:s3:::b/", "arn:aws:s3:::b/"));
  EXPECT_FALSE(GlobMeetsPrefix("arn:aws:s3:::c/*", "arn:aws:s3:::b/"));
}

TEST(Policy, TakesSingleValuesAndLists) {
  const Result<Policy> policy = ParsePolicy(R"({
    "Version": "2012-10-17", "Id": "P",
    "Statement": {"Sid": "S", "Effect": "Allow", "Principal": {"AWS": ["111122223333", "*"],
      "Service": "s3.amazonaws.com"}, "Action": ["s3:GetObject", "s3:List*"],
      "Resource": "arn:aws:s3:::b/*",
      "Condition": {"Bool": {"aws:SecureTransport": true}, "StringLike": {"s3:Prefix": ["a", "b*"]}}}})");
  ASSERT_TRUE(policy.ok()) << policy.status().ToString();
  EXPECT_EQ(policy->version, "2012-10-17");
  EXPECT_EQ(policy->id, "P");
  ASSERT_EQ(policy->statements.size(), 1u);
  const PolicyStatement& statement = policy->statements[0];
  EXPECT_TRUE(statement.allow);
  EXPECT_TRUE(statement.principal->everyone);
  EXPECT_THAT(statement.principal->services, ElementsAre("s3.amazonaws.com"));
  EXPECT_TRUE(StatementHasAction(statement, "s3:ListBucket"));
  EXPECT_TRUE(StatementHasAction(statement, "S3:GETOBJECT"));
  EXPECT_FALSE(StatementHasAction(statement, "s3:PutObject"));
  ASSERT_EQ(statement.conditions.size(), 2u);
  EXPECT_EQ(statement.conditions[0].key, "aws:securetransport");
  EXPECT_THAT(statement.conditions[0].values, ElementsAre("true"));
  EXPECT_EQ(StatementName(*policy, 0), "statement 1 (S)");
  EXPECT_THAT(policy->unsupported, IsEmpty());
}

TEST(Policy, RefusesWhatItDoesNotUnderstand) {
  const auto code = [](std::string_view json) { return ParsePolicy(json).status().code(); };
  EXPECT_EQ(code(""), StatusCode::kDataLoss);
  EXPECT_EQ(code("[]"), StatusCode::kDataLoss);
  EXPECT_EQ(code("{}"), StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": [1]})"), StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow"}})"), StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Action": "*"}})"), StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "allow", "Action": "*"}})"), StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}})"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow", "Action": "*", "Principal": "x"}})"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*"}})"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow", "Action": "*", "Extra": 1}})"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code(R"({"Statement": {"Effect": "Allow", "Action": [["*"]]}})"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code("{\"Statement\": " + std::string(15000, '[')), StatusCode::kDataLoss);
  EXPECT_EQ(code("{\"Statement\": " + std::string(15000, '[') + std::string(15000, ']') + "}"),
            StatusCode::kDataLoss);
  EXPECT_EQ(code(std::string(kMaxPolicyBytes + 1, ' ')), StatusCode::kResourceExhausted);
  EXPECT_EQ(code("{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"\xff\"}}"),
            StatusCode::kDataLoss);
}

Truth Evaluate(const std::string& condition, const RequestContext& context) {
  const Result<Policy> policy =
      ParsePolicy(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
                  "Condition": )" +
                  condition + "}}");
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return policy.ok() ? EvaluateConditions(policy->statements[0], context) : Truth::kUnknown;
}

TEST(PolicyCondition, Strings) {
  const RequestContext context = {{"k", {"Value"}}, {"none", {}}};
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"K": "Value"}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"k": "value"}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"k": "V*"}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"StringEqualsIgnoreCase": {"k": "vALUE"}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringLike": {"k": ["x", "V*e"]}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringNotLike": {"k": ["x", "V*e"]}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"StringNotEquals": {"k": ["x", "y"]}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"none": "x"}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"StringEqualsIfExists": {"none": "x"}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringNotEquals": {"none": "x"}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"other": "x"}})", context), Truth::kUnknown);
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"k": "${aws:username}"}})", context), Truth::kUnknown);
  // One test that fails settles it, whatever is not known.
  EXPECT_EQ(Evaluate(R"({"StringEquals": {"k": "no", "other": "x"}})", context), Truth::kNo);
}

TEST(PolicyCondition, SetsOfValues) {
  const RequestContext context = {{"k", {"a", "b"}}, {"none", {}}};
  EXPECT_EQ(Evaluate(R"({"ForAllValues:StringEquals": {"k": ["a", "b", "c"]}})", context),
            Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"ForAllValues:StringEquals": {"k": ["a"]}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"ForAnyValue:StringEquals": {"k": ["b"]}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"ForAllValues:StringEquals": {"none": ["a"]}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"ForAnyValue:StringEquals": {"none": ["a"]}})", context), Truth::kNo);
}

TEST(PolicyCondition, Arns) {
  const RequestContext context = {{"aws:principalarn", {"arn:aws:iam::111122223333:role/a/B"}}};
  EXPECT_EQ(
      Evaluate(R"({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}})", context),
      Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/a/?"}})", context),
            Truth::kYes);
  // A wildcard does not reach over a colon.
  EXPECT_EQ(Evaluate(R"({"ArnLike": {"aws:PrincipalArn": "arn:*:role/a/B"}})", context),
            Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/x"}})", context),
            Truth::kYes);
}

TEST(PolicyCondition, Addresses) {
  const RequestContext context = {{"aws:sourceip", {"10.1.2.3"}}};
  EXPECT_EQ(Evaluate(R"({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}})", context),
            Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"IpAddress": {"aws:SourceIp": "bad"}})", context), Truth::kUnknown);
  EXPECT_EQ(AddressInNetwork("10.1.2.3", "10.1.2.2/31"), Truth::kYes);
  EXPECT_EQ(AddressInNetwork("10.1.2.3", "10.1.2.0/31"), Truth::kNo);
  EXPECT_EQ(AddressInNetwork("10.1.2.3", "0.0.0.0/0"), Truth::kYes);
  EXPECT_EQ(AddressInNetwork("2001:db8::1", "2001:db8::/32"), Truth::kYes);
  EXPECT_EQ(AddressInNetwork("10.1.2.3", "::/0"), Truth::kNo);
  EXPECT_EQ(AddressInNetwork("10.1.2.3", "10.0.0.0/33"), Truth::kUnknown);
}

TEST(PolicyCondition, BoolNullAndUnknownOperators) {
  const RequestContext context = {{"aws:securetransport", {"true"}}, {"none", {}}};
  EXPECT_EQ(Evaluate(R"({"Bool": {"aws:SecureTransport": "true"}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"Bool": {"aws:SecureTransport": false}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"Null": {"aws:SecureTransport": "true"}})", context), Truth::kNo);
  EXPECT_EQ(Evaluate(R"({"Null": {"none": true}})", context), Truth::kYes);
  EXPECT_EQ(Evaluate(R"({"Null": {"other": "true"}})", context), Truth::kUnknown);
  EXPECT_EQ(Evaluate(R"({"NumericLessThan": {"aws:SecureTransport": 5}})", context),
            Truth::kUnknown);
  const Result<Policy> policy = ParsePolicy(
      R"({"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"DateLessThan": {"k": "1"}}}})");
  ASSERT_TRUE(policy.ok());
  EXPECT_THAT(policy->unsupported, ElementsAre("statement 1: operator DateLessThan"));
}

TEST(Policy, PrincipalsAndTheirAccounts) {
  EXPECT_EQ(AccountOfPrincipal("111122223333"), "111122223333");
  EXPECT_EQ(AccountOfPrincipal("arn:aws:iam::111122223333:role/x"), "111122223333");
  EXPECT_EQ(AccountOfPrincipal("arn:aws:s3:::bucket"), "");
  EXPECT_EQ(AccountOfPrincipal("*"), "");
  EXPECT_TRUE(IsAccountPrincipal("arn:aws-cn:iam::111122223333:root"));
  EXPECT_FALSE(IsAccountPrincipal("arn:aws:iam::111122223333:user/root"));
}

}  // namespace
}  // namespace assay
