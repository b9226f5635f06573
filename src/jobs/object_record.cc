#include "jobs/object_record.h"

#include <utility>

#include "jobs/object_outcome.h"

namespace assay {
ObjectRow MakeObjectRow(Classification&& classification, const ObjectInfo& object) {
  ObjectRow row;
  row.record = ClassificationToJson(classification, JsonMembers::kRecord);
  row.account_id = classification.account_id;
  row.bucket = classification.bucket;
  row.key = classification.key;
  row.etag = classification.etag;
  row.version_id = object.version_id;
  row.size = static_cast<int64_t>(classification.size);
  row.last_modified_ms = classification.last_modified_ms;
  row.outcome = OutcomeName(classification.outcome);
  row.reason = OutcomeReasonName(classification.reason);
  // An object that vanished while it was being looked at is gone, or there is a new version: one
  // more look tells.
  row.retryable =
      IsRetryable(classification.reason) || classification.reason == OutcomeReason::kVanished;
  row.dlp_risk = classification.dlp_risk;
  row.pii_impact = PiiImpactName(classification.pii_impact);
  row.pii_types = std::move(classification.pii_types);
  row.themes = std::move(classification.themes);
  row.server_encryption = classification.server_encryption;
  row.sse_kms_key_id = classification.sse_kms_key_id;
  row.bytes_classified = static_cast<int64_t>(classification.bytes_classified);
  row.classified_at_ms = classification.timestamp_ms;
  row.detections = std::move(classification.encoded_detections);
  return row;
}

Classification ClassificationOf(const ObjectRow& row) {
  Classification c;
  Result<Classification> record = ClassificationFromJson(row.record, JsonMembers::kRecord);
  if (record.ok()) c = *std::move(record);
  ObjectInfo object;
  object.bucket = row.bucket;
  object.key = row.key;
  object.etag = row.etag;
  object.last_modified_ms = row.last_modified_ms;
  object.size = static_cast<uint64_t>(row.size);
  object.server_encryption = row.server_encryption;
  object.sse_kms_key_id = row.sse_kms_key_id;
  object.storage_class = c.storage_class;
  FillObjectFacts(object, &c);
  c.account_id = row.account_id;
  c.outcome = OutcomeOfName(row.outcome).value_or(Outcome::kFailed);
  c.reason = OutcomeReasonOfName(row.reason).value_or(OutcomeReason::kNone);
  c.bytes_classified = static_cast<uint64_t>(row.bytes_classified);
  c.timestamp_ms = row.classified_at_ms;
  c.dlp_risk = row.dlp_risk;
  c.themes = row.themes;
  c.pii_types = row.pii_types;
  c.pii_impact = PiiImpactOfName(row.pii_impact).value_or(PiiImpact::kNone);
  c.encoded_detections = row.detections;
  return c;
}

}  // namespace assay
