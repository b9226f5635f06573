#include "objectstore/s3_bucket_documents.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr const char* kNamespace = R"( xmlns="http://s3.amazonaws.com/doc/2006-03-01/")";

std::string Xml(const std::string& root, const std::string& body) {
  return "<?xml version=\"1.0\"?><" + root + kNamespace + ">" + body + "</" + root + ">";
}

TEST(S3BucketDocuments, Acl) {
  const Result<BucketAcl> acl = ParseBucketAcl(
      Xml("AccessControlPolicy",
          R"(<Owner><ID>o1</ID><DisplayName>owner</DisplayName></Owner><AccessControlList>
         <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">
           <ID>u1</ID><DisplayName>user</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant>
         <Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
           <Permission>READ</Permission></Grant></AccessControlList>)"));
  ASSERT_TRUE(acl.ok()) << acl.status().ToString();
  EXPECT_EQ(acl->owner_id, "o1");
  ASSERT_EQ(acl->grants.size(), 2u);
  EXPECT_EQ(acl->grants[0].grantee_type, "CanonicalUser");
  EXPECT_EQ(acl->grants[0].grantee_display_name, "user");
  EXPECT_EQ(acl->grants[1].grantee_type, "Group");
  EXPECT_EQ(acl->grants[1].permission, "READ");
}

TEST(S3BucketDocuments, PublicAccessBlock) {
  const Result<PublicAccessBlock> block = ParsePublicAccessBlock(
      Xml("PublicAccessBlockConfiguration",
          "<IgnorePublicAcls>true</IgnorePublicAcls><RestrictPublicBuckets>TRUE"
          "</RestrictPublicBuckets><BlockPublicAcls>false</BlockPublicAcls>"));
  ASSERT_TRUE(block.ok());
  EXPECT_TRUE(block->ignore_public_acls);
  EXPECT_TRUE(block->restrict_public_buckets);
  EXPECT_FALSE(block->block_public_acls);
  EXPECT_FALSE(block->block_public_policy);
}

TEST(S3BucketDocuments, Location) {
  EXPECT_EQ(*ParseBucketLocation(Xml("LocationConstraint", "")), "us-east-1");
  EXPECT_EQ(*ParseBucketLocation(Xml("LocationConstraint", "EU")), "eu-west-1");
  EXPECT_EQ(*ParseBucketLocation(Xml("LocationConstraint", "ap-south-1")), "ap-south-1");
  EXPECT_EQ(*ParseBucketLocation(
                Xml("LocationConstraint", "<LocationConstraint>eu-west-2</LocationConstraint>")),
            "eu-west-2");
}

TEST(S3BucketDocuments, SmallDocuments) {
  const Result<BucketLogging> logging = ParseBucketLogging(
      Xml("BucketLoggingStatus",
          "<LoggingEnabled><TargetBucket>t</TargetBucket><TargetPrefix>p/</TargetPrefix>"
          "</LoggingEnabled>"));
  EXPECT_EQ(logging->target_bucket, "t");
  EXPECT_EQ(logging->target_prefix, "p/");
  const Result<BucketTags> tags = ParseBucketTagging(
      Xml("Tagging", "<TagSet><Tag><Key>k</Key><Value>&lt;v&gt;</Value></Tag></TagSet>"));
  ASSERT_EQ(tags->size(), 1u);
  EXPECT_EQ((*tags)[0].second, "<v>");
  const Result<BucketVersioning> versioning = ParseBucketVersioning(
      Xml("VersioningConfiguration", "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>"));
  EXPECT_EQ(versioning->status, "Enabled");
  EXPECT_EQ(versioning->mfa_delete, "Disabled");
  const Result<BucketWebsite> website = ParseBucketWebsite(
      Xml("WebsiteConfiguration", "<IndexDocument><Suffix>i.html</Suffix></IndexDocument>"));
  EXPECT_EQ(website->index_suffix, "i.html");
  EXPECT_EQ(website->error_key, "");
  const Result<BucketEncryption> encryption = ParseBucketEncryption(
      Xml("ServerSideEncryptionConfiguration",
          "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
          "<KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"
          "<BucketKeyEnabled>true</BucketKeyEnabled></Rule>"));
  EXPECT_EQ(encryption->algorithm, "aws:kms");
  EXPECT_EQ(encryption->kms_key_id, "k");
  EXPECT_TRUE(encryption->bucket_key);
  const Result<std::string> ownership = ParseOwnershipControls(
      Xml("OwnershipControls", "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"));
  EXPECT_EQ(*ownership, "ObjectWriter");
  EXPECT_EQ(ParseOwnershipControls(Xml("OwnershipControls", "<Rule/>")).status().code(),
            StatusCode::kDataLoss);
}

TEST(S3BucketDocuments, InventoryConfigurations) {
  const Result<InventoryConfigurationPage> page = ParseInventoryConfigurations(
      Xml("ListInventoryConfigurationsResult",
          "<InventoryConfiguration><Id>daily</Id><IsEnabled>true</IsEnabled><Filter><Prefix>f/"
          "</Prefix></Filter><Destination><S3BucketDestination><Bucket>arn:aws:s3:::dest</Bucket>"
          "<Format>ORC</Format><Prefix>p</Prefix></S3BucketDestination></Destination>"
          "<OptionalFields><Field>Size</Field><Field>ETag</Field></OptionalFields>"
          "</InventoryConfiguration><IsTruncated>true</IsTruncated>"
          "<NextContinuationToken>t</NextContinuationToken>"));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->configurations.size(), 1u);
  const InventoryConfiguration& found = page->configurations[0];
  EXPECT_EQ(found.id, "daily");
  EXPECT_TRUE(found.enabled);
  EXPECT_EQ(found.filter_prefix, "f/");
  EXPECT_EQ(found.destination_bucket, "dest");
  EXPECT_EQ(found.format, "ORC");
  EXPECT_EQ(found.fields.size(), 2u);
  EXPECT_EQ(page->next_token, "t");
}

TEST(S3BucketDocuments, HostileRepliesAreRefused) {
  std::string many = "<AccessControlPolicy>";
  for (int i = 0; i < 30000; ++i) many += "<a/>";
  many += "</AccessControlPolicy>";
  EXPECT_EQ(ParseBucketAcl(many).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseBucketAcl("").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseBucketAcl("<html/>").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseBucketAcl("<AccessControlPolicy>").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParsePublicAccessBlock(Xml("Tagging", "")).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseBucketVersioning("<x/>").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseInventoryConfigurations("<x/>").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace assay
