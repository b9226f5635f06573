// /api/v1: objects and their outcomes.
#include "api/console_request.h"
#include "api/json_io.h"
#include "api/object_filter.h"
#include "aws/aws_time.h"
#include "base/utf8.h"
#include "classify/classification.h"
#include "classify/reason_text.h"
#include "jobs/object_outcome.h"
#include "jobs/object_record.h"
#include "store/object_history.h"
#include "store/object_retry.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr uint32_t kDefaultLimit = 100;
constexpr uint32_t kMaxLimit = 1000;
constexpr uint32_t kRetriesAtOnce = 1000;

std::string JsonOf(const ObjectRow& row, JsonMembers members = JsonMembers::kAll) {
  const Classification classification = ClassificationOf(row);
  std::string json = ClassificationToJson(classification, members);
  if (row.detections.empty() || members != JsonMembers::kAll) return json;
  return WithDetections(std::move(json), row.detections);
}

Result<ObjectOrder> ReadOrder(const ConsoleRequest& request) {
  const std::string order = QueryText(request, "order");
  if (order.empty() || order == "risk") return ObjectOrder::kRisk;
  if (order == "time") return ObjectOrder::kTime;
  if (order == "key") return ObjectOrder::kKey;
  return InvalidArgument("order must be risk, time or key");
}

Result<std::string> ListObjectsRoute(const ConsoleRequest& request) {
  const std::string detections = QueryText(request, "detections");
  if (!detections.empty() && detections != "true" && detections != "false") {
    return InvalidArgument("detections must be true or false");
  }
  ASSAY_ASSIGN_OR_RETURN(const ObjectFilter filter, ReadObjectFilter(request));
  ASSAY_ASSIGN_OR_RETURN(const ObjectOrder order, ReadOrder(request));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> limit,
                         QueryNumber(request, "limit", 1, kMaxLimit));
  const bool without = detections == "false";
  ObjectPage page;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(
        page, ListObjects(tx, filter, order, QueryText(request, "nextToken"),
                          limit.value_or(kDefaultLimit),
                          without ? ObjectParts::kWithoutDetections : ObjectParts::kAll));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("objects").BeginArray();
  for (const ObjectRow& row : page.objects) {
    out.Raw(JsonOf(row, without ? JsonMembers::kWithoutDetections : JsonMembers::kAll));
  }
  out.EndArray();
  if (!page.next.empty()) out.Text("nextToken", page.next);
  out.EndObject();
  return out.Take();
}

Result<std::string> RecordRoute(const ConsoleRequest& request) {
  const std::string account = QueryText(request, "account");
  const std::string bucket = QueryText(request, "bucket");
  const std::string key = QueryText(request, "key");
  ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  if (bucket.empty() || key.empty()) return InvalidArgument("bucket and key are required");
  std::optional<ObjectRow> row;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(row, GetObject(tx, account, bucket, key));
    return Status::Ok();
  }));
  if (!row) return NotFound("no outcome is recorded for this object");
  return JsonOf(*row);
}

// The row, what was recorded before, and whether something still monitors it.
struct ObjectDetail {
  std::optional<ObjectRow> row;
  std::vector<ObjectHistoryRow> history;
  bool monitored = false;
};

void WriteHistory(const std::vector<ObjectHistoryRow>& history, JsonOut* out) {
  out->Name("history").BeginArray();
  for (const ObjectHistoryRow& entry : history) {
    out->BeginObject();
    out->Time("recordedAt", entry.classified_at_ms);
    out->Text("etag", entry.etag);
    out->Text("versionId", entry.version_id);
    out->Int("size", entry.size);
    out->Text("outcome", entry.outcome);
    out->Text("reason", entry.reason);
    out->Int("dlpRisk", entry.dlp_risk);
    out->Text("piiImpact", entry.pii_impact);
    out->EndObject();
  }
  out->EndArray();
}

// keyEncoding "percent": `key` stands for bytes that are no text.
Result<std::string> DecodeKey(const std::string& key, const std::string& encoding) {
  if (encoding.empty()) return key;
  if (encoding == "percent") return PercentDecode(key);
  return InvalidArgument("keyEncoding must be percent, or absent");
}

Result<std::string> DetailRoute(const ConsoleRequest& request) {
  const std::string account = QueryText(request, "account");
  const std::string bucket = QueryText(request, "bucket");
  ASSAY_ASSIGN_OR_RETURN(const std::string key,
                         DecodeKey(QueryText(request, "key"), QueryText(request, "keyEncoding")));
  ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  if (bucket.empty() || key.empty()) return InvalidArgument("bucket and key are required");
  ObjectDetail detail;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(detail.row, GetObject(tx, account, bucket, key));
    ASSAY_ASSIGN_OR_RETURN(detail.history, ListObjectHistory(tx, account, bucket, key));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                           ResourcesOfObject(tx, account, bucket, key));
    detail.monitored = !resources.empty();
    return Status::Ok();
  }));
  if (!detail.row) return NotFound("no outcome is recorded for this object");
  JsonOut out;
  out.BeginObject();
  out.Name("record").Raw(JsonOf(*detail.row));
  out.Time("recordedAt", detail.row->classified_at_ms);
  out.Int("chargedBytes", detail.row->charged_bytes);
  out.Text("versionId", detail.row->version_id);
  out.Int("attempts", detail.row->attempts);
  out.Time("nextAttemptAt", detail.row->retryable ? detail.row->not_before_ms : 0);
  out.Bool("monitored", detail.monitored);
  WriteHistory(detail.history, &out);
  out.EndObject();
  return out.Take();
}

Result<std::string> RetryRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, TextMemberOf(request.body, "account", false));
  ASSAY_ASSIGN_OR_RETURN(const std::string bucket, TextMemberOf(request.body, "bucket", false));
  ASSAY_ASSIGN_OR_RETURN(const std::string reason, TextMemberOf(request.body, "reason", true));
  if (!account.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  if (!IsRetryable(OutcomeReasonOfName(reason).value_or(OutcomeReason::kNone))) {
    return InvalidArgument("what ended with " + reason + " ends so again: see GET /reasons");
  }
  uint64_t due = 0;
  RetryPosition position;
  for (bool more = true; more;) {
    RetryStep step;
    const auto write = [&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(
          step, RetryObjects(tx, {account, bucket, reason}, position, kRetriesAtOnce, NowMs()));
      return Status::Ok();
    };
    ASSAY_RETURN_IF_ERROR(request.context->database->Write(write));
    due += step.objects;
    position = step.position;
    more = step.more;
  }
  ASSAY_RETURN_IF_ERROR(request.context->database->Write([&](Transaction& tx) {
    return Audit(tx, request, "RetryObjects", account + '/' + bucket + ' ' + reason);
  }));
  request.context->classification->Wake();
  JsonOut out;
  out.BeginObject();
  out.Uint("objects", due);
  out.EndObject();
  return out.Take();
}

Result<std::string> ReasonsRoute(const ConsoleRequest& /*request*/) {
  JsonOut out;
  out.BeginObject();
  out.Name("reasons").BeginArray();
  for (int i = 1; i <= static_cast<int>(OutcomeReason::kSymlink); ++i) {
    const auto reason = static_cast<OutcomeReason>(i);
    Classification record;
    SetNotClassified(reason, &record);
    out.BeginObject();
    out.Text("reason", OutcomeReasonName(reason));
    out.Text("outcome", OutcomeName(record.outcome));
    out.Bool("retryable", IsRetryable(reason));
    out.Text("meaning", ReasonAdvice(reason));
    out.Text("remedy", ReasonRemedy(reason));
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> ClassifyAgainRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, TextMemberOf(request.body, "account", true));
  ASSAY_ASSIGN_OR_RETURN(const std::string bucket, TextMemberOf(request.body, "bucket", true));
  ASSAY_ASSIGN_OR_RETURN(std::string key, TextMemberOf(request.body, "key", true));
  ASSAY_ASSIGN_OR_RETURN(const std::string encoding,
                         TextMemberOf(request.body, "keyEncoding", false));
  ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  ASSAY_ASSIGN_OR_RETURN(key, DecodeKey(key, encoding));
  ASSAY_RETURN_IF_ERROR(request.context->classification->ClassifyAgain(account, bucket, key));
  ASSAY_RETURN_IF_ERROR(request.context->database->Write([&](Transaction& tx) {
    return Audit(tx, request, "ClassifyAgain",
                 account + '/' + bucket + '/' + PercentEncodeInvalid(key));
  }));
  JsonOut out;
  out.BeginObject();
  out.Text("account", account);
  out.Text("bucket", bucket);
  out.Text("key", PercentEncodeInvalid(key));
  out.EndObject();
  return out.Take();
}

Result<std::string> OutcomesRoute(const ConsoleRequest& request) {
  const std::string account = QueryText(request, "account");
  if (!account.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  std::vector<OutcomeCount> counts;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(counts, CountOutcomes(tx, account, QueryText(request, "bucket")));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("outcomes").BeginArray();
  for (const OutcomeCount& count : counts) {
    out.BeginObject();
    out.Text("accountId", count.account_id);
    out.Text("bucket", count.bucket);
    out.Text("outcome", count.outcome);
    out.Text("reason", count.reason);
    out.Uint("objects", count.objects);
    out.Uint("bytesClassified", count.bytes_classified);
    out.Uint("highRisk", count.high_risk);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> ObjectRoutes() {
  static const std::string kListParameters =
      ObjectFilterParameters() + " detections order limit nextToken";
  return {
      {"GET", "/objects", false, kListParameters, ListObjectsRoute},
      {"GET", "/objects/record", false, "account bucket key", RecordRoute},
      {"GET", "/objects/detail", false, "account bucket key keyEncoding", DetailRoute},
      {"POST", "/objects/retry", true, "", RetryRoute},
      {"GET", "/reasons", false, "", ReasonsRoute},
      {"POST", "/objects/classify-again", true, "", ClassifyAgainRoute},
      {"GET", "/outcomes", false, "account bucket", OutcomesRoute},
  };
}

}  // namespace assay
