#include "classify/classification.h"

#include <array>

namespace assay {
namespace {

struct ReasonEntry {
  OutcomeReason reason;
  std::string_view name;
  bool retryable;
};

constexpr std::array<ReasonEntry, 15> kReasons = {{
    {OutcomeReason::kNone, "", false},
    {OutcomeReason::kArchived, "archived", false},
    {OutcomeReason::kKmsKeyNotUsable, "kms-key-not-usable", false},
    {OutcomeReason::kClientSideEncrypted, "client-side-encrypted", false},
    {OutcomeReason::kCustomerKeyEncrypted, "customer-key-encrypted", false},
    {OutcomeReason::kUnsupportedFormat, "unsupported-format", false},
    {OutcomeReason::kQuotaReached, "quota-reached", true},
    {OutcomeReason::kAccessDenied, "access-denied", false},
    {OutcomeReason::kVanished, "vanished", false},
    {OutcomeReason::kDamaged, "damaged", false},
    {OutcomeReason::kTimeout, "timeout", true},
    {OutcomeReason::kExtractorCrashed, "extractor-crashed", true},
    {OutcomeReason::kStoreUnavailable, "store-unavailable", true},
    {OutcomeReason::kSpecialFile, "special-file", false},
    {OutcomeReason::kSymlink, "symlink", false},
}};

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kClassified:
      return "classified";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kFailed:
      return "failed";
  }
  return "failed";
}

std::string_view OutcomeReasonName(OutcomeReason reason) {
  for (const ReasonEntry& entry : kReasons) {
    if (entry.reason == reason) return entry.name;
  }
  return "";
}

bool IsRetryable(OutcomeReason reason) {
  for (const ReasonEntry& entry : kReasons) {
    if (entry.reason == reason) return entry.retryable;
  }
  return false;
}

std::string_view PiiImpactName(PiiImpact impact) {
  switch (impact) {
    case PiiImpact::kNone:
      return "none";
    case PiiImpact::kLow:
      return "low";
    case PiiImpact::kModerate:
      return "moderate";
    case PiiImpact::kHigh:
      return "high";
  }
  return "none";
}

}  // namespace assay
