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

// The one of the values 0 to `last` that `name_of` gives this name.
template <typename Enum, typename NameOf>
std::optional<Enum> OfName(std::string_view name, Enum last, NameOf name_of) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

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

std::optional<Outcome> OutcomeOfName(std::string_view name) {
  return OfName(name, Outcome::kFailed, OutcomeName);
}

std::optional<OutcomeReason> OutcomeReasonOfName(std::string_view name) {
  return OfName(name, OutcomeReason::kSymlink, OutcomeReasonName);
}

std::optional<PiiImpact> PiiImpactOfName(std::string_view name) {
  return OfName(name, PiiImpact::kHigh, PiiImpactName);
}

}  // namespace assay
