#include "jobs/object_outcome.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace assay {
namespace {

// User metadata that the S3 encryption clients put on what they encrypted themselves
// (Amazon S3 Encryption Client developer guide, "object metadata").
constexpr std::string_view kClientEncryptionHeaders[] = {
    "x-amz-key", "x-amz-key-v2", "x-amz-iv", "x-amz-matdesc", "x-amz-cek-alg", "x-amz-wrap-alg",
};

bool IsArchived(std::string_view storage_class) {
  // GLACIER_IR is read at once; only these two need a restore first.
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

// The store's word for why an entry cannot be read; those words are outcome reasons, "" is kNone.
OutcomeReason StoreReason(std::string_view word) {
  return OutcomeReasonOfName(word).value_or(OutcomeReason::kAccessDenied);
}

OutcomeReason ReasonOfStatus(StatusCode code) {
  switch (code) {
    case StatusCode::kAborted:
    case StatusCode::kNotFound:
      return OutcomeReason::kVanished;
    case StatusCode::kPermissionDenied:
    case StatusCode::kInvalidArgument:
      return OutcomeReason::kAccessDenied;
    case StatusCode::kDeadlineExceeded:
      return OutcomeReason::kTimeout;
    default:
      return OutcomeReason::kStoreUnavailable;
  }
}

}  // namespace

void FillObjectFacts(const ObjectInfo& object, Classification* record) {
  record->bucket = object.bucket;
  record->key = object.key;
  const size_t slash = object.key.find('/');
  record->first_prefix = slash == std::string::npos ? "" : object.key.substr(0, slash);
  record->etag = object.etag;
  record->last_modified_ms = object.last_modified_ms;
  record->size = object.size;
  record->server_encryption = object.server_encryption;
  record->sse_kms_key_id = object.sse_kms_key_id;
  record->storage_class = object.storage_class;
}

OutcomeReason ReasonNotToRead(const ObjectInfo& object) {
  const OutcomeReason told = StoreReason(object.unreadable_reason);
  if (told != OutcomeReason::kNone) return told;
  if (IsArchived(object.storage_class)) return OutcomeReason::kArchived;
  if (!object.sse_customer_algorithm.empty()) return OutcomeReason::kCustomerKeyEncrypted;
  const bool client_side = std::any_of(
      std::begin(kClientEncryptionHeaders), std::end(kClientEncryptionHeaders),
      [&](std::string_view name) { return object.user_metadata.contains(std::string(name)); });
  return client_side ? OutcomeReason::kClientSideEncrypted : OutcomeReason::kNone;
}

void SetReadFailure(const Status& status, const ObjectInfo& object, Classification* record) {
  const OutcomeReason told = ReasonNotToRead(object);
  const OutcomeReason reason = told == OutcomeReason::kNone ? ReasonOfStatus(status.code()) : told;
  SetNotClassified(reason, record);
}

void SetNotClassified(OutcomeReason reason, Classification* record) {
  const bool failed = reason == OutcomeReason::kDamaged || reason == OutcomeReason::kTimeout ||
                      reason == OutcomeReason::kExtractorCrashed ||
                      reason == OutcomeReason::kStoreUnavailable;
  record->outcome = failed ? Outcome::kFailed : Outcome::kSkipped;
  record->reason = reason;
}

bool IsScanError(OutcomeReason reason) {
  switch (reason) {
    case OutcomeReason::kAccessDenied:
    case OutcomeReason::kKmsKeyNotUsable:
    case OutcomeReason::kDamaged:
    case OutcomeReason::kTimeout:
    case OutcomeReason::kExtractorCrashed:
    case OutcomeReason::kStoreUnavailable:
      return true;
    default:
      return false;
  }
}

}  // namespace assay
