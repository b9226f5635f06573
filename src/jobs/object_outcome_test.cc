#include "jobs/object_outcome.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ObjectOutcomeTest, SaysWhatIsNotToBeRead) {
  ObjectInfo object;
  EXPECT_EQ(ReasonNotToRead(object), OutcomeReason::kNone);
  object.storage_class = "GLACIER_IR";  // read at once
  EXPECT_EQ(ReasonNotToRead(object), OutcomeReason::kNone);
  object.storage_class = "DEEP_ARCHIVE";
  EXPECT_EQ(ReasonNotToRead(object), OutcomeReason::kArchived);
  object = {};
  object.user_metadata["x-amz-key-v2"] = "...";
  EXPECT_EQ(ReasonNotToRead(object), OutcomeReason::kClientSideEncrypted);
  object = {};
  object.sse_customer_algorithm = "AES256";
  EXPECT_EQ(ReasonNotToRead(object), OutcomeReason::kCustomerKeyEncrypted);
  object = {};
  for (const auto& [word, reason] :
       {std::pair<std::string_view, OutcomeReason>{kReasonSymlink, OutcomeReason::kSymlink},
        {kReasonSpecialFile, OutcomeReason::kSpecialFile},
        {kReasonAccessDenied, OutcomeReason::kAccessDenied},
        {"never-heard-of", OutcomeReason::kAccessDenied}}) {
    object.unreadable_reason = word;
    EXPECT_EQ(ReasonNotToRead(object), reason) << word;
  }
}

TEST(ObjectOutcomeTest, ReadFailuresBecomeOutcomes) {
  const auto outcome = [](const Status& status, const ObjectInfo& object = {}) {
    Classification record;
    SetReadFailure(status, object, &record);
    return std::pair(record.outcome, record.reason);
  };
  using Pair = std::pair<Outcome, OutcomeReason>;
  EXPECT_EQ(outcome(Aborted("")), Pair(Outcome::kSkipped, OutcomeReason::kVanished));
  EXPECT_EQ(outcome(NotFound("")), Pair(Outcome::kSkipped, OutcomeReason::kVanished));
  EXPECT_EQ(outcome(PermissionDenied("")), Pair(Outcome::kSkipped, OutcomeReason::kAccessDenied));
  EXPECT_EQ(outcome(Unavailable("")), Pair(Outcome::kFailed, OutcomeReason::kStoreUnavailable));
  ObjectInfo object;
  object.unreadable_reason = kReasonKmsKeyNotUsable;
  EXPECT_EQ(outcome(PermissionDenied(""), object),
            Pair(Outcome::kSkipped, OutcomeReason::kKmsKeyNotUsable));
}

TEST(ObjectOutcomeTest, FirstPrefixStandsBeforeTheFirstSlash) {
  ObjectInfo object;
  Classification record;
  object.key = "a/b/c";
  FillObjectFacts(object, &record);
  EXPECT_EQ(record.first_prefix, "a");
  object.key = "alone";
  FillObjectFacts(object, &record);
  EXPECT_EQ(record.first_prefix, "");
}

}  // namespace
}  // namespace assay
