#include "jobs/s3_event.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

std::vector<EventRow> Parse(std::string_view document) {
  Result<std::vector<EventRow>> events = ParseS3Events(document, "111122223333", kNow);
  EXPECT_TRUE(events.ok()) << events.status().ToString();
  return events.ok() ? *events : std::vector<EventRow>{};
}

TEST(S3EventTest, AmazonsRecordsHaveFormEncodedKeys) {
  const auto events = Parse(
      R"({"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put",
      "eventTime":"2023-11-14T22:13:19.000Z",
      "s3":{"bucket":{"name":"b"},"object":{"key":"a+dir/100%25+%C3%BC.txt"}}},
      {"eventSource":"aws:s3","eventName":"ObjectRemoved:DeleteMarkerCreated",
      "s3":{"bucket":{"name":"b"},"object":{"key":"gone"}}},
      {"eventSource":"aws:s3","eventName":"ObjectAcl:Put",
      "s3":{"bucket":{"name":"b"},"object":{"key":"acl"}}}]})");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].account_id, "111122223333");
  EXPECT_EQ(events[0].bucket, "b");
  EXPECT_EQ(events[0].key, "a dir/100% \xc3\xbc.txt");
  EXPECT_FALSE(events[0].deleted);
  EXPECT_EQ(events[0].event_ms, kNow - 1000);
  EXPECT_EQ(events[0].received_ms, kNow);
  EXPECT_TRUE(events[1].deleted);
  EXPECT_EQ(events[1].event_ms, kNow);
}

TEST(S3EventTest, MinioCephAndGarage) {
  const auto minio = Parse(
      R"({"EventName":"s3:ObjectCreated:Put","Key":"b/x%2Fy","Records":[{"eventSource":"minio:s3",
      "eventName":"s3:ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"x%2Fy"}}}]})");
  ASSERT_EQ(minio.size(), 1u);
  EXPECT_EQ(minio[0].key, "x/y");
  // A store that may send the key as it is: both readings are looked at.
  const auto ceph = Parse(
      R"({"Records":[{"eventSource":"ceph:s3","eventName":"ObjectCreated:Put",
      "s3":{"bucket":{"name":"b"},"object":{"key":"a+b"}}}]})");
  ASSERT_EQ(ceph.size(), 2u);
  EXPECT_EQ(ceph[0].key, "a b");
  EXPECT_EQ(ceph[1].key, "a+b");
}

TEST(S3EventTest, NotificationsAndEventBridge) {
  const auto sns =
      Parse(R"({"Type":"Notification","Message":"{\"Records\":[{\"eventSource\":\"aws:s3\",)"
            R"(\"eventName\":\"ObjectCreated:Copy\",\"s3\":{\"bucket\":{\"name\":\"b\"},)"
            R"(\"object\":{\"key\":\"k\"}}}]}"})");
  ASSERT_EQ(sns.size(), 1u);
  EXPECT_EQ(sns[0].key, "k");
  const auto bridge = Parse(
      R"({"source":"aws.s3","detail-type":"Object Created","time":"2023-11-14T22:13:20Z",
      "detail":{"bucket":{"name":"b"},"object":{"key":"a+b%20"}}})");
  ASSERT_EQ(bridge.size(), 1u);
  EXPECT_EQ(bridge[0].key, "a+b%20");
  EXPECT_TRUE(Parse(R"({"Service":"Amazon S3","Event":"s3:TestEvent"})").empty());
}

TEST(S3EventTest, RefusesWhatIsNoEvent) {
  for (const std::string& document :
       {std::string("not json"), std::string("[]"), std::string("{}"),
        std::string(R"({"Message":"{\"Message\":\"{\\\"Message\\\":\\\"{}\\\"}\"}"})"),
        std::string(1'000'000, '['), std::string(kMaxEventDocumentBytes + 1, ' ')}) {
    EXPECT_EQ(ParseS3Events(document, "1", kNow).status().code(), StatusCode::kInvalidArgument)
        << document.substr(0, 40);
  }
  // Wrong types inside are no events, not errors.
  EXPECT_TRUE(Parse(R"({"Records":[1,{},{"eventName":3},{"eventName":"ObjectCreated:Put","s3":[]},
      {"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":""}}}]})")
                  .empty());
}

}  // namespace
}  // namespace assay
