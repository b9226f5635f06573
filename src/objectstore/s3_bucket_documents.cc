#include "objectstore/s3_bucket_documents.h"

#include <array>
#include <cstring>

#include "objectstore/s3_client.h"
#include "objectstore/xml_document.h"

namespace assay {
namespace {

// Far more than any real document has: 100 grants, 50 tags, 100 inventory configurations a page.
constexpr size_t kMaxTags = 20000;
constexpr size_t kMaxDocument = size_t{1} << 20;
constexpr size_t kMaxInventoryPages = 20;  // Amazon S3 allows 1,000 configurations, 100 a page

bool IsTrue(const char* text) { return std::strcmp(text, "true") == 0; }

Result<pugi::xml_node> Root(std::string_view xml, const char* name, pugi::xml_document* document) {
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kMaxTags, document));
  const pugi::xml_node root = document->child(name);
  if (!root) return DataLoss(std::string("the store's reply is no ") + name);
  return root;
}

// The codes with which stores say that a bucket has no such document.
bool MeansAbsent(const std::string& code) {
  static constexpr std::array<std::string_view, 9> kCodes = {
      "NoSuchBucketPolicy",
      "NoSuchPublicAccessBlockConfiguration",
      "NoSuchTagSet",
      "NoSuchTagSetError",
      "NoSuchWebsiteConfiguration",
      "ServerSideEncryptionConfigurationNotFoundError",
      "NoSuchConfiguration",
      "OwnershipControlsNotFoundError",
      "NoSuchAccessControlList"};
  for (const std::string_view known : kCodes) {
    if (code == known) return true;
  }
  return false;
}

DocumentState StateOfFailure(const S3Reply& reply) {
  const S3Failure& failure = reply.failure;
  if (MeansAbsent(failure.error.code)) return DocumentState::kAbsent;
  if (failure.status.code() == StatusCode::kPermissionDenied) return DocumentState::kDenied;
  const bool unsupported = failure.status.code() == StatusCode::kUnimplemented ||
                           reply.http.status == 405 || failure.error.code == "NotImplemented" ||
                           failure.error.code == "MethodNotAllowed";
  return unsupported ? DocumentState::kUnsupported : DocumentState::kFailed;
}

template <typename T>
BucketDocument<T> Parsed(const BucketDocument<std::string>& text,
                         Result<T> (*parse)(std::string_view)) {
  BucketDocument<T> document;
  document.state = text.state;
  document.status = text.status;
  if (text.state != DocumentState::kPresent) return document;
  Result<T> value = parse(text.value);
  if (value.ok()) {
    document.value = *std::move(value);
  } else {
    document.state = DocumentState::kFailed;
    document.status = value.status();
  }
  return document;
}

InventoryConfiguration ParseInventoryConfiguration(const pugi::xml_node& node) {
  InventoryConfiguration configuration;
  configuration.id = node.child_value("Id");
  configuration.enabled = IsTrue(node.child_value("IsEnabled"));
  configuration.filter_prefix = node.child("Filter").child_value("Prefix");
  const pugi::xml_node destination = node.child("Destination").child("S3BucketDestination");
  const std::string arn = destination.child_value("Bucket");
  configuration.destination_bucket = arn.substr(arn.rfind(':') + 1);
  configuration.destination_prefix = destination.child_value("Prefix");
  configuration.format = destination.child_value("Format");
  configuration.versions = node.child_value("IncludedObjectVersions");
  configuration.frequency = node.child("Schedule").child_value("Frequency");
  for (const pugi::xml_node& field : node.child("OptionalFields").children("Field")) {
    configuration.fields.emplace_back(field.child_value());
  }
  return configuration;
}

}  // namespace

std::string_view DocumentStateName(DocumentState state) {
  switch (state) {
    case DocumentState::kPresent:
      return "present";
    case DocumentState::kAbsent:
      return "absent";
    case DocumentState::kDenied:
      return "denied";
    case DocumentState::kUnsupported:
      return "unsupported";
    case DocumentState::kFailed:
      break;
  }
  return "failed";
}

Result<BucketAcl> ParseBucketAcl(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root, Root(xml, "AccessControlPolicy", &document));
  BucketAcl acl;
  acl.owner_id = root.child("Owner").child_value("ID");
  acl.owner_display_name = root.child("Owner").child_value("DisplayName");
  for (const pugi::xml_node& node : root.child("AccessControlList").children("Grant")) {
    const pugi::xml_node grantee = node.child("Grantee");
    AclGrant grant;
    // The namespace prefix is the server's choice.
    for (const pugi::xml_attribute& attribute : grantee.attributes()) {
      const std::string_view name = attribute.name();
      if (name == "type" || name.ends_with(":type")) grant.grantee_type = attribute.value();
    }
    grant.grantee_id = grantee.child_value("ID");
    grant.grantee_display_name = grantee.child_value("DisplayName");
    grant.grantee_uri = grantee.child_value("URI");
    if (grant.grantee_type.empty() && !grant.grantee_uri.empty()) grant.grantee_type = "Group";
    grant.permission = node.child_value("Permission");
    acl.grants.push_back(std::move(grant));
  }
  return acl;
}

Result<std::string> ParseOwnershipControls(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root, Root(xml, "OwnershipControls", &document));
  std::string rule = root.child("Rule").child_value("ObjectOwnership");
  if (rule.empty()) return DataLoss("the store's reply holds no rule of ownership");
  return rule;
}

Result<PublicAccessBlock> ParsePublicAccessBlock(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root,
                         Root(xml, "PublicAccessBlockConfiguration", &document));
  const auto is_set = [&](const char* name) {
    const std::string_view text = root.child_value(name);
    return text == "true" || text == "TRUE" || text == "True";
  };
  return PublicAccessBlock{.block_public_acls = is_set("BlockPublicAcls"),
                           .ignore_public_acls = is_set("IgnorePublicAcls"),
                           .block_public_policy = is_set("BlockPublicPolicy"),
                           .restrict_public_buckets = is_set("RestrictPublicBuckets")};
}

Result<std::string> ParseBucketLocation(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(pugi::xml_node root, Root(xml, "LocationConstraint", &document));
  // Some servers wrap the element into another of the same name.
  if (root.child("LocationConstraint")) root = root.child("LocationConstraint");
  const std::string region = root.child_value();
  if (region.empty()) return std::string("us-east-1");
  return region == "EU" ? std::string("eu-west-1") : region;
}

Result<BucketLogging> ParseBucketLogging(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root, Root(xml, "BucketLoggingStatus", &document));
  const pugi::xml_node enabled = root.child("LoggingEnabled");
  return BucketLogging{enabled.child_value("TargetBucket"), enabled.child_value("TargetPrefix")};
}

Result<BucketTags> ParseBucketTagging(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root, Root(xml, "Tagging", &document));
  BucketTags tags;
  for (const pugi::xml_node& node : root.child("TagSet").children("Tag")) {
    tags.emplace_back(node.child_value("Key"), node.child_value("Value"));
  }
  return tags;
}

Result<BucketVersioning> ParseBucketVersioning(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kMaxTags, &document));
  // "VersioningConfiguration" at Amazon S3; others name it after the operation.
  const pugi::xml_node root = document.document_element();
  if (std::string_view(root.name()).find("Versioning") == std::string_view::npos) {
    return DataLoss("the store's reply is no VersioningConfiguration");
  }
  // The element is spelled in both ways, by version of the API.
  std::string mfa_delete = root.child_value("MfaDelete");
  if (mfa_delete.empty()) mfa_delete = root.child_value("MFADelete");
  return BucketVersioning{root.child_value("Status"), std::move(mfa_delete)};
}

Result<BucketWebsite> ParseBucketWebsite(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root, Root(xml, "WebsiteConfiguration", &document));
  return BucketWebsite{
      .index_suffix = root.child("IndexDocument").child_value("Suffix"),
      .error_key = root.child("ErrorDocument").child_value("Key"),
      .redirect_host = root.child("RedirectAllRequestsTo").child_value("HostName")};
}

Result<BucketEncryption> ParseBucketEncryption(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node root,
                         Root(xml, "ServerSideEncryptionConfiguration", &document));
  const pugi::xml_node rule = root.child("Rule");
  const pugi::xml_node applied = rule.child("ApplyServerSideEncryptionByDefault");
  return BucketEncryption{.algorithm = applied.child_value("SSEAlgorithm"),
                          .kms_key_id = applied.child_value("KMSMasterKeyID"),
                          .bucket_key = IsTrue(rule.child_value("BucketKeyEnabled"))};
}

Result<InventoryConfigurationPage> ParseInventoryConfigurations(std::string_view xml) {
  pugi::xml_document document;
  ASSAY_RETURN_IF_ERROR(LoadXml(xml, kMaxTags, &document));
  // "ListInventoryConfigurationsResult" at Amazon S3; others name it after the operation.
  const pugi::xml_node root = document.document_element();
  if (std::string_view(root.name()).find("InventoryConfigurations") == std::string_view::npos) {
    return DataLoss("the store's reply is no list of inventory configurations");
  }
  InventoryConfigurationPage page;
  for (const pugi::xml_node& node : root.children("InventoryConfiguration")) {
    page.configurations.push_back(ParseInventoryConfiguration(node));
  }
  if (IsTrue(root.child_value("IsTruncated"))) {
    page.next_token = root.child_value("NextContinuationToken");
  }
  return page;
}

BucketDocument<std::string> S3BucketDocuments::Fetch(std::string_view operation,
                                                     const std::string& bucket,
                                                     const char* subresource,
                                                     const std::string& token,
                                                     const std::string& key) {
  S3Request request;
  request.what = operation;
  request.bucket = bucket;
  request.key = key;
  request.query = {{subresource, ""}};
  if (!token.empty()) request.query.emplace_back("continuation-token", token);
  request.max_body = kMaxDocument;
  S3Reply reply = client_->SendWithRetries(request);
  BucketDocument<std::string> document;
  if (!reply.failure.status.ok()) {
    document.state = StateOfFailure(reply);
    if (document.state != DocumentState::kAbsent) document.status = reply.failure.status;
    return document;
  }
  document.state = DocumentState::kPresent;
  document.value = std::move(reply.http.body);
  return document;
}

BucketDocument<BucketAcl> S3BucketDocuments::Acl(const std::string& bucket) {
  return Parsed(Fetch("GetBucketAcl", bucket, "acl"), ParseBucketAcl);
}

BucketDocument<std::string> S3BucketDocuments::Policy(const std::string& bucket) {
  BucketDocument<std::string> policy = Fetch("GetBucketPolicy", bucket, "policy");
  if (policy.state == DocumentState::kPresent && policy.value.empty()) {
    policy.state = DocumentState::kAbsent;
  }
  return policy;
}

BucketDocument<PublicAccessBlock> S3BucketDocuments::AccessBlock(const std::string& bucket) {
  return Parsed(Fetch("GetPublicAccessBlock", bucket, "publicAccessBlock"), ParsePublicAccessBlock);
}

BucketDocument<std::string> S3BucketDocuments::Location(const std::string& bucket) {
  return Parsed(Fetch("GetBucketLocation", bucket, "location"), ParseBucketLocation);
}

BucketDocument<BucketLogging> S3BucketDocuments::Logging(const std::string& bucket) {
  BucketDocument<BucketLogging> logging =
      Parsed(Fetch("GetBucketLogging", bucket, "logging"), ParseBucketLogging);
  if (logging.state == DocumentState::kPresent && logging.value.target_bucket.empty()) {
    logging.state = DocumentState::kAbsent;
  }
  return logging;
}

BucketDocument<BucketTags> S3BucketDocuments::Tagging(const std::string& bucket) {
  return Parsed(Fetch("GetBucketTagging", bucket, "tagging"), ParseBucketTagging);
}

BucketDocument<BucketVersioning> S3BucketDocuments::Versioning(const std::string& bucket) {
  return Parsed(Fetch("GetBucketVersioning", bucket, "versioning"), ParseBucketVersioning);
}

BucketDocument<BucketWebsite> S3BucketDocuments::Website(const std::string& bucket) {
  return Parsed(Fetch("GetBucketWebsite", bucket, "website"), ParseBucketWebsite);
}

BucketDocument<BucketEncryption> S3BucketDocuments::Encryption(const std::string& bucket) {
  return Parsed(Fetch("GetBucketEncryption", bucket, "encryption"), ParseBucketEncryption);
}

BucketDocument<std::string> S3BucketDocuments::Ownership(const std::string& bucket) {
  return Parsed(Fetch("GetBucketOwnershipControls", bucket, "ownershipControls"),
                ParseOwnershipControls);
}

BucketDocument<BucketAcl> S3BucketDocuments::ObjectAcl(const std::string& bucket,
                                                       const std::string& key) {
  return Parsed(Fetch("GetObjectAcl", bucket, "acl", "", key), ParseBucketAcl);
}

BucketDocument<std::vector<InventoryConfiguration>> S3BucketDocuments::Inventory(
    const std::string& bucket) {
  BucketDocument<std::vector<InventoryConfiguration>> all;
  std::string token;
  for (size_t pages = 0; pages < kMaxInventoryPages; ++pages) {
    BucketDocument<InventoryConfigurationPage> page =
        Parsed(Fetch("ListBucketInventoryConfigurations", bucket, "inventory", token),
               ParseInventoryConfigurations);
    all.state = page.state;
    all.status = page.status;
    if (page.state != DocumentState::kPresent) return all;
    for (InventoryConfiguration& found : page.value.configurations) {
      all.value.push_back(std::move(found));
    }
    if (page.value.next_token.empty() || page.value.next_token == token) break;
    token = std::move(page.value.next_token);
  }
  if (all.value.empty()) all.state = DocumentState::kAbsent;
  return all;
}

}  // namespace assay
