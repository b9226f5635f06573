// The parts of the S3 store that need no server: replies, refusals, addresses.
#include <gtest/gtest.h>

#include <string>

#include "objectstore/s3_endpoint.h"
#include "objectstore/s3_error.h"
#include "objectstore/s3_xml.h"

namespace assay {
namespace {

TEST(S3XmlTest, DecodesAnEncodedListing) {
  const Result<S3Listing> listing = ParseS3Listing(
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>a/b=</NextContinuationToken><Contents><Key>a+b%2Bc%0A</Key>"
      "<LastModified>2013-05-24T00:00:00.000Z</LastModified><ETag>&quot;e-2&quot;</ETag>"
      "<Size>7</Size><StorageClass>GLACIER</StorageClass>"
      "<Owner><ID>id</ID><DisplayName>me</DisplayName></Owner></Contents></ListBucketResult>",
      10);
  ASSERT_TRUE(listing.ok());
  EXPECT_TRUE(listing->truncated);
  EXPECT_EQ(listing->next_token, "a/b=");
  ASSERT_EQ(listing->objects.size(), 1U);
  const ObjectInfo& object = listing->objects[0];
  EXPECT_EQ(object.key, "a b+c\n");
  EXPECT_EQ(object.etag, "e-2");
  EXPECT_EQ(object.size, 7U);
  EXPECT_EQ(object.storage_class, "GLACIER");
  EXPECT_EQ(object.last_modified_ms, 1369353600000);
  EXPECT_EQ(object.owner_id, "id");
}

TEST(S3XmlTest, KeysThatAreNotEncodedStayAsTheyAre) {
  const Result<S3Listing> listing = ParseS3Listing(
      "<ListBucketResult><Contents><Key> </Key><Size>0</Size></Contents>"
      "<Contents><Key>a+b%20&amp;</Key><Size>0</Size></Contents></ListBucketResult>",
      10);
  ASSERT_TRUE(listing.ok());
  EXPECT_EQ(listing->objects[0].key, " ");
  EXPECT_EQ(listing->objects[1].key, "a+b%20&");
}

TEST(S3XmlTest, RefusesWhatIsNoListing) {
  const std::string one = "<Contents><Key>k</Key><Size>1</Size></Contents>";
  for (const std::string& inner :
       {one + one + one, std::string("<Contents><Key>k</Key></Contents>"),
        std::string("<Contents><Key></Key><Size>1</Size></Contents>"),
        std::string("<Contents><Key>k</Key><Size>99999999999999999999999</Size></Contents>")}) {
    EXPECT_FALSE(ParseS3Listing("<ListBucketResult>" + inner + "</ListBucketResult>", 2).ok());
  }
  for (const char* text : {"", "<a/>", "<ListBucketResult>", "{}"}) {
    EXPECT_FALSE(ParseS3Listing(text, 2).ok()) << text;
    EXPECT_FALSE(ParseS3Buckets(text).ok()) << text;
  }
}

HttpReply Refusal(int status, const std::string& code, const std::string& message = "") {
  HttpReply reply;
  reply.status = status;
  reply.body = "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
  return reply;
}

TEST(S3ErrorTest, NamesTheReason) {
  struct Case {
    HttpReply reply;
    StatusCode code;
    std::string_view reason;
    bool retryable;
  };
  const Case cases[] = {
      {Refusal(403, "AccessDenied"), StatusCode::kPermissionDenied, kReasonAccessDenied, false},
      {Refusal(403, "InvalidObjectState"), StatusCode::kPermissionDenied, kReasonArchived, false},
      {Refusal(400, "KMS.DisabledException"), StatusCode::kPermissionDenied, kReasonKmsKeyNotUsable,
       false},
      {Refusal(403, "AccessDenied", "not authorized to perform: kms:Decrypt"),
       StatusCode::kPermissionDenied, kReasonKmsKeyNotUsable, false},
      {Refusal(400, "KMS.ThrottlingException"), StatusCode::kUnavailable, kReasonStoreUnavailable,
       true},
      {Refusal(400, "InvalidRequest", "a form of Server Side Encryption"),
       StatusCode::kPermissionDenied, kReasonCustomerKeyEncrypted, false},
      {Refusal(404, "NoSuchKey"), StatusCode::kNotFound, kReasonVanished, false},
      {Refusal(404, "InvalidAccessKeyId"), StatusCode::kPermissionDenied, kReasonAccessDenied,
       false},
      {Refusal(412, "PreconditionFailed"), StatusCode::kAborted, kReasonVanished, false},
      {Refusal(503, "SlowDown"), StatusCode::kUnavailable, kReasonStoreUnavailable, true},
      {Refusal(400, "RequestTimeout"), StatusCode::kUnavailable, kReasonStoreUnavailable, true},
      {Refusal(501, "NotImplemented"), StatusCode::kUnimplemented, kReasonStoreUnavailable, false},
  };
  for (const Case& expected : cases) {
    const S3Failure failure = JudgeS3Reply(expected.reply, "GetObject");
    EXPECT_EQ(failure.status.code(), expected.code) << expected.reply.body;
    EXPECT_EQ(failure.reason, expected.reason) << expected.reply.body;
    EXPECT_EQ(failure.retryable, expected.retryable) << expected.reply.body;
  }
}

TEST(S3ErrorTest, BoundsWhatTheServerAsksToWait) {
  HttpReply reply = Refusal(503, "SlowDown");
  reply.headers["retry-after"] = "3";
  EXPECT_EQ(JudgeS3Reply(reply, "x").retry_after, std::chrono::seconds(3));
  reply.headers["retry-after"] = "86400";
  EXPECT_EQ(JudgeS3Reply(reply, "x").retry_after, std::chrono::minutes(1));
  reply.headers["retry-after"] = "Fri, 24 May 2013 00:00:00 GMT";
  EXPECT_EQ(JudgeS3Reply(reply, "x").retry_after, std::chrono::seconds(0));
  reply.headers["retry-after"] = "soon";
  EXPECT_EQ(JudgeS3Reply(reply, "x").retry_after, std::chrono::seconds(0));
}

std::string UrlOf(const S3EndpointOptions& options, const std::string& bucket,
                  const std::string& key, const std::string& region) {
  const Result<S3Address> address =
      S3Endpoint::Make(options).value().AddressOf(bucket, key, region);
  return address.ok() ? address->origin + address->path : address.status().ToString();
}

TEST(S3EndpointTest, AmazonIsAddressedByHost) {
  EXPECT_EQ(UrlOf({}, "bucket", "a b/../c", "eu-west-1"),
            "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/../c");
  EXPECT_EQ(UrlOf({}, "with.dots", "k", "eu-west-1"),
            "https://s3.eu-west-1.amazonaws.com/with.dots/k");
  EXPECT_EQ(UrlOf({}, "bucket", "", "cn-north-1"),
            "https://bucket.s3.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(UrlOf({}, "", "", "us-east-1"), "https://s3.us-east-1.amazonaws.com/");
  S3EndpointOptions variants;
  variants.fips = true;
  variants.dual_stack = true;
  EXPECT_EQ(UrlOf(variants, "bucket", "k", "us-east-1"),
            "https://bucket.s3-fips.dualstack.us-east-1.amazonaws.com/k");
}

TEST(S3EndpointTest, CustomEndpointsAreAddressedByPath) {
  S3EndpointOptions options;
  options.custom_url = "http://localhost:9000/base/";
  EXPECT_EQ(UrlOf(options, "bucket", "k", "x"), "http://localhost:9000/base/bucket/k");
  EXPECT_EQ(UrlOf(options, "bucket", "", "x"), "http://localhost:9000/base/bucket");
  EXPECT_EQ(UrlOf(options, "", "", "x"), "http://localhost:9000/base/");
  options.addressing = S3Addressing::kVirtualHost;
  EXPECT_EQ(UrlOf(options, "bucket", "k", "x"), "http://bucket.localhost:9000/base/k");
}

TEST(S3EndpointTest, NamesCannotMoveTheHost) {
  for (const char* bucket : {"a/b", "..", "."}) {
    EXPECT_FALSE(S3Endpoint::Make({}).value().AddressOf(bucket, "k", "us-east-1").ok());
  }
  EXPECT_FALSE(S3Endpoint::Make({}).value().AddressOf("b", "k", "evil.example/").ok());
  S3EndpointOptions by_host;
  by_host.addressing = S3Addressing::kVirtualHost;
  EXPECT_FALSE(S3Endpoint::Make(by_host).value().AddressOf("a@evil", "k", "us-east-1").ok());
}

}  // namespace
}  // namespace assay
