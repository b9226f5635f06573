// The pure parts: account IDs, policies, templates, trust, and what a trail is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>

#include "accounts/account_service.h"
#include "accounts/templates.h"
#include "accounts/trail.h"
#include "accounts/trust_policy.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kMaster = "111122223333";

std::vector<std::string> Parsed(const std::string& text) {
  return *AccountService::ParseAccountIds(text);
}

TEST(AccountIdsTest, A3CommasBlanksAndDuplicates) {
  EXPECT_THAT(Parsed("111122223333"), ElementsAre("111122223333"));
  EXPECT_THAT(Parsed(" 111122223333,444455556666 ;\n777788889999\t"),
              ElementsAre("111122223333", "444455556666", "777788889999"));
  EXPECT_THAT(Parsed("111122223333,,111122223333, 111122223333"), ElementsAre("111122223333"));
  EXPECT_THAT(Parsed("1111-2222-3333,111122223333"), ElementsAre("111122223333"));
}

TEST(AccountIdsTest, A3WhatIsNoIdStaysForItsOwnMessage) {
  EXPECT_THAT(Parsed("12345, abc, 111122223333"), ElementsAre("12345", "abc", "111122223333"));
}

TEST(AccountIdsTest, NothingAndTooMany) {
  EXPECT_EQ(AccountService::ParseAccountIds("").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(AccountService::ParseAccountIds(" ,; ").status().code(), StatusCode::kInvalidArgument);
  std::string many;
  for (size_t i = 0; i < kMaxMembers + 1; ++i) many += std::to_string(100000000000 + i) + ',';
  EXPECT_EQ(AccountService::ParseAccountIds(many).status().code(), StatusCode::kInvalidArgument);
}

TEST(AccountIdsTest, A3MessagesSayWhatIsWrong) {
  EXPECT_TRUE(CheckAccountId("000000000000").ok());
  EXPECT_THAT(CheckAccountId("12345").message(), HasSubstr("\"12345\" is no account ID"));
  EXPECT_THAT(CheckAccountId("12345").message(), HasSubstr("12 digits, not 5"));
  EXPECT_THAT(CheckAccountId("1111222233334").message(), HasSubstr("not 13"));
  EXPECT_THAT(CheckAccountId("11112222333O").message(), HasSubstr("and nothing else"));
  EXPECT_THAT(CheckAccountId("\x1b[31m\xff").message(), HasSubstr("\"?[31m?\""));
  EXPECT_LT(CheckAccountId(std::string(100000, '9')).message().size(), 200U);
}

std::string GuidePolicy() {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/accounts/data/guide-policy.json");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ServiceRolePolicyTest, A4IsTheGuidesWordForWord) {
  ASSERT_FALSE(GuidePolicy().empty());
  EXPECT_EQ(ServiceLinkedRolePolicy(), GuidePolicy());
}

TEST(TemplatesTest, BothHoldTheGuidesPolicy) {
  ASSERT_EQ(CloudFormationTemplates().size(), 2U);
  for (const CloudFormationTemplate& one : CloudFormationTemplates()) {
    std::string squeezed;
    for (const char c : one.text) {
      if (c != ' ' && c != '\n') squeezed += c;
    }
    std::string policy;
    for (const char c : GuidePolicy()) {
      if (c != ' ' && c != '\n') policy += c;
    }
    EXPECT_THAT(squeezed, HasSubstr(policy)) << one.name;
  }
  EXPECT_EQ(FindCloudFormationTemplate("none"), nullptr);
  EXPECT_THAT(FindCloudFormationTemplate("member")->text, HasSubstr("AmazonMacieHandshakeRole"));
}

std::string Trust(const std::string& principal, const std::string& condition) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
         R"("Principal":)" +
         principal + R"(,"Condition":)" + condition + "}]}";
}

constexpr const char* kRightId = R"({"StringEquals":{"sts:ExternalId":"111122223333"}})";
constexpr const char* kWrongId = R"({"StringEquals":{"sts:ExternalId":"999999999999"}})";

TEST(TrustPolicyTest, A2WhoCountsAsTheMaster) {
  for (const char* principal :
       {R"({"AWS":"arn:aws:iam::111122223333:root"})", R"({"AWS":"111122223333"})",
        R"({"AWS":["arn:aws:iam::999999999999:root","arn:aws:iam::111122223333:user/a"]})",
        R"({"Service":"macie.amazonaws.com"})", R"({"AWS":"*"})", R"("*")"}) {
    EXPECT_EQ(CheckHandshakeTrust(Trust(principal, kRightId), kMaster), TrustVerdict::kTrusted)
        << principal;
    EXPECT_EQ(CheckHandshakeTrust(Trust(principal, kWrongId), kMaster),
              TrustVerdict::kWrongExternalId)
        << principal;
  }
  for (const char* principal :
       {R"({"AWS":"arn:aws:iam::999999999999:root"})", R"({"Service":"ec2.amazonaws.com"})",
        R"({"AWS":"arn:aws:iam::1111222233334:root"})", R"("111122223333")", "{}", "5"}) {
    EXPECT_EQ(CheckHandshakeTrust(Trust(principal, kRightId), kMaster), TrustVerdict::kNotTrusted)
        << principal;
  }
}

TEST(TrustPolicyTest, A2ConditionsOnTheExternalId) {
  const char* anyone = R"("*")";
  for (const char* condition : {"{}", R"({"StringEquals":{"sts:externalid":["1","111122223333"]}})",
                                R"({"StringLike":{"sts:ExternalId":"*"}})",
                                R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"}) {
    EXPECT_EQ(CheckHandshakeTrust(Trust(anyone, condition), kMaster), TrustVerdict::kTrusted)
        << condition;
  }
  for (const char* condition :
       {R"({"StringEquals":{"sts:ExternalId":[]}})", R"({"StringEquals":{"sts:ExternalId":"*"}})",
        R"({"StringEquals":{"sts:ExternalId":111122223333}})"}) {
    EXPECT_EQ(CheckHandshakeTrust(Trust(anyone, condition), kMaster),
              TrustVerdict::kWrongExternalId)
        << condition;
  }
}

TEST(TrustPolicyTest, OneGoodStatementIsEnough) {
  const std::string policy =
      R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*",)"
      R"("Condition":{"StringEquals":{"sts:ExternalId":"1"}}},{"Effect":"Allow",)"
      R"("Action":["sts:TagSession","sts:*"],"Principal":{"AWS":"111122223333"}}]})";
  EXPECT_EQ(CheckHandshakeTrust(policy, kMaster), TrustVerdict::kTrusted);
}

TEST(TrustPolicyTest, HostileDocuments) {
  for (const std::string& text :
       {std::string(), std::string("["), std::string(200000, '['), std::string("{}"),
        std::string(R"({"Statement":5})"), std::string(R"({"Statement":[[],5,null]})")}) {
    EXPECT_NE(CheckHandshakeTrust(text, kMaster), TrustVerdict::kTrusted);
  }
  EXPECT_TRUE(SameJson(R"({"a":1,"b":[2]})", R"({ "b": [2], "a": 1 })"));
  EXPECT_FALSE(SameJson(R"({"a":1})", R"({"a":2})"));
  EXPECT_FALSE(SameJson("", ""));
}

ResourceRow Resource(const char* bucket, const char* prefix) {
  ResourceRow row;
  row.bucket = bucket;
  row.prefix = prefix;
  return row;
}

TEST(TrailTest, A7SelectorsAreExactlyTheSelection) {
  const std::vector<ResourceRow> resources = {Resource("z", ""), Resource("a", "x/y"),
                                              Resource("a", ""), Resource("a", "")};
  EXPECT_THAT(TrailObjectArns(resources, "eu-west-1"),
              ElementsAre("arn:aws:s3:::a/", "arn:aws:s3:::a/x/y", "arn:aws:s3:::z/"));
  EXPECT_THAT(TrailObjectArns(resources, "cn-north-1").front(), "arn:aws-cn:s3:::a/");
  EXPECT_TRUE(TrailObjectArns({}, "eu-west-1").empty());
}

TEST(TrailTest, A7TheBucketIsOneTheRoleMayMake) {
  const std::string name = TrailBucketName(kMaster, "ap-southeast-1");
  EXPECT_EQ(name, "111122223333-awsmacietrail-ap-southeast-1");
  EXPECT_LE(name.size(), 63U);
  EXPECT_THAT(std::string(ServiceLinkedRolePolicy()), HasSubstr("arn:aws:s3:::*-awsmacietrail-*"));
}

TEST(TrailTest, A7BucketPolicyIsForThisTrailAlone) {
  const std::string policy = TrailBucketPolicy(kMaster, "eu-west-1");
  rapidjson::Document json;
  json.Parse(policy.c_str());
  ASSERT_FALSE(json.HasParseError());
  ASSERT_EQ(json["Statement"].Size(), 2U);
  for (const auto& statement : json["Statement"].GetArray()) {
    EXPECT_STREQ(statement["Principal"]["Service"].GetString(), "cloudtrail.amazonaws.com");
    EXPECT_STREQ(statement["Condition"]["StringEquals"]["aws:SourceArn"].GetString(),
                 "arn:aws:cloudtrail:eu-west-1:111122223333:trail/AWSMacieTrail-DO-NOT-EDIT");
  }
  EXPECT_THAT(policy, Not(HasSubstr("s3:*")));
}

TEST(AccountAccessTest, DefaultsServeAccountsWithoutTheirOwn) {
  AccountConnection defaults;
  defaults.endpoint_url = "http://default";
  AccountConnection own;
  own.account_id = "444455556666";
  own.kind = AccountKind::kDirectory;
  const AccountAccess access(kMaster, "us-east-1", {defaults, own}, nullptr);
  EXPECT_EQ(access.ConnectionOf("777788889999").endpoint_url, "http://default");
  EXPECT_EQ(access.ConnectionOf("777788889999").account_id, "777788889999");
  EXPECT_EQ(access.ConnectionOf("444455556666").kind, AccountKind::kDirectory);
  EXPECT_EQ(RoleArn(kMaster, "cn-north-1", "r"), "arn:aws-cn:iam::111122223333:role/r");
}

}  // namespace
}  // namespace assay
