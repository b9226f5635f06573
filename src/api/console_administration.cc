// /api/v1: status, credentials, the audit log.
#include <map>
#include <set>

#include "api/console_request.h"
#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/random_bytes.h"
#include "store/access_rows.h"
#include "store/account_rows.h"
#include "store/bucket_rows.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr std::string_view kKeyIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// What the status page tells that is in the store, read in one transaction.
struct StoredStatus {
  std::vector<AccountRow> accounts;
  std::map<std::pair<std::string, std::string>, OutcomeCount> outcomes;  // by outcome and reason
  std::map<int64_t, std::string> resource_names;                         // "bucket/prefix"
  uint64_t expected_objects = 0;  // in the buckets that are classified whole, by their snapshots
};

// Objects of the buckets of an account that one-time classification was asked for.
Result<uint64_t> ExpectedObjects(Transaction& tx, const std::string& account_id) {
  uint64_t expected = 0;
  std::set<std::string> buckets;
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> rows,
                         ListResources(tx, account_id, "", "", "", 0));
  for (const ResourceRow& row : rows) {
    if (row.one_time_full && row.prefix.empty()) buckets.insert(row.bucket);
  }
  for (const std::string& bucket : buckets) {
    ASSAY_ASSIGN_OR_RETURN(const auto snapshot, GetSnapshot(tx, account_id, bucket));
    if (snapshot) expected += snapshot->object_count;
  }
  return expected;
}

Status ReadStored(Transaction& tx, const std::vector<WalkRow>& walks, StoredStatus* stored) {
  *stored = StoredStatus();
  ASSAY_ASSIGN_OR_RETURN(stored->accounts, ListAccounts(tx));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<OutcomeCount> counts, CountOutcomes(tx, "", ""));
  for (const OutcomeCount& count : counts) {
    OutcomeCount& sum = stored->outcomes[{count.outcome, count.reason}];
    sum.objects += count.objects;
    sum.bytes_classified += count.bytes_classified;
    sum.high_risk += count.high_risk;
  }
  for (const WalkRow& walk : walks) {
    ASSAY_ASSIGN_OR_RETURN(const auto resource, GetResource(tx, walk.resource_id));
    if (!resource) continue;
    stored->resource_names[walk.resource_id] =
        resource->prefix.empty() ? resource->bucket : resource->bucket + '/' + resource->prefix;
  }
  for (const AccountRow& account : stored->accounts) {
    ASSAY_ASSIGN_OR_RETURN(const uint64_t expected, ExpectedObjects(tx, account.account_id));
    stored->expected_objects += expected;
  }
  return Status::Ok();
}

void WriteWalks(const std::vector<WalkRow>& walks, const StoredStatus& stored, JsonOut* out) {
  out->Name("walks").BeginArray();
  for (const WalkRow& walk : walks) {
    const auto name = stored.resource_names.find(walk.resource_id);
    out->BeginObject();
    out->Text("accountId", walk.account_id);
    out->Text("resource", name == stored.resource_names.end() ? "" : name->second);
    out->Text("kind", WalkKindName(walk.kind));
    out->Text("state", WalkStateName(walk.state));
    out->Uint("pages", walk.pages);
    out->Uint("listedObjects", walk.listed_objects);
    out->Uint("listedBytes", walk.listed_bytes);
    out->Time("startedAt", walk.started_ms);
    out->Time("notBefore", walk.not_before_ms);
    out->Text("lastError", walk.last_error);
    out->EndObject();
  }
  out->EndArray();
}

void WriteOutcomes(const StoredStatus& stored, JsonOut* out) {
  out->Name("outcomes").BeginArray();
  for (const auto& [name, count] : stored.outcomes) {
    out->BeginObject();
    out->Text("outcome", name.first);
    out->Text("reason", name.second);
    out->Uint("objects", count.objects);
    out->Uint("bytesClassified", count.bytes_classified);
    out->Uint("highRisk", count.high_risk);
    out->EndObject();
  }
  out->EndArray();
}

Result<std::string> StatusRoute(const ConsoleRequest& request) {
  const ServiceContext& context = *request.context;
  ASSAY_ASSIGN_OR_RETURN(const ServiceState state, context.accounts->State());
  const ClassificationStatus running = context.classification->Snapshot();
  StoredStatus stored;
  ASSAY_RETURN_IF_ERROR(context.database->Read(
      [&](Transaction& tx) { return ReadStored(tx, running.walks, &stored); }));
  JsonOut out;
  out.BeginObject();
  out.Bool("enabled", state.enabled);
  out.Text("masterAccountId", context.access->master_account_id());
  out.Text("region", context.access->home_region());
  out.Time("enabledAt", state.enabled_at_ms);
  out.Time("disabledAt", state.disabled_at_ms);
  out.Text("store", context.database->Describe());
  out.Text("version", context.version);
  out.Time("lastStart", state.last_start_ms);
  out.Bool("lastStopWasClean", context.last_stop_was_clean);
  out.Uint("objectsPerMinute", running.objects_per_minute);
  out.Uint("bytesPerSecond", running.bytes_per_second);
  out.Uint("classifierRestarts", running.classifier_restarts);
  out.Uint("eventBacklog", running.events.count);
  out.Time("oldestEventAt", running.events.oldest_received_ms);
  out.Uint("expectedObjects", stored.expected_objects);
  out.Text("lastError", running.last_error);
  WriteWalks(running.walks, stored, &out);
  WriteOutcomes(stored, &out);
  out.EndObject();
  return out.Take();
}

void WriteCredential(const ApiCredentialRow& row, JsonOut* out) {
  out->Text("accessKeyId", row.access_key_id);
  out->Text("userName", row.user_name);
  out->Text("accountId", row.account_id);
  out->Bool("readOnly", row.read_only);
  out->Bool("active", row.active);
  out->Time("createdAt", row.created_at_ms);
  out->Time("lastUsed", row.last_used_ms);
}

Result<std::string> ListCredentialsRoute(const ConsoleRequest& request) {
  std::vector<ApiCredentialRow> rows;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListApiCredentials(tx));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("credentials").BeginArray();
  for (const ApiCredentialRow& row : rows) {
    out.BeginObject();
    WriteCredential(row, &out);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> AddCredentialRoute(const ConsoleRequest& request) {
  ApiCredentialRow row;
  ASSAY_ASSIGN_OR_RETURN(row.user_name, TextMemberOf(request.body, "userName", true));
  ASSAY_ASSIGN_OR_RETURN(row.read_only, BoolMemberOf(request.body, "readOnly"));
  ASSAY_RETURN_IF_ERROR(CheckUserName(row.user_name));
  const std::string secret = RandomText(40, kSecretLetters);
  row.access_key_id = "AKIA" + RandomText(16, kKeyIdLetters);
  row.sealed_secret =
      SealSecret(*request.context->key, ApiCredentialSecretName(row.access_key_id), secret);
  row.account_id = request.context->access->master_account_id();
  row.created_at_ms = NowMs();
  const Status written = request.context->database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutApiCredential(tx, row));
    return Audit(tx, request, "CreateCredential", row.access_key_id);
  });
  if (!written.ok()) return written;
  JsonOut out;
  out.BeginObject();
  WriteCredential(row, &out);
  out.Text("secretAccessKey", secret);
  out.EndObject();
  return out.Take();
}

Result<std::string> RemoveCredentialRoute(const ConsoleRequest& request) {
  const std::string& id = request.path.front();
  const Status removed = request.context->database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const auto row, GetApiCredential(tx, id));
    if (!row) return NotFound("no such credential");
    ASSAY_RETURN_IF_ERROR(DeleteApiCredential(tx, id));
    return Audit(tx, request, "DeleteCredential", id);
  });
  if (!removed.ok()) return removed;
  JsonOut out;
  out.BeginObject();
  out.Text("accessKeyId", id);
  out.EndObject();
  return out.Take();
}

Result<std::string> AuditRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> before,
                         QueryNumber(request, "before", 1, UINT32_MAX));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> limit,
                         QueryNumber(request, "limit", 1, 1000));
  std::vector<AuditRow> rows;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListAudit(tx, before.value_or(0), limit.value_or(100)));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("entries").BeginArray();
  for (const AuditRow& row : rows) {
    out.BeginObject();
    out.Int("id", row.id);
    out.Time("at", row.at_ms);
    out.Text("actor", row.actor);
    out.Text("source", row.source);
    out.Text("action", row.action);
    out.Text("target", row.target);
    out.Text("result", row.result);
    out.Name("detail").Raw(row.detail.starts_with('{') ? row.detail : "{}");
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> AdministrationRoutes() {
  return {
      {"GET", "/status", false, "", StatusRoute},
      {"GET", "/credentials", false, "", ListCredentialsRoute},
      {"POST", "/credentials", true, "", AddCredentialRoute},
      {"DELETE", "/credentials/{accessKeyId}", true, "", RemoveCredentialRoute},
      {"GET", "/audit", false, "before limit", AuditRoute},
  };
}

}  // namespace assay
