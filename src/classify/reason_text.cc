#include "classify/reason_text.h"

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

std::string_view ReasonRemedy(OutcomeReason reason) {
  switch (reason) {
    case OutcomeReason::kNone:
      return "";
    case OutcomeReason::kArchived:
      return "Restore the object; it is classified when its copy can be read.";
    case OutcomeReason::kKmsKeyNotUsable:
      return "Make the service's role a key user in the policy of the KMS key.";
    case OutcomeReason::kClientSideEncrypted:
    case OutcomeReason::kCustomerKeyEncrypted:
      return "Only who holds the key can read it: classify it before it is encrypted.";
    case OutcomeReason::kUnsupportedFormat:
      return "Nothing needs to be done unless such files hold text that matters.";
    case OutcomeReason::kQuotaReached:
      return "Raise the account's quota; classification goes on where it stopped.";
    case OutcomeReason::kAccessDenied:
      return "Let the service's role read the object: look at the bucket policy and the ACL.";
    case OutcomeReason::kVanished:
      return "Nothing needs to be done: a new version is classified when it is noticed.";
    case OutcomeReason::kDamaged:
      return "Look at whether the file opens with its own program; write it again if not.";
    case OutcomeReason::kTimeout:
      return "It is tried again; raise classification.object_timeout if it keeps happening.";
    case OutcomeReason::kExtractorCrashed:
      return "It is tried again; tell the project about the file if it keeps happening.";
    case OutcomeReason::kStoreUnavailable:
      return "It is tried again as soon as the store answers.";
    case OutcomeReason::kSpecialFile:
    case OutcomeReason::kSymlink:
      return "Nothing needs to be done: only regular files are objects.";
  }
  return "";
}

}  // namespace assay
