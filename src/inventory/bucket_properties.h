// The properties of a bucket as the index "S3 bucket properties" holds them.
//
// Thread rule: values; CollectBucketFacts calls the store, BucketPropertiesJson is pure.
#pragma once

#include <cstdint>
#include <string>

#include "inventory/exposure.h"
#include "objectstore/object_store.h"
#include "objectstore/s3_bucket_documents.h"

namespace assay {

struct BucketFacts {
  std::string account_id;
  std::string bucket;
  std::string region;  // where the account says the bucket lies
  int64_t crawled_at_ms = 0;
  bool has_documents = false;  // false: a directory, which has none of the following
  BucketDocument<BucketAcl> acl;
  BucketDocument<std::string> policy;
  BucketDocument<PublicAccessBlock> block;
  // Of the account; filled in by the caller, who knows how to ask.
  BucketDocument<PublicAccessBlock> account_block{
      .state = DocumentState::kUnsupported, .value = {}, .status = {}};
  BucketDocument<std::string> location;
  BucketDocument<BucketLogging> logging;
  BucketDocument<BucketTags> tagging;
  BucketDocument<BucketVersioning> versioning;
  BucketDocument<BucketWebsite> website;
  BucketDocument<BucketEncryption> encryption;
  Exposure exposure;
};

// Reads all documents of the bucket (account_id, bucket, region and account_block are filled in
// already) and judges its exposure. kNotFound: no such bucket; kUnavailable: the store does not
// answer. A single document that is refused or damaged is no error: its state says so.
Status CollectBucketFacts(ObjectStore* store, BucketFacts* facts);

// The members of the index, dots as nesting ("acl.Grants" is a list, so are "policy.Policy.
// Statement" and "tagging.TagSet"), and beside them what the index of the original does not have:
// "encryption", "publicAccessBlock", "accountPublicAccessBlock", "documents" (the state of each
// document) and "s3_world_readability_reasons", "s3_world_writability_reasons".
std::string BucketPropertiesJson(const BucketFacts& facts);

}  // namespace assay
