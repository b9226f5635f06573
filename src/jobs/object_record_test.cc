#include "jobs/object_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "classify/classification_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// All that a classification can say, without detections, of an object whose key is no text.
Classification Full() {
  Classification c = FullClassification();
  c.key = "hr/caf\xe9 50%.csv";
  c.detections.clear();
  return c;
}

std::vector<Classification> Several() {
  Classification complete = Full();
  complete.partial = false;
  complete.status_reason = "";
  Classification skipped;
  skipped.bucket = "estate";
  skipped.key = "locked.bin";
  skipped.outcome = Outcome::kSkipped;
  skipped.reason = OutcomeReason::kKmsKeyNotUsable;
  skipped.storage_class = "GLACIER_IR";
  Classification failed = skipped;
  failed.outcome = Outcome::kFailed;
  failed.reason = OutcomeReason::kTimeout;
  failed.storage_class = "";
  failed.content_type = "image/png";
  return {Full(), complete, skipped, failed};
}

TEST(ObjectRecordTest, RowAndRecordTogetherSayAllThereWas) {
  for (const Classification& classification : Several()) {
    const std::string whole = ClassificationToJson(classification);
    const ObjectRow row = MakeObjectRow(Classification(classification), {});
    EXPECT_EQ(ClassificationToJson(ClassificationOf(row)), whole);
    EXPECT_LT(row.record.size(), whole.size());
    // As records were before schema version 7.
    ObjectRow old = row;
    old.record = whole;
    EXPECT_EQ(ClassificationToJson(ClassificationOf(old)), whole);
  }
}

TEST(ObjectRecordTest, ARecordSaysNothingThatHasAColumn) {
  const ObjectRow row = MakeObjectRow(Full(), {});
  for (const char* name :
       {"\"bucket\"", "\"key\"", "accountId", "\"outcome\"", "bytes_classified", "@timestamp",
        "ETag", "\"size\"", "last_modified", "first_prefix", "server_encryption", "sse_kms_key_id",
        "dlp_risk", "\"themes\"", "pii_types", "pii_impact", "detections"}) {
    EXPECT_THAT(row.record, Not(HasSubstr(name)));
  }
}

TEST(ObjectRecordTest, ColumnsGoBeforeARecordThatSaysOtherwise) {
  ObjectRow row = MakeObjectRow(Full(), {});
  row.record = R"({"key":"other","outcome":"failed","reason":"timeout","dlp_risk":3,)"
               R"("filesystem_metadata":{"size":1},"language_code":"de"})";
  const Classification c = ClassificationOf(row);
  EXPECT_EQ(c.key, row.key);
  EXPECT_EQ(c.outcome, Outcome::kClassified);
  EXPECT_EQ(c.reason, OutcomeReason::kNone);
  EXPECT_EQ(c.dlp_risk, 9u);
  EXPECT_EQ(c.size, 4242u);
  EXPECT_EQ(c.language_code, "de");
}

TEST(ObjectRecordTest, OfARecordThatCannotBeReadTheColumnsRemain) {
  ObjectRow row = MakeObjectRow(Full(), {});
  for (const char* record : {"", "{", "[]", R"({"language_code":7})", R"({"outcome":"eaten"})"}) {
    row.record = record;
    const Classification c = ClassificationOf(row);
    EXPECT_EQ(c.key, row.key) << record;
    EXPECT_EQ(c.pii_types, row.pii_types) << record;
    EXPECT_EQ(c.language_code, "") << record;
  }
}

}  // namespace
}  // namespace assay
