#include "inventory/kms_key_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr const char* kKey = "arn:aws:kms:us-east-1:111122223333:key/k1";
constexpr const char* kRole = "arn:aws:iam::111122223333:role/AWSMacieServiceCustomerServiceRole";
constexpr const char* kRoot = "arn:aws:iam::111122223333:root";

KmsKeyUseInput Input(const std::string& statements) {
  KmsKeyUseInput input;
  input.key_arn = kKey;
  input.key_policy = R"({"Version": "2012-10-17", "Statement": [)" + statements + "]}";
  input.roles = {kRole};
  input.region = "us-east-1";
  return input;
}

std::string Statement(const std::string& effect, const std::string& principal,
                      const std::string& action, const std::string& more = "") {
  return R"({"Effect": ")" + effect + R"(", "Principal": )" + principal + R"(, "Action": )" +
         action + R"(, "Resource": "*")" + more + "}";
}

std::string Aws(const std::string& name) { return R"({"AWS": ")" + name + R"("})"; }

Truth Verdict(const std::string& statements) {
  return EvaluateKmsKeyUse(Input(statements)).verdict;
}

const std::string kAllow = Statement("Allow", Aws(kRole), R"("kms:Decrypt")");

TEST(KmsKeyUse, E2RoleByName) {
  EXPECT_EQ(Verdict(kAllow), Truth::kYes);
  EXPECT_EQ(Verdict(Statement("Allow", Aws(kRole), R"(["kms:Encrypt", "kms:De*"])")), Truth::kYes);
  EXPECT_EQ(Verdict(Statement("Allow", Aws(kRole), R"("kms:*")")), Truth::kYes);
  EXPECT_EQ(Verdict(Statement("Allow", R"("*")", R"("kms:decrypt")")), Truth::kYes);
  EXPECT_EQ(Verdict(Statement("Allow", Aws(kRole), R"("kms:DescribeKey")")), Truth::kNo);
  EXPECT_EQ(Verdict(Statement("Allow", Aws("arn:aws:iam::111122223333:role/Other"), R"("kms:*")")),
            Truth::kNo);
  EXPECT_EQ(Verdict(Statement("Allow", Aws("arn:aws:iam::444455556666:root"), R"("kms:*")")),
            Truth::kNo);
  EXPECT_THAT(EvaluateKmsKeyUse(Input(kAllow)).reason,
              HasSubstr("statement 1: allows kms:Decrypt"));
}

TEST(KmsKeyUse, E2AccountRootAloneMakesNoKeyUser) {
  KmsKeyUseInput input = Input(Statement("Allow", Aws(kRoot), R"("kms:*")"));
  const KmsKeyUse use = EvaluateKmsKeyUse(input);
  EXPECT_EQ(use.verdict, Truth::kNo);
  EXPECT_THAT(use.reason, HasSubstr("only the account"));
  EXPECT_EQ(Verdict(Statement("Allow", Aws("111122223333"), R"("kms:*")")), Truth::kNo);
  // It does when the role's own policy allows the use of the key.
  input.role_policy_allows_kms = true;
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kYes);
}

TEST(KmsKeyUse, E2DenyWins) {
  EXPECT_EQ(Verdict(kAllow + "," + Statement("Deny", Aws(kRole), R"("kms:Decrypt")")), Truth::kNo);
  EXPECT_EQ(Verdict(kAllow + "," + Statement("Deny", R"("*")", R"("kms:*")")), Truth::kNo);
  EXPECT_EQ(Verdict(kAllow + "," + Statement("Deny", Aws(kRoot), R"("kms:*")")), Truth::kNo);
  EXPECT_EQ(Verdict(kAllow + "," + Statement("Deny", Aws(kRole), R"("kms:Encrypt")")), Truth::kYes);
  EXPECT_EQ(
      Verdict(kAllow + R"(, {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:user/x"},
                                   "Action": "kms:*", "Resource": "*"})"),
      Truth::kNo);
  EXPECT_EQ(Verdict(kAllow + "," +
                    Statement("Deny", R"("*")", R"("kms:*")",
                              R"(, "Condition": {"StringNotEquals": {"kms:ViaService":
                                 "s3.us-east-1.amazonaws.com"}})")),
            Truth::kYes);
  EXPECT_EQ(
      Verdict(kAllow + "," +
              Statement("Deny", R"("*")", R"("kms:*")",
                        R"(, "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})")),
      Truth::kUnknown);
}

TEST(KmsKeyUse, E2Conditions) {
  const auto with = [](const std::string& condition) {
    return Verdict(
        Statement("Allow", R"("*")", R"("kms:Decrypt")", R"(, "Condition": )" + condition));
  };
  EXPECT_EQ(with(R"({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                                      "kms:CallerAccount": "111122223333"}})"),
            Truth::kYes);
  EXPECT_EQ(with(R"({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})"),
            Truth::kNo);
  EXPECT_EQ(with(R"({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}})"), Truth::kYes);
  EXPECT_EQ(with(R"({"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}})"),
            Truth::kNo);
  EXPECT_EQ(with(R"({"StringEquals": {"kms:CallerAccount": "444455556666"}})"), Truth::kNo);
  EXPECT_EQ(with(R"({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}})"),
            Truth::kYes);
  EXPECT_EQ(with(R"({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b"}})"),
            Truth::kUnknown);
  EXPECT_EQ(with(R"({"Bool": {"kms:GrantIsForAWSResource": "true"}})"), Truth::kNo);
}

TEST(KmsKeyUse, E2Grants) {
  KmsKeyUseInput input = Input(Statement("Allow", Aws(kRoot), R"("kms:*")"));
  input.grants = {{kRole, {"Encrypt"}, false}};
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kNo);
  input.grants.push_back({kRole, {"Decrypt"}, false});
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kYes);
  input.grants = {{kRole, {"Decrypt"}, true}};
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kUnknown);
  KmsKeyUseInput denied = Input(Statement("Deny", Aws(kRole), R"("kms:*")"));
  denied.grants = {{kRole, {"Decrypt"}, false}};
  EXPECT_EQ(EvaluateKmsKeyUse(denied).verdict, Truth::kNo);
}

TEST(KmsKeyUse, E2ResourceSessionsAndDamage) {
  EXPECT_EQ(Verdict(R"({"Effect": "Allow", "Principal": "*", "Action": "kms:*",
                        "Resource": "arn:aws:kms:us-east-1:111122223333:key/k2"})"),
            Truth::kNo);
  EXPECT_EQ(Verdict(Statement("Allow",
                              Aws("arn:aws:sts::111122223333:assumed-role/"
                                  "AWSMacieServiceCustomerServiceRole/session"),
                              R"("kms:*")")),
            Truth::kUnknown);
  KmsKeyUseInput damaged = Input("");
  damaged.key_policy = "{}";
  EXPECT_EQ(EvaluateKmsKeyUse(damaged).verdict, Truth::kUnknown);
}

TEST(KmsKeyUse, E2EitherRoleWillDo) {
  KmsKeyUseInput input = Input(kAllow);
  input.roles = KeyUserRoles("111122223333", "");
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kYes);
  input = Input(Statement("Allow",
                          Aws("arn:aws:iam::111122223333:role/aws-service-role/macie.amazonaws.com/"
                              "AWSServiceRoleForAmazonMacie"),
                          R"("kms:Decrypt")"));
  input.roles = KeyUserRoles("111122223333", "my-service-role");
  EXPECT_EQ(EvaluateKmsKeyUse(input).verdict, Truth::kYes);
  EXPECT_EQ(input.roles[0], "arn:aws:iam::111122223333:role/my-service-role");
}

}  // namespace
}  // namespace assay
