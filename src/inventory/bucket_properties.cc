#include "inventory/bucket_properties.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/rfc3339.h"
#include "base/utf8.h"
#include "inventory/policy.h"

namespace assay {
namespace {

// One JSON value, written member by member; members without a value are left out.
class Writer {
 public:
  Writer& Open(const char* name) { return Key(name), w_.StartObject(), *this; }
  Writer& Open() { return w_.StartObject(), *this; }
  Writer& Close() { return w_.EndObject(), *this; }
  Writer& OpenList(const char* name) { return Key(name), w_.StartArray(), *this; }
  Writer& CloseList() { return w_.EndArray(), *this; }
  Writer& Text(const char* name, std::string_view value) {
    return value.empty() ? *this : Always(name, value);
  }
  Writer& Always(const char* name, std::string_view value) {
    Key(name);
    String(value);
    return *this;
  }
  Writer& Flag(const char* name, bool value) { return Key(name), w_.Bool(value), *this; }
  Writer& Texts(const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    OpenList(name);
    for (const std::string& value : values) String(value);
    return CloseList();
  }
  std::string Take() const { return buffer_.GetString(); }

 private:
  void Key(const char* name) { w_.Key(name); }
  void String(std::string_view value) {
    const std::string text = ToValidUtf8(value);
    w_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> w_{buffer_};
};

void WriteAcl(const BucketAcl& acl, Writer* w) {
  w->Open("acl").Open("Owner");
  w->Text("ID", acl.owner_id).Text("DisplayName", acl.owner_display_name).Close();
  w->OpenList("Grants");
  for (const AclGrant& grant : acl.grants) {
    w->Open().Open("Grantee");
    w->Text("Type", grant.grantee_type).Text("ID", grant.grantee_id);
    w->Text("DisplayName", grant.grantee_display_name).Text("URI", grant.grantee_uri).Close();
    w->Text("Permission", grant.permission).Close();
  }
  w->CloseList().Close();
}

void WritePrincipal(const char* name, const std::optional<PolicyPrincipal>& principal, Writer* w) {
  if (!principal) return;
  w->Open(name);
  // "Principal": "*" means the same as {"AWS": "*"}.
  w->Texts("AWS", principal->everyone && principal->aws.empty() ? std::vector<std::string>{"*"}
                                                                : principal->aws);
  w->Texts("CanonicalUser", principal->canonical_users).Texts("Federated", principal->federated);
  w->Texts("Service", principal->services).Close();
}

void WritePolicy(const std::string& text, Writer* w) {
  const Result<Policy> policy = ParsePolicy(text);
  if (!policy.ok()) return;  // the reasons of the exposure say so
  w->Open("policy").Open("Policy");
  w->Text("Version", policy->version).Text("Id", policy->id).OpenList("Statement");
  for (const PolicyStatement& statement : policy->statements) {
    w->Open().Text("Sid", statement.sid).Always("Effect", statement.allow ? "Allow" : "Deny");
    WritePrincipal("Principal", statement.principal, w);
    WritePrincipal("NotPrincipal", statement.not_principal, w);
    w->Texts("Action", statement.actions).Texts("NotAction", statement.not_actions);
    w->Texts("Resource", statement.resources).Texts("NotResource", statement.not_resources);
    if (!statement.conditions.empty()) {
      w->OpenList("Condition");
      for (const PolicyCondition& condition : statement.conditions) {
        w->Open().Text("Operator", condition.operator_name).Text("Key", condition.key);
        w->Texts("Value", condition.values).Close();
      }
      w->CloseList();
    }
    w->Close();
  }
  w->CloseList().Close().Close();
}

void WriteTags(const BucketTags& tags, Writer* w) {
  w->Open("tagging").OpenList("TagSet");
  for (const auto& [key, value] : tags) {
    w->Open().Always("Key", key).Always("Value", value).Close();
  }
  w->CloseList().Close();
}

void WriteWebsite(const BucketWebsite& website, Writer* w) {
  w->Open("website");
  if (!website.index_suffix.empty()) {
    w->Open("IndexDocument").Text("Suffix", website.index_suffix).Close();
  }
  if (!website.error_key.empty()) w->Open("ErrorDocument").Text("Key", website.error_key).Close();
  if (!website.redirect_host.empty()) {
    w->Open("RedirectAllRequestsTo").Text("HostName", website.redirect_host).Close();
  }
  w->Close();
}

void WriteBlock(const char* name, const PublicAccessBlock& block, Writer* w) {
  w->Open(name)
      .Flag("BlockPublicAcls", block.block_public_acls)
      .Flag("IgnorePublicAcls", block.ignore_public_acls)
      .Flag("BlockPublicPolicy", block.block_public_policy)
      .Flag("RestrictPublicBuckets", block.restrict_public_buckets)
      .Close();
}

void WriteStates(const BucketFacts& facts, Writer* w) {
  w->Open("documents");
  const auto state = [&](const char* name, DocumentState value) {
    w->Always(name, facts.has_documents ? DocumentStateName(value) : std::string_view("absent"));
  };
  state("acl", facts.acl.state);
  state("policy", facts.policy.state);
  state("publicAccessBlock", facts.block.state);
  state("accountPublicAccessBlock", facts.account_block.state);
  state("location", facts.location.state);
  state("logging", facts.logging.state);
  state("tagging", facts.tagging.state);
  state("versioning", facts.versioning.state);
  state("website", facts.website.state);
  state("encryption", facts.encryption.state);
  w->Close();
}

void WriteDocuments(const BucketFacts& facts, Writer* w) {
  const auto present = [](const auto& document) {
    return document.state == DocumentState::kPresent;
  };
  if (present(facts.acl)) WriteAcl(facts.acl.value, w);
  const std::string& location = present(facts.location) ? facts.location.value : facts.region;
  w->Open("location").Text("LocationConstraint", location).Close();
  if (present(facts.logging)) {
    w->Open("logging").Open("LoggingEnabled");
    w->Text("TargetBucket", facts.logging.value.target_bucket);
    w->Text("TargetPrefix", facts.logging.value.target_prefix).Close().Close();
  }
  if (present(facts.policy)) WritePolicy(facts.policy.value, w);
  if (present(facts.tagging)) WriteTags(facts.tagging.value, w);
  if (present(facts.versioning)) {
    w->Open("versioning").Text("Status", facts.versioning.value.status);
    w->Text("MFADelete", facts.versioning.value.mfa_delete).Close();
  }
  if (present(facts.website)) WriteWebsite(facts.website.value, w);
  if (present(facts.encryption)) {
    w->Open("encryption").Text("SSEAlgorithm", facts.encryption.value.algorithm);
    w->Text("KMSMasterKeyID", facts.encryption.value.kms_key_id);
    w->Flag("BucketKeyEnabled", facts.encryption.value.bucket_key).Close();
  }
  if (present(facts.block)) WriteBlock("publicAccessBlock", facts.block.value, w);
  if (present(facts.account_block)) {
    WriteBlock("accountPublicAccessBlock", facts.account_block.value, w);
  }
}

// Whether a failure of one document is one of the bucket or the store.
Status FatalStatus(const Status& status) {
  const bool fatal = status.code() == StatusCode::kNotFound ||
                     status.code() == StatusCode::kUnavailable ||
                     status.code() == StatusCode::kCancelled;
  return fatal ? status : Status::Ok();
}

}  // namespace

Status CollectBucketFacts(ObjectStore* store, BucketFacts* facts) {
  S3BucketDocuments* documents = store->bucket_documents();
  if (documents == nullptr) {
    // Nothing is told about who else can reach a folder of this machine.
    const std::string reason = "a directory has no ACL, policy or public access block";
    facts->exposure = {.readability = {.verdict = Truth::kUnknown, .reasons = {reason}},
                       .writability = {.verdict = Truth::kUnknown, .reasons = {reason}}};
    return store->List(facts->bucket, "", "", 1).status();
  }
  facts->has_documents = true;
  const std::string& bucket = facts->bucket;
  facts->acl = documents->Acl(bucket);
  ASSAY_RETURN_IF_ERROR(FatalStatus(facts->acl.status));
  facts->policy = documents->Policy(bucket);
  ASSAY_RETURN_IF_ERROR(FatalStatus(facts->policy.status));
  facts->block = documents->AccessBlock(bucket);
  ASSAY_RETURN_IF_ERROR(FatalStatus(facts->block.status));
  facts->location = documents->Location(bucket);
  facts->logging = documents->Logging(bucket);
  facts->tagging = documents->Tagging(bucket);
  facts->versioning = documents->Versioning(bucket);
  facts->website = documents->Website(bucket);
  facts->encryption = documents->Encryption(bucket);
  ASSAY_RETURN_IF_ERROR(FatalStatus(facts->encryption.status));
  ExposureInput input;
  input.bucket = bucket;
  input.region =
      facts->location.state == DocumentState::kPresent ? facts->location.value : facts->region;
  input.acl = facts->acl;
  input.policy = facts->policy;
  input.bucket_block = facts->block;
  input.account_block = facts->account_block;
  facts->exposure = EvaluateExposure(input);
  return Status::Ok();
}

std::string BucketPropertiesJson(const BucketFacts& facts) {
  Writer w;
  w.Open();
  w.Always("@timestamp", FormatRfc3339(facts.crawled_at_ms));
  w.Always("accountId", facts.account_id);
  w.Always("bucket", facts.bucket);
  WriteDocuments(facts, &w);
  const WorldAccess& read = facts.exposure.readability;
  const WorldAccess& write = facts.exposure.writability;
  w.Always("s3_world_readability", TruthName(read.verdict));
  w.Always("s3_world_writability", TruthName(write.verdict));
  w.Texts("s3_world_readability_reasons", read.reasons);
  w.Texts("s3_world_writability_reasons", write.reasons);
  WriteStates(facts, &w);
  w.Close();
  return w.Take();
}

}  // namespace assay
