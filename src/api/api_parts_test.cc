#include <gtest/gtest.h>

#include <string>

#include "api/classic_request.h"
#include "api/page_token.h"
#include "api/slow_down.h"

namespace assay {
namespace {

const SealingKey kKey = *SealingKey::FromBytes(std::string(32, 'k'));

TEST(PageTokenTest, ComesBackForItsListOnly) {
  const std::string token = MakePageToken(kKey, "list", {"bucket", "prefix/ä", ""});
  const Result<PagePosition> read = ReadPageToken(kKey, "list", token);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->name, "bucket");
  EXPECT_EQ(read->rest, "prefix/ä");
  EXPECT_FALSE(ReadPageToken(kKey, "other list", token).ok());
  EXPECT_FALSE(ReadPageToken(*SealingKey::FromBytes(std::string(32, 'l')), "list", token).ok());
}

TEST(PageTokenTest, RefusesGarbageAndEveryChange) {
  const std::string token = MakePageToken(kKey, "list", {"bucket", "prefix", ""});
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ReadPageToken(kKey, "list", changed).ok()) << i;
    EXPECT_FALSE(ReadPageToken(kKey, "list", token.substr(0, i)).ok()) << i;
  }
  for (const char* garbage : {"", "nonsense", "====", "AAAA", "\xff\xff\xff\xff"}) {
    EXPECT_FALSE(ReadPageToken(kKey, "list", garbage).ok()) << garbage;
  }
}

TEST(PageTokenTest, StaysShortForTheLongestPrefixes) {
  const std::string prefix(10'000, 'p');
  const std::string token = MakePageToken(kKey, "list", {std::string(255, 'b'), prefix, ""});
  EXPECT_LE(token.size(), kMaxPageToken);
  const Result<PagePosition> read = ReadPageToken(kKey, "list", token);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(prefix.starts_with(read->rest));
  EXPECT_TRUE(IsPagePosition(*read, std::string(255, 'b'), prefix));
  EXPECT_FALSE(IsPagePosition(*read, std::string(255, 'b'), prefix + "p"));
}

TEST(SlowDownTest, DoublesAfterAFewAndForgets) {
  SlowDown slow;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(slow.Fail("10.0.0.1", 1000), 0);
  EXPECT_EQ(slow.Fail("10.0.0.1", 1000), 100);
  EXPECT_EQ(slow.Fail("10.0.0.1", 1000), 200);
  EXPECT_EQ(slow.Fail("10.0.0.2", 1000), 0);
  for (int i = 0; i < 100; ++i) EXPECT_LE(slow.Fail("10.0.0.1", 1000), 10'000);
  EXPECT_EQ(slow.Fail("10.0.0.1", 1000), 10'000);
  slow.Succeed("10.0.0.1");
  EXPECT_EQ(slow.Fail("10.0.0.1", 1000), 0);
  for (int i = 0; i < 9; ++i) slow.Fail("10.0.0.3", 1000);
  EXPECT_EQ(slow.Fail("10.0.0.3", 1000 + 600'001), 0);
}

TEST(SlowDownTest, ItsTableIsBounded) {
  SlowDownOptions options;
  options.max_sources = 2;
  options.free_failures = 1;
  SlowDown slow(options);
  slow.Fail("10.0.0.1", 1);
  slow.Fail("10.0.0.2", 2);
  slow.Fail("10.0.0.3", 3);  // 10.0.0.1 is forgotten
  EXPECT_GT(slow.Fail("10.0.0.2", 4), 0);
  EXPECT_EQ(slow.Fail("10.0.0.1", 5), 0);
}

TEST(SlowDownTest, AnIpv6NetworkIsOneSource) {
  EXPECT_EQ(SourceOf("2001:db8::1"), SourceOf("2001:db8::ffff:2"));
  EXPECT_NE(SourceOf("2001:db8::1"), SourceOf("2001:db8:0:1::1"));
  EXPECT_NE(SourceOf("10.0.0.1"), SourceOf("10.0.0.2"));
}

// The field an InvalidInputException names, or the name of another error, or "ok".
std::string FieldOf(ClassicOperation operation, const std::string& body) {
  const auto decoded = DecodeClassicRequest(operation, body);
  const auto* error = std::get_if<ClassicError>(&decoded);
  if (error == nullptr) return "ok";
  EXPECT_LE(error->error_code.size(), 10U);
  EXPECT_FALSE(error->message.empty());
  return error->type == "InvalidInputException" ? error->field_name : error->type;
}

TEST(ClassicRequestTest, ChecksEveryLimit) {
  constexpr auto kAdd = ClassicOperation::kAssociateMemberAccount;
  constexpr auto kList = ClassicOperation::kListS3Resources;
  EXPECT_EQ(FieldOf(kAdd, R"({"memberAccountId":"123456789012"})"), "ok");
  for (const char* body :
       {"{}", "", R"({"memberAccountId":null})", R"({"memberAccountId":""})",
        R"({"memberAccountId":"12345678901"})", R"({"memberAccountId":"12345678901x"})",
        R"({"memberAccountId":"1234567890123"})"}) {
    EXPECT_EQ(FieldOf(kAdd, body), "memberAccountId") << body;
  }
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":1})"), "ok");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":250,"memberAccountId":"123456789012"})"), "ok");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":0})"), "maxResults");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":251})"), "maxResults");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":-1})"), "maxResults");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":"1"})"), "SerializationException");
  EXPECT_EQ(FieldOf(kList, R"({"maxResults":1.5})"), "SerializationException");
  EXPECT_EQ(FieldOf(kList, R"({"nextToken":")" + std::string(501, 'a') + "\"}"), "nextToken");
  EXPECT_EQ(FieldOf(kList, R"({"memberAccountId":"1"})"), "memberAccountId");
  EXPECT_EQ(FieldOf(kList, R"({"unknown":1})"), "ok");
}

TEST(ClassicRequestTest, ChecksResources) {
  constexpr auto kAssociate = ClassicOperation::kAssociateS3Resources;
  const auto with = [&](const std::string& item) {
    return FieldOf(kAssociate, R"({"s3Resources":[)" + item + "]}");
  };
  const std::string types = R"("classificationType":{"oneTime":"NONE","continuous":"FULL"})";
  EXPECT_EQ(with(R"({"bucketName":"b",)" + types + "}"), "ok");
  EXPECT_EQ(with(R"({"bucketName":"b","prefix":"p/",)" + types + "}"), "ok");
  EXPECT_EQ(with("{" + types + "}"), "s3Resources[0].bucketName");
  EXPECT_EQ(with(R"({"bucketName":"",)" + types + "}"), "s3Resources[0].bucketName");
  EXPECT_EQ(with(R"({"bucketName":")" + std::string(501, 'b') + "\"," + types + "}"),
            "s3Resources[0].bucketName");
  EXPECT_EQ(
      with(R"({"bucketName":"b","prefix":")" + std::string(10'001, 'p') + "\"," + types + "}"),
      "s3Resources[0].prefix");
  EXPECT_EQ(with(R"({"bucketName":"b"})"), "s3Resources[0].classificationType");
  EXPECT_EQ(with(R"({"bucketName":"b","classificationType":{"oneTime":"FULL"}})"),
            "s3Resources[0].classificationType.continuous");
  EXPECT_EQ(
      with(R"({"bucketName":"b","classificationType":{"oneTime":"SOME","continuous":"FULL"}})"),
      "s3Resources[0].classificationType.oneTime");
  EXPECT_EQ(
      with(R"({"bucketName":"b","classificationType":{"oneTime":"FULL","continuous":"NONE"}})"),
      "s3Resources[0].classificationType.continuous");
  EXPECT_EQ(with("7"), "SerializationException");
  EXPECT_EQ(with(R"({"bucketName":7})"), "SerializationException");
  EXPECT_EQ(FieldOf(kAssociate, "{}"), "s3Resources");
  EXPECT_EQ(FieldOf(kAssociate, R"({"s3Resources":[]})"), "s3Resources");
  EXPECT_EQ(FieldOf(kAssociate, R"({"s3Resources":{}})"), "SerializationException");
  const auto update = [&](const std::string& update_types) {
    return FieldOf(ClassicOperation::kUpdateS3Resources,
                   R"({"s3ResourcesUpdate":[{"bucketName":"b","classificationTypeUpdate":)" +
                       update_types + "}]}");
  };
  EXPECT_EQ(update(R"({"oneTime":"NONE"})"), "ok");
  EXPECT_EQ(update(R"({"continuous":"FULL"})"), "ok");
  EXPECT_EQ(update("{}"), "s3ResourcesUpdate[0].classificationTypeUpdate");
}

TEST(ClassicRequestTest, BodiesThatAreNoObjectAreSerializationErrors) {
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("1"), std::string("{\"a\":\"\xff\"}"),
        std::string("{} x"), std::string(200'000, '[')}) {
    EXPECT_EQ(FieldOf(ClassicOperation::kListMemberAccounts, body), "SerializationException");
  }
}

TEST(ClassicRequestTest, KnowsItsOperationsByTarget) {
  EXPECT_EQ(ClassicOperationFromTarget("MacieService.ListS3Resources"),
            ClassicOperation::kListS3Resources);
  for (const char* target : {"", "MacieService.", "ListS3Resources", "MacieService.lists3resources",
                             "Macie.ListS3Resources"}) {
    EXPECT_FALSE(ClassicOperationFromTarget(target)) << target;
  }
}

}  // namespace
}  // namespace assay
