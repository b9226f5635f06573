// The API from the request to the rows, without sockets: real database, accounts that are folders.
#include "api/service_api.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "api/api_fixture.h"
#include "api/authenticator.h"
#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/random_bytes.h"
#include "classify/codec.h"
#include "jobs/object_record.h"
#include "store/object_rows.h"

namespace assay {
namespace {

constexpr char kKeyId[] = "AKIATESTTESTTESTTEST";
constexpr char kSecret[] = "secret";

// Whose credentials sign.
struct Who {
  std::string id = kKeyId;
  std::string secret = kSecret;
};

class ServiceApiTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "service_api_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    for (const char* bucket : {"exports", "logs"}) {
      const std::string folder = directory_ + "/111122223333/" + bucket;
      std::filesystem::create_directories(folder);
      std::ofstream(folder + "/a.txt") << "hello";
    }
    auto fixture = ApiFixture::Open(directory_);
    ASSERT_TRUE(fixture.ok()) << fixture.status().ToString();
    fixture_ = *std::move(fixture);
    ASSERT_TRUE(fixture_->AddCredential(kKeyId, kSecret, false).ok());
    api_ = std::make_unique<ServiceApi>(fixture_->Context());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  HttpCall Signed(const std::string& method, const std::string& path, const QueryParameters& query,
                  const std::string& body, const HeaderList& headers, const std::string& service,
                  const Who& who) {
    SignableRequest signable;
    signable.method = method;
    signable.path = path;
    signable.query = query;
    signable.headers = headers;
    signable.headers.emplace_back("host", "h");
    // Makes each signature unique, as AWS's clients do with a header of this name.
    signable.headers.emplace_back("amz-sdk-invocation-id", RandomUuid());
    signable.payload_hash = Sha256Hex(body);
    AwsCredentials credentials;
    credentials.access_key_id = who.id;
    credentials.secret_access_key = who.secret;
    Sigv4Signer(service, PathRule::kNormalized)
        .Sign(credentials, kFixtureRegion, NowMs(), &signable);
    HttpCall call;
    call.method = method;
    call.path = path;
    call.query = EncodeQuery(query);
    call.headers = signable.headers;
    call.body = body;
    call.peer_ip = "192.0.2.7";
    return call;
  }

  rapidjson::Document Classic(const std::string& operation, const std::string& body, int* status,
                              const Who& who) {
    const HttpAnswer answer = api_->Handle(Signed(
        "POST", "/", {}, body, {{"X-Amz-Target", "MacieService." + operation}}, "macie", who));
    *status = answer.status;
    rapidjson::Document document;
    document.Parse(answer.body.c_str());
    return document;
  }
  // The error's name, or "" when it went well.
  std::string ClassicError(const std::string& operation, const std::string& body,
                           const Who& who = {}) {
    int status = 0;
    const rapidjson::Document document = Classic(operation, body, &status, who);
    return status == 200 ? "" : document["__type"].GetString();
  }
  HttpAnswer Console(const std::string& method, const std::string& path,
                     const QueryParameters& query = {}, const std::string& body = "",
                     const Who& who = {}) {
    return api_->Handle(Signed(method, "/api/v1" + path, query, body, {}, "assay", who));
  }

  std::string directory_;
  std::unique_ptr<ApiFixture> fixture_;
  std::unique_ptr<ServiceApi> api_;
};

TEST_F(ServiceApiTest, ClassicManagesMembers) {
  EXPECT_EQ(ClassicError("AssociateMemberAccount", R"({"memberAccountId":"444455556666"})"), "");
  int status = 0;
  rapidjson::Document page = Classic("ListMemberAccounts", R"({"maxResults":1})", &status, {});
  ASSERT_EQ(page["memberAccounts"].Size(), 1U);
  EXPECT_STREQ(page["memberAccounts"][0]["accountId"].GetString(), kFixtureMaster);
  const std::string token = page["nextToken"].GetString();
  page = Classic("ListMemberAccounts", R"({"maxResults":1,"nextToken":")" + token + "\"}", &status,
                 {});
  EXPECT_STREQ(page["memberAccounts"][0]["accountId"].GetString(), kFixtureMember);
  EXPECT_FALSE(page.HasMember("nextToken"));
  EXPECT_EQ(ClassicError("ListS3Resources", R"({"nextToken":")" + token + "\"}"),
            "InvalidInputException");
  EXPECT_EQ(ClassicError("DisassociateMemberAccount", R"({"memberAccountId":"444455556666"})"), "");
}

TEST_F(ServiceApiTest, ClassicManagesResources) {
  const std::string body =
      R"({"s3Resources":[{"bucketName":"exports","classificationType":{"oneTime":"FULL",)"
      R"("continuous":"FULL"}},{"bucketName":"nowhere","classificationType":{"oneTime":"NONE",)"
      R"("continuous":"FULL"}}]})";
  int status = 0;
  rapidjson::Document answer = Classic("AssociateS3Resources", body, &status, {});
  ASSERT_EQ(status, 200);
  ASSERT_EQ(answer["failedS3Resources"].Size(), 1U);
  EXPECT_STREQ(answer["failedS3Resources"][0]["errorCode"].GetString(), "NoBucket");
  answer = Classic("ListS3Resources", "{}", &status, {});
  ASSERT_EQ(answer["s3Resources"].Size(), 1U);
  EXPECT_STREQ(answer["s3Resources"][0]["bucketName"].GetString(), "exports");
  EXPECT_FALSE(answer["s3Resources"][0].HasMember("prefix"));
  EXPECT_EQ(ClassicError("DisassociateS3Resources",
                         R"({"associatedS3Resources":[{"bucketName":"exports"}]})"),
            "");
  EXPECT_EQ(ClassicError("ListS3Resources", R"({"memberAccountId":"777788889999"})"),
            "AccessDeniedException");
}

TEST_F(ServiceApiTest, CallersAreCheckedWithAwssNames) {
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", {kKeyId, "wrong"}),
            "InvalidSignatureException");
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", {"AKIANOBODY", kSecret}),
            "UnrecognizedClientException");
  EXPECT_EQ(ClassicError("Nonsense", "{}"), "UnknownOperationException");
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{"), "SerializationException");
  HttpCall plain;
  plain.method = "POST";
  plain.path = "/";
  EXPECT_NE(api_->Handle(plain).body.find("MissingAuthenticationTokenException"),
            std::string::npos);
}

TEST_F(ServiceApiTest, InactiveForeignAndReadOnlyCredentials) {
  ASSERT_TRUE(fixture_->AddCredential("AKIAINACTIVE", "s", false, kFixtureMaster, false).ok());
  ASSERT_TRUE(fixture_->AddCredential("AKIAFOREIGN", "s", false, kFixtureMember).ok());
  ASSERT_TRUE(fixture_->AddCredential("AKIAREADER", "s", true).ok());
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", {"AKIAINACTIVE", "s"}),
            "UnrecognizedClientException");
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", {"AKIAFOREIGN", "s"}),
            "AccessDeniedException");
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", {"AKIAREADER", "s"}), "");
  EXPECT_EQ(ClassicError("AssociateMemberAccount", R"({"memberAccountId":"444455556666"})",
                         {"AKIAREADER", "s"}),
            "AccessDeniedException");
  EXPECT_EQ(Console("POST", "/enable", {}, "", {"AKIAREADER", "s"}).status, 403);
  EXPECT_EQ(Console("GET", "/accounts", {}, "", {"AKIAREADER", "s"}).status, 200);
}

TEST_F(ServiceApiTest, TheLocalClientGetsInByTheKeyFileAloneAndNotIntoClassic) {
  const Who local{std::string(kLocalClientKeyId), fixture_->key.Derive(kLocalClientPurpose)};
  EXPECT_EQ(Console("GET", "/status", {}, "", local).status, 200);
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", local), "UnrecognizedClientException");
  EXPECT_EQ(Console("GET", "/status", {}, "", {local.id, "guess"}).status, 401);
}

TEST_F(ServiceApiTest, FailuresAreSlowedDownAndGoodCallersAreNot) {
  int64_t delay = 0;
  for (int i = 0; i < 8; ++i) {
    delay = Console("GET", "/status", {}, "", {kKeyId, "wrong"}).delay_ms;
  }
  EXPECT_GT(delay, 0);
  EXPECT_EQ(Console("GET", "/status").delay_ms, 0);
}

TEST_F(ServiceApiTest, TheSameChangeTwiceIsAReplay) {
  const HttpCall call = Signed("POST", "/api/v1/enable", {}, "{}", {}, "assay", {});
  EXPECT_EQ(api_->Handle(call).status, 200);
  EXPECT_EQ(api_->Handle(call).status, 401);
}

TEST_F(ServiceApiTest, UnknownPagesMethodsAndParameters) {
  EXPECT_EQ(Console("GET", "/nowhere").status, 404);
  EXPECT_EQ(Console("DELETE", "/accounts").status, 405);
  EXPECT_EQ(Console("GET", "/accounts/../accounts").status, 404);
  EXPECT_EQ(Console("GET", "/objects", {{"minrisk", "8"}}).status, 400);
  EXPECT_EQ(Console("GET", "/objects", {{"minRisk", "1"}, {"minRisk", "8"}}).status, 400);
  EXPECT_EQ(Console("GET", "/objects", {{"minRisk", "11"}}).status, 400);
  EXPECT_EQ(Console("GET", "/objects", {{"since", "yesterday"}}).status, 400);
  EXPECT_EQ(Console("GET", "/objects", {{"nextToken", "garbage"}}).status, 400);
  EXPECT_EQ(Console("POST", "/disable", {}, "[]").status, 400);
}

// With a detection, kept as a classifier sends it.
Classification Found() {
  Classification found;
  found.outcome = Outcome::kClassified;
  found.account_id = kFixtureMaster;
  found.bucket = "exports";
  found.key = "a b+c.txt";
  found.etag = "e1";
  found.size = 42;
  found.timestamp_ms = NowMs();
  found.content_type = "text/plain";
  found.regex_risk = 7;
  found.dlp_risk = 7;
  found.detections.push_back({"EMAIL_ADDRESS", "Email address", "PERSONAL_INFORMATION", 3, {}});
  return found;
}

TEST_F(ServiceApiTest, ARecordIsWhatTheRowSaysOfItsObject) {
  Classification found = Found();
  const std::string whole = ClassificationToJson(found);
  const std::string without = ClassificationToJson(found, JsonMembers::kWithoutDetections);
  std::string findings;
  EncodeFindings(found, &findings);
  found.detections.clear();
  ASSERT_TRUE(DecodeFindings(findings, DetectionsAs::kBytes, &found).ok());
  const ObjectRow row = MakeObjectRow(std::move(found), {});
  const auto expect_both = [&] {
    EXPECT_EQ(Console("GET", "/objects").body, "{\"objects\":[" + whole + "]}");
    EXPECT_EQ(Console("GET", "/objects", {{"detections", "false"}}).body,
              "{\"objects\":[" + without + "]}");
    EXPECT_EQ(Console("GET", "/objects/record",
                      {{"account", kFixtureMaster}, {"bucket", "exports"}, {"key", "a b+c.txt"}})
                  .body,
              whole);
  };
  ASSERT_TRUE(
      fixture_->database->Write([&](Transaction& tx) { return PutObjects(tx, {row}); }).ok());
  expect_both();
  EXPECT_EQ(Console("GET", "/objects", {{"minRisk", "8"}}).body, "{\"objects\":[]}");
  EXPECT_EQ(Console("GET", "/objects", {{"keyContains", "B+C"}}).body,
            "{\"objects\":[" + whole + "]}");
  EXPECT_EQ(Console("GET", "/objects", {{"keyContains", "b-c"}}).body, "{\"objects\":[]}");
  // As rows were before schema version 7, with all members, and before 4, with the detections too.
  for (const std::string& record : {without, whole}) {
    ASSERT_TRUE(fixture_->database
                    ->Write([&](Transaction& tx) -> Status {
                      if (record == whole) {
                        ASSAY_RETURN_IF_ERROR(tx.Execute("DELETE FROM object_detections").status());
                      }
                      return tx.Execute("UPDATE object SET record = ?1", {record}).status();
                    })
                    .ok());
    expect_both();
  }
}

TEST_F(ServiceApiTest, TheWebhookNeedsItsTokenAndKeepsEvents) {
  HttpCall call;
  call.method = "POST";
  call.path = "/api/v1/events/111122223333";
  call.body = R"({"Records":[{"eventVersion":"2.0","eventSource":"minio:s3","eventName":)"
              R"("s3:ObjectCreated:Put","eventTime":"2026-11-24T02:00:00Z","s3":{"bucket":{"name":)"
              R"("exports"},"object":{"key":"a+b%2Fc.txt","size":5,"eTag":"x"}}}]})";
  EXPECT_EQ(api_->Handle(call).status, 401);
  call.headers = {{"Authorization", "Bearer webhook-token"}};
  const HttpAnswer answer = api_->Handle(call);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"accepted":1})");
  EXPECT_EQ(fixture_->classification.Snapshot().events.count, 1U);
  call.body = "not JSON";
  EXPECT_EQ(api_->Handle(call).status, 400);
  call.path = "/api/v1/events/444455556666";
  EXPECT_EQ(api_->Handle(call).status, 404);
}

TEST_F(ServiceApiTest, HealthAndMetricsAreOpen) {
  HttpCall call;
  call.method = "GET";
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    call.path = path;
    EXPECT_EQ(api_->Handle(call).status, 200) << path;
  }
  const std::string metrics = api_->Handle(call).body;
  EXPECT_NE(metrics.find("assay_quota_bytes{account=\"111122223333\"} 3298534883328\n"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("assay_http_requests_total{route=\"/healthz\",status=\"200\"} 1\n"),
            std::string::npos);
  call.method = "POST";
  EXPECT_EQ(api_->Handle(call).status, 405);
}

TEST_F(ServiceApiTest, CredentialsAreMadeUsedAndRemovedAndAudited) {
  const HttpAnswer made = Console("POST", "/credentials", {}, R"({"userName":"eve"})");
  rapidjson::Document credential;
  credential.Parse(made.body.c_str());
  const Who eve{credential["accessKeyId"].GetString(), credential["secretAccessKey"].GetString()};
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", eve), "");
  EXPECT_EQ(Console("GET", "/credentials").body.find(eve.secret), std::string::npos);
  EXPECT_EQ(Console("DELETE", "/credentials/" + eve.id).status, 200);
  EXPECT_EQ(ClassicError("ListMemberAccounts", "{}", eve), "UnrecognizedClientException");
  const std::string audit = Console("GET", "/audit").body;
  EXPECT_NE(audit.find("\"action\":\"DeleteCredential\",\"target\":\"" + eve.id + "\""),
            std::string::npos)
      << audit;
  EXPECT_NE(audit.find("\"source\":\"192.0.2.7\""), std::string::npos);
  EXPECT_EQ(audit.find(eve.secret), std::string::npos);
}

}  // namespace
}  // namespace assay
