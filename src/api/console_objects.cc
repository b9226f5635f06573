// /api/v1: objects and their outcomes.
#include "api/console_request.h"
#include "api/json_io.h"
#include "base/utf8.h"
#include "store/object_rows.h"

namespace assay {
namespace {

constexpr uint32_t kDefaultLimit = 100;
constexpr uint32_t kMaxLimit = 1000;

// The record as it was stored: JSON of our own writer, passed through byte by byte. A row without
// one: what its columns say.
std::string RecordOf(const ObjectRow& row) {
  if (!row.record.empty()) return row.record;
  JsonOut out;
  out.BeginObject();
  out.Text("bucket", row.bucket);
  out.Text("key", PercentEncodeInvalid(row.key));
  out.Text("accountId", row.account_id);
  out.Text("outcome", row.outcome);
  out.Text("reason", row.reason);
  out.EndObject();
  return out.Take();
}

Result<ObjectOrder> ReadOrder(const ConsoleRequest& request) {
  const std::string order = QueryText(request, "order");
  if (order.empty() || order == "risk") return ObjectOrder::kRisk;
  if (order == "time") return ObjectOrder::kTime;
  if (order == "key") return ObjectOrder::kKey;
  return InvalidArgument("order must be risk, time or key");
}

Result<ObjectFilter> ReadFilter(const ConsoleRequest& request) {
  ObjectFilter filter;
  filter.account_id = QueryText(request, "account");
  filter.bucket = QueryText(request, "bucket");
  filter.prefix = QueryText(request, "prefix");
  filter.outcome = QueryText(request, "outcome");
  filter.reason = QueryText(request, "reason");
  filter.pii_type = QueryText(request, "piiType");
  filter.pii_impact = QueryText(request, "piiImpact");
  filter.theme = QueryText(request, "theme");
  if (!filter.account_id.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(filter.account_id));
  if (!filter.prefix.empty() && filter.bucket.empty()) {
    return InvalidArgument("prefix needs bucket");
  }
  ASSAY_ASSIGN_OR_RETURN(filter.min_risk, QueryNumber(request, "minRisk", 0, 10));
  ASSAY_ASSIGN_OR_RETURN(filter.max_risk, QueryNumber(request, "maxRisk", 0, 10));
  ASSAY_ASSIGN_OR_RETURN(filter.since_ms, QueryTime(request, "since"));
  ASSAY_ASSIGN_OR_RETURN(filter.until_ms, QueryTime(request, "until"));
  return filter;
}

Result<std::string> ListObjectsRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const ObjectFilter filter, ReadFilter(request));
  ASSAY_ASSIGN_OR_RETURN(const ObjectOrder order, ReadOrder(request));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> limit,
                         QueryNumber(request, "limit", 1, kMaxLimit));
  ObjectPage page;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(page, ListObjects(tx, filter, order, QueryText(request, "nextToken"),
                                             limit.value_or(kDefaultLimit)));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("objects").BeginArray();
  for (const ObjectRow& row : page.objects) out.Raw(RecordOf(row));
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
  return RecordOf(*row);
}

Result<std::string> ClassifyAgainRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, TextMemberOf(request.body, "account", true));
  ASSAY_ASSIGN_OR_RETURN(const std::string bucket, TextMemberOf(request.body, "bucket", true));
  ASSAY_ASSIGN_OR_RETURN(std::string key, TextMemberOf(request.body, "key", true));
  ASSAY_ASSIGN_OR_RETURN(const std::string encoding,
                         TextMemberOf(request.body, "keyEncoding", false));
  ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  if (!encoding.empty() && encoding != "percent") {
    return InvalidArgument("keyEncoding must be percent, or absent");
  }
  if (encoding == "percent") key = PercentDecode(key);
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
  return {
      {"GET", "/objects", false,
       "account bucket prefix outcome reason minRisk maxRisk piiType piiImpact theme since until "
       "order limit nextToken",
       ListObjectsRoute},
      {"GET", "/objects/record", false, "account bucket key", RecordRoute},
      {"POST", "/objects/classify-again", true, "", ClassifyAgainRoute},
      {"GET", "/outcomes", false, "account bucket", OutcomesRoute},
  };
}

}  // namespace assay
