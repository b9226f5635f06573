#include "objectstore/object_store.h"

namespace assay {

std::string_view ReasonForStatus(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kCancelled:
      return "";
    case StatusCode::kNotFound:
    case StatusCode::kAborted:
      return kReasonVanished;
    case StatusCode::kPermissionDenied:
      return kReasonAccessDenied;
    default:
      return kReasonStoreUnavailable;
  }
}

bool IsClientSideEncrypted(const ObjectInfo& object) {
  // Names of the Amazon S3 Encryption Client's metadata: formats 1 and 2, and the short names of
  // format 3 (x-amz-c content cipher, x-amz-3 encrypted data key).
  for (const char* name : {"x-amz-key", "x-amz-key-v2", "x-amz-cek-alg", "x-amz-3", "x-amz-c"}) {
    if (object.user_metadata.count(name) != 0) return true;
  }
  return false;
}

}  // namespace assay
