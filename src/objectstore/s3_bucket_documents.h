// The documents that describe a bucket, and the ACLs of its objects: ACL, policy, public access
// block and so on, each a value, or known to be absent, or refused. Replies are hostile input:
// bounded, and only documents of the expected shape are taken. Source: the Get operations of the
// Amazon S3 API reference.
//
// Thread rule: an S3BucketDocuments may be used by several threads at once; the parsers are pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace assay {

class S3Client;

enum class DocumentState {
  kPresent,
  kAbsent,       // the bucket has no such document
  kDenied,       // the store refuses to show it
  kUnsupported,  // the store has no such documents at all
  kFailed,       // could not be fetched or does not parse: nothing is known
};
std::string_view DocumentStateName(DocumentState state);  // "present", "absent", "denied" ...

template <typename T>
struct BucketDocument {
  DocumentState state = DocumentState::kFailed;
  T value{};      // with kPresent
  Status status;  // why it is not present; OK with kPresent and kAbsent
};

struct AclGrant {
  std::string grantee_type;  // "CanonicalUser", "Group", "AmazonCustomerByEmail"
  std::string grantee_id;
  std::string grantee_display_name;
  std::string grantee_uri;  // of a group
  std::string permission;   // "FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"
};
struct BucketAcl {
  std::string owner_id;
  std::string owner_display_name;
  std::vector<AclGrant> grants;
};

struct PublicAccessBlock {
  bool block_public_acls = false;
  bool ignore_public_acls = false;
  bool block_public_policy = false;
  bool restrict_public_buckets = false;
};

struct BucketLogging {
  std::string target_bucket;
  std::string target_prefix;
};

struct BucketVersioning {
  std::string status;      // "Enabled", "Suspended"
  std::string mfa_delete;  // "Enabled", "Disabled", "" = never set
};

struct BucketWebsite {
  std::string index_suffix;
  std::string error_key;
  std::string redirect_host;  // of RedirectAllRequestsTo
};

// Default encryption of new objects.
struct BucketEncryption {
  std::string algorithm;   // "AES256", "aws:kms", "aws:kms:dsse"
  std::string kms_key_id;  // "" = the account's own key for S3
  bool bucket_key = false;
};

using BucketTags = std::vector<std::pair<std::string, std::string>>;

// One S3 Inventory configuration.
struct InventoryConfiguration {
  std::string id;
  bool enabled = false;
  std::string filter_prefix;       // only keys that start with it are in the reports
  std::string destination_bucket;  // name, not ARN
  std::string destination_prefix;
  std::string format;    // "CSV", "ORC", "Parquet"
  std::string versions;  // "All", "Current"
  std::string frequency;
  std::vector<std::string> fields;  // optional ones: "Size", "StorageClass" ...
};

Result<BucketAcl> ParseBucketAcl(std::string_view xml);
Result<PublicAccessBlock> ParsePublicAccessBlock(std::string_view xml);
// "" in the document means us-east-1, "EU" eu-west-1.
Result<std::string> ParseBucketLocation(std::string_view xml);
Result<BucketLogging> ParseBucketLogging(std::string_view xml);
Result<BucketTags> ParseBucketTagging(std::string_view xml);
Result<BucketVersioning> ParseBucketVersioning(std::string_view xml);
Result<BucketWebsite> ParseBucketWebsite(std::string_view xml);
Result<BucketEncryption> ParseBucketEncryption(std::string_view xml);
// The rule of an OwnershipControls document: "BucketOwnerEnforced", "BucketOwnerPreferred",
// "ObjectWriter".
Result<std::string> ParseOwnershipControls(std::string_view xml);
struct InventoryConfigurationPage {
  std::vector<InventoryConfiguration> configurations;
  std::string next_token;  // "" at the end
};
Result<InventoryConfigurationPage> ParseInventoryConfigurations(std::string_view xml);

class S3BucketDocuments {
 public:
  explicit S3BucketDocuments(S3Client* client) : client_(client) {}  // must outlive this

  BucketDocument<BucketAcl> Acl(const std::string& bucket);
  BucketDocument<std::string> Policy(const std::string& bucket);  // JSON text, as it came
  BucketDocument<PublicAccessBlock> AccessBlock(const std::string& bucket);
  BucketDocument<std::string> Location(const std::string& bucket);  // a region's name
  BucketDocument<BucketLogging> Logging(const std::string& bucket);
  BucketDocument<BucketTags> Tagging(const std::string& bucket);
  BucketDocument<BucketVersioning> Versioning(const std::string& bucket);
  BucketDocument<BucketWebsite> Website(const std::string& bucket);
  BucketDocument<BucketEncryption> Encryption(const std::string& bucket);
  BucketDocument<std::vector<InventoryConfiguration>> Inventory(const std::string& bucket);
  BucketDocument<std::string> Ownership(const std::string& bucket);  // see ParseOwnershipControls
  BucketDocument<BucketAcl> ObjectAcl(const std::string& bucket, const std::string& key);

 private:
  BucketDocument<std::string> Fetch(std::string_view operation, const std::string& bucket,
                                    const char* subresource, const std::string& token = "",
                                    const std::string& key = "");

  S3Client* const client_;
};

}  // namespace assay
