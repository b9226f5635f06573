#include "jobs/object_encryption.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/kms.h"
#include "inventory/kms_key_use.h"
#include "jobs/now_ms.h"
#include "jobs/object_outcome.h"

namespace assay {
namespace {

constexpr int64_t kKeepMs = 300'000;
constexpr int64_t kKeepUnknownMs = 30'000;
constexpr size_t kMaxKept = 10'000;

constexpr char kInstructionSuffix[] = ".instruction";
constexpr uint64_t kMaxInstructionBytes = 64 << 10;

// "arn:aws:kms:REGION:ACCOUNT:key/ID"; "" for what is no ARN.
std::string RegionOfArn(const std::string& arn) {
  size_t start = 0;
  for (int i = 0; i < 3; ++i) {
    start = arn.find(':', start);
    if (start == std::string::npos) return "";
    ++start;
  }
  const size_t end = arn.find(':', start);
  return end == std::string::npos ? "" : arn.substr(start, end - start);
}

bool IsKms(const ObjectInfo& object) { return object.server_encryption.starts_with("aws:kms"); }

// Whether the object beside it is an instruction file of an S3 encryption client: it is marked as
// one, or holds the envelope (Amazon S3 Encryption Client developer guide, "instruction file").
bool HasInstructionFile(const BatchObject& object) {
  Result<ObjectInfo> companion =
      object.store->Head(object.object.bucket, object.object.key + kInstructionSuffix);
  if (!companion.ok()) return false;
  if (companion->user_metadata.contains("x-amz-crypto-instr-file")) return true;
  if (companion->size == 0 || companion->size > kMaxInstructionBytes) return false;
  std::string text(companion->size, '\0');
  const Result<uint64_t> got = object.store->Read(&*companion, 0, text.data(), text.size());
  if (!got.ok()) return false;
  text.resize(std::min<uint64_t>(*got, text.size()));
  return text.find("\"x-amz-key") != std::string::npos ||
         text.find("\"x-amz-iv\"") != std::string::npos ||
         text.find("\"x-amz-3\"") != std::string::npos;
}

}  // namespace

OutcomeReason EncryptionCheck::ReasonNotToRead(const std::string& account_id,
                                               const std::string& region,
                                               const std::string& service_role_arn,
                                               BatchObject* object) {
  if (object->may_have_companion && HasInstructionFile(*object)) {
    return OutcomeReason::kClientSideEncrypted;
  }
  // A folder has no keys; it has objects faster than connections can be asked for.
  if (!object->remote) return OutcomeReason::kNone;
  if (access_->ConnectionOf(account_id).kind != AccountKind::kAws) return OutcomeReason::kNone;
  ObjectInfo& info = object->object;
  if (info.server_encryption.empty()) {
    // A listing does not tell. What fails here fails at reading too, with its reason.
    Result<ObjectInfo> facts = object->store->Head(info.bucket, info.key);
    if (!facts.ok() || facts->etag != info.etag) return OutcomeReason::kNone;
    info.server_encryption = facts->server_encryption;
    info.sse_kms_key_id = facts->sse_kms_key_id;
    info.sse_customer_algorithm = facts->sse_customer_algorithm;
    info.user_metadata = std::move(facts->user_metadata);
    const OutcomeReason reason = assay::ReasonNotToRead(info);
    if (reason != OutcomeReason::kNone) return reason;
  }
  if (!IsKms(info) || info.sse_kms_key_id.empty()) return OutcomeReason::kNone;
  return KeyVerdict(account_id, region, service_role_arn, info.sse_kms_key_id) ==
                 Verdict::kNotUsable
             ? OutcomeReason::kKmsKeyNotUsable
             : OutcomeReason::kNone;
}

void EncryptionCheck::LearnKey(ObjectStore* store, ObjectInfo* object) {
  if (!object->sse_kms_key_id.empty()) return;
  const Result<ObjectInfo> facts = store->Head(object->bucket, object->key);
  if (!facts.ok() || facts->etag != object->etag) return;
  object->server_encryption = facts->server_encryption;
  object->sse_kms_key_id = facts->sse_kms_key_id;
}

EncryptionCheck::Verdict EncryptionCheck::KeyVerdict(const std::string& account_id,
                                                     const std::string& region,
                                                     const std::string& service_role_arn,
                                                     const std::string& key_id) {
  const std::string name = account_id + ' ' + region + ' ' + key_id;
  const int64_t now_ms = NowMs();
  {
    const std::lock_guard lock(mutex_);
    const auto kept = kept_.find(name);
    if (kept != kept_.end() && now_ms < kept->second.until_ms) return kept->second.verdict;
  }
  const Verdict verdict = AskKms(account_id, region, service_role_arn, key_id);
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKept) kept_.clear();
  kept_[name] = {verdict, now_ms + (verdict == Verdict::kUnknown ? kKeepUnknownMs : kKeepMs)};
  return verdict;
}

EncryptionCheck::Verdict EncryptionCheck::AskKms(const std::string& account_id,
                                                 const std::string& region,
                                                 const std::string& service_role_arn,
                                                 const std::string& key_id) {
  const std::string key_region = RegionOfArn(key_id);
  Result<AwsServiceContext> context = access_->ServiceContext(
      account_id, "kms", key_region.empty() ? region : key_region, service_role_arn);
  if (!context.ok()) return Verdict::kUnknown;
  const KmsClient kms(*std::move(context));
  KmsKeyUseInput input;
  Result<std::string> policy = kms.GetKeyPolicy(key_id);
  if (!policy.ok()) return Verdict::kUnknown;  // the store's answer decides
  input.key_arn = key_id;
  input.key_policy = *std::move(policy);
  if (Result<std::vector<KmsGrant>> grants = kms.ListGrants(key_id); grants.ok()) {
    for (KmsGrant& grant : *grants) {
      input.grants.push_back(
          {std::move(grant.grantee_principal), std::move(grant.operations), false});
    }
  }
  input.roles = KeyUserRoles(account_id, access_->ConnectionOf(account_id).service_role);
  if (!service_role_arn.empty()) input.roles.push_back(service_role_arn);
  input.region = region;
  switch (EvaluateKmsKeyUse(input).verdict) {
    case Truth::kYes:
      return Verdict::kUsable;
    case Truth::kNo:
      return Verdict::kNotUsable;
    case Truth::kUnknown:
      break;
  }
  return Verdict::kUnknown;
}

}  // namespace assay
