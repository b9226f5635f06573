#include "cli/reason_text.h"

namespace assay {

std::string_view ReasonAdvice(OutcomeReason reason) {
  switch (reason) {
    case OutcomeReason::kNone:
      return "";
    case OutcomeReason::kArchived:
      return "in an archive tier: restore it first";
    case OutcomeReason::kKmsKeyNotUsable:
      return "these credentials may not use its KMS key";
    case OutcomeReason::kClientSideEncrypted:
      return "encrypted by the client that wrote it";
    case OutcomeReason::kCustomerKeyEncrypted:
      return "encrypted with a key only its owner has (SSE-C)";
    case OutcomeReason::kUnsupportedFormat:
      return "a format Assay does not read";
    case OutcomeReason::kQuotaReached:
      return "the quota is used up";
    case OutcomeReason::kAccessDenied:
      return "these credentials or permissions do not allow reading it";
    case OutcomeReason::kVanished:
      return "gone or changed since it was listed";
    case OutcomeReason::kDamaged:
      return "not readable as what it claims to be";
    case OutcomeReason::kTimeout:
      return "took too long to read";
    case OutcomeReason::kExtractorCrashed:
      return "its reader crashed or ran out of memory in the sandbox";
    case OutcomeReason::kStoreUnavailable:
      return "the store kept failing: try again later";
    case OutcomeReason::kSpecialFile:
      return "a device, socket or pipe";
    case OutcomeReason::kSymlink:
      return "a symbolic link: not followed";
  }
  return "";
}

}  // namespace assay
