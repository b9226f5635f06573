#include "jobs/object_acl.h"

#include <algorithm>
#include <utility>

#include "aws/s3_control.h"
#include "jobs/now_ms.h"
#include "objectstore/s3_bucket_documents.h"

namespace assay {
namespace {

constexpr int64_t kKeepMs = 300'000;
constexpr size_t kMaxKept = 20'000;
// After so many refusals without an answer between them, a bucket is left alone for kKeepMs.
constexpr uint32_t kMaxRefusals = 8;

constexpr std::string_view kOwnerEnforced = "BucketOwnerEnforced";
constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kAuthenticatedUsers =
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

ObjectAcl AclOf(BucketAcl&& acl) {
  ObjectAcl out;
  out.owner_id = std::move(acl.owner_id);
  out.owner_display_name = std::move(acl.owner_display_name);
  for (AclGrant& grant : acl.grants) {
    out.grants.push_back({std::move(grant.grantee_type), std::move(grant.grantee_id),
                          std::move(grant.grantee_display_name), std::move(grant.grantee_uri),
                          std::move(grant.permission)});
  }
  return out;
}

}  // namespace

bool IsWorldReadable(const ObjectAcl& acl) {
  return std::any_of(acl.grants.begin(), acl.grants.end(), [](const ObjectGrant& grant) {
    return (grant.grantee_uri == kAllUsers || grant.grantee_uri == kAuthenticatedUsers) &&
           (grant.permission == "READ" || grant.permission == "FULL_CONTROL");
  });
}

void ObjectAclReader::Read(const std::string& account_id, const std::string& region,
                           const std::string& service_role_arn, BatchObject* object) {
  S3BucketDocuments* const documents = enabled_ ? object->store->bucket_documents() : nullptr;
  if (documents == nullptr) return;
  const std::string name = account_id + ' ' + object->object.bucket;
  const Bucket bucket = BucketOf(name, account_id, region, service_role_arn, *object);
  if (!bucket.has_acls || bucket.refusals >= kMaxRefusals) return;
  BucketDocument<BucketAcl> acl = documents->ObjectAcl(object->object.bucket, object->object.key);
  const bool told = acl.state == DocumentState::kPresent;
  if (!told || bucket.refusals > 0) NoteAnswer(name, !told);
  if (!told) return;
  object->acl = AclOf(std::move(acl.value));
  object->world_readable = !bucket.public_ignored && IsWorldReadable(object->acl);
}

ObjectAclReader::Bucket ObjectAclReader::BucketOf(const std::string& name,
                                                  const std::string& account_id,
                                                  const std::string& region,
                                                  const std::string& service_role_arn,
                                                  const BatchObject& object) {
  {
    const std::lock_guard lock(mutex_);
    const auto kept = buckets_.find(name);
    if (kept != buckets_.end() && NowMs() < kept->second.until_ms) return kept->second;
  }
  Bucket bucket = AskBucket(account_id, region, service_role_arn, object);
  bucket.until_ms = NowMs() + kKeepMs;
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxKept) buckets_.clear();
  buckets_[name] = bucket;
  return bucket;
}

ObjectAclReader::Bucket ObjectAclReader::AskBucket(const std::string& account_id,
                                                   const std::string& region,
                                                   const std::string& service_role_arn,
                                                   const BatchObject& object) {
  Bucket bucket;
  S3BucketDocuments* const documents = object.store->bucket_documents();
  const BucketDocument<std::string> ownership = documents->Ownership(object.object.bucket);
  // A bucket from before there were ownership controls has none, and its ACLs count.
  bucket.has_acls =
      ownership.state == DocumentState::kAbsent ||
      (ownership.state == DocumentState::kPresent && ownership.value != kOwnerEnforced);
  if (!bucket.has_acls) return bucket;
  const BucketDocument<PublicAccessBlock> block = documents->AccessBlock(object.object.bucket);
  bucket.public_ignored =
      (block.state == DocumentState::kPresent && block.value.ignore_public_acls) ||
      AccountIgnoresPublicAcls(account_id, region, service_role_arn);
  return bucket;
}

bool ObjectAclReader::AccountIgnoresPublicAcls(const std::string& account_id,
                                               const std::string& region,
                                               const std::string& service_role_arn) {
  Result<AwsServiceContext> context =
      access_->ServiceContext(account_id, "s3", region, service_role_arn);
  if (!context.ok()) return false;
  const S3ControlClient client(*std::move(context), account_id);
  const Result<std::string> xml = client.GetPublicAccessBlock();
  if (!xml.ok()) return false;
  const Result<PublicAccessBlock> block = ParsePublicAccessBlock(*xml);
  return block.ok() && block->ignore_public_acls;
}

void ObjectAclReader::NoteAnswer(const std::string& name, bool refused) {
  const std::lock_guard lock(mutex_);
  const auto kept = buckets_.find(name);
  if (kept == buckets_.end()) return;
  kept->second.refusals = refused ? kept->second.refusals + 1 : 0;
}

}  // namespace assay
