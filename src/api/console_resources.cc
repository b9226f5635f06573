// /api/v1: buckets, S3 resources, estimates, bucket properties.
#include <limits>

#include "api/classic_api.h"
#include "api/console_request.h"
#include "api/json_io.h"
#include "api/page_token.h"
#include "base/utf8.h"
#include "inventory/estimate.h"
#include "store/bucket_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr size_t kMaxBuckets = 1000;  // in one estimate
constexpr uint32_t kResourcesPerPage = 250;
constexpr uint32_t kNamesPerLevel = 500;

void WriteSizes(const char* name, const std::vector<SizeByName>& sizes, JsonOut* out) {
  out->Name(name).BeginArray();
  for (const SizeByName& size : sizes) {
    out->BeginObject();
    out->Text("name", size.name);
    out->Uint("objectCount", size.objects);
    out->Uint("totalSize", size.bytes);
    out->EndObject();
  }
  out->EndArray();
}

void WriteSnapshot(const SnapshotRow& snapshot, int64_t cost_cents, JsonOut* out) {
  out->Uint("objectCount", snapshot.object_count);
  out->Uint("totalSize", snapshot.total_size);
  out->Uint("totalProcessed", snapshot.total_processed);
  out->Text("totalCostEstimate", DollarString(cost_cents));
  out->Time("snapshotTime", snapshot.taken_at_ms);
  out->Text("snapshotSource", snapshot.source);
  out->Time("oldestModified", snapshot.oldest_modified_ms);
  out->Time("newestModified", snapshot.newest_modified_ms);
  WriteSizes("byStorageClass", snapshot.by_storage_class, out);
  WriteSizes("byEncryption", snapshot.by_encryption, out);
}

Result<std::string> ListBuckets(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_ASSIGN_OR_RETURN(const std::string region, RegionOr(request, QueryText(request, "region")));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ListedBucket> buckets,
                         request.context->inventory->ListBuckets(request.account(), region));
  JsonOut out;
  out.BeginObject();
  out.Name("buckets").BeginArray();
  for (const ListedBucket& bucket : buckets) {
    out.BeginObject();
    out.Text("bucketName", bucket.info.name);
    out.Text("region", bucket.info.region);
    if (!bucket.problem.empty()) out.Text("problem", bucket.problem);
    out.Time("createdAt", bucket.info.created_ms);
    if (bucket.snapshot) {
      ASSAY_ASSIGN_OR_RETURN(const int64_t cents,
                             CostCents(bucket.snapshot->total_processed,
                                       request.context->price_per_gb_hundredth_cents));
      WriteSnapshot(*bucket.snapshot, cents, &out);
    }
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

// What a resource is doing, from its walks.
struct ResourceProgress {
  std::string_view state = "monitored";
  std::string error;
  uint64_t listed_objects = 0;
};

ResourceProgress ProgressOf(const std::vector<WalkRow>& walks) {
  ResourceProgress progress;
  for (const WalkRow& walk : walks) {
    if (walk.state == WalkState::kDone) continue;
    if (walk.kind == WalkKind::kOneTime) {
      progress.listed_objects = walk.listed_objects;
      if (walk.state == WalkState::kReady) progress.state = "classifying";
    }
    if (walk.state == WalkState::kQuotaReached) progress.state = "quota-reached";
    if (walk.state == WalkState::kBlocked) progress.state = "blocked";
    if (!walk.last_error.empty()) progress.error = walk.last_error;
  }
  return progress;
}

void WriteResource(const ResourceRow& row, const ResourceProgress& progress, JsonOut* out) {
  out->BeginObject();
  out->Text("bucketName", row.bucket);
  out->Text("prefix", row.prefix);
  out->Text("region", row.region);
  out->Text("oneTime", row.one_time_full ? "FULL" : "NONE");
  out->Text("continuous", row.continuous_full ? "FULL" : "NONE");
  out->Text("state", progress.state);
  out->Text("lastError", progress.error);
  out->Uint("listedObjects", progress.listed_objects);
  out->Time("associatedAt", row.associated_at_ms);
  out->Time("oneTimeDoneAt", row.one_time_done_ms);
  out->Time("lastComparedAt", row.last_compared_ms);
  out->EndObject();
}

Result<std::string> ListResourcesRoute(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_ASSIGN_OR_RETURN(const std::string region, RegionOr(request, QueryText(request, "region")));
  const std::string list = "console resources\n" + request.account() + '\n' + region;
  const std::string token = QueryText(request, "nextToken");
  PagePosition position;
  if (!token.empty()) {
    ASSAY_ASSIGN_OR_RETURN(position, ReadPageToken(*request.context->key, list, token));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> asked,
                         QueryNumber(request, "limit", 1, kResourcesPerPage));
  const uint32_t limit = asked.value_or(kResourcesPerPage);
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> rows,
                         ListResourcesAfter(request.context->resources, request.account(), region,
                                            position, limit + 1));
  std::vector<ResourceProgress> progress;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    progress.clear();
    for (const ResourceRow& row : rows) {
      ASSAY_ASSIGN_OR_RETURN(const std::vector<WalkRow> walks, ListWalksOfResource(tx, row.id));
      progress.push_back(ProgressOf(walks));
    }
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("resources").BeginArray();
  for (size_t i = 0; i < rows.size() && i < limit; ++i) WriteResource(rows[i], progress[i], &out);
  out.EndArray();
  if (rows.size() > limit) {
    const ResourceRow& last = rows[limit - 1];
    out.Text("nextToken",
             MakePageToken(*request.context->key, list, {last.bucket, last.prefix, ""}));
  }
  out.EndObject();
  return out.Take();
}

Result<std::optional<bool>> FullMember(const rapidjson::Value& item, const char* name) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, TextMemberOf(item, name, false));
  if (text.empty()) return std::optional<bool>();
  if (text != "FULL" && text != "NONE") {
    return InvalidArgument(std::string(name) + " must be FULL or NONE");
  }
  return std::optional<bool>(text == "FULL");
}

Result<std::vector<S3Resource>> ReadResources(const rapidjson::Value& body) {
  const auto found = body.FindMember("resources");
  if (found == body.MemberEnd() || !found->value.IsArray() || found->value.Empty() ||
      found->value.Size() > kMaxResourcesInRequest) {
    return InvalidArgument("resources must be a list of 1 to 1000 resources");
  }
  std::vector<S3Resource> resources;
  for (const rapidjson::Value& item : found->value.GetArray()) {
    if (!item.IsObject()) return InvalidArgument("each of resources must be an object");
    S3Resource resource;
    ASSAY_ASSIGN_OR_RETURN(resource.bucket, TextMemberOf(item, "bucketName", true));
    ASSAY_ASSIGN_OR_RETURN(resource.prefix, TextMemberOf(item, "prefix", false));
    ASSAY_ASSIGN_OR_RETURN(resource.one_time_full, FullMember(item, "oneTime"));
    ASSAY_ASSIGN_OR_RETURN(resource.continuous_full, FullMember(item, "continuous"));
    resources.push_back(std::move(resource));
  }
  return resources;
}

using ResourceChange = Result<std::vector<FailedS3Resource>> (S3ResourceService::*)(
    const std::string&, const std::string&, const std::vector<S3Resource>&, const Caller&);

Result<std::string> ChangeResources(const ConsoleRequest& request, ResourceChange change) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_ASSIGN_OR_RETURN(const std::string named, TextMemberOf(request.body, "region", false));
  ASSAY_ASSIGN_OR_RETURN(const std::string region, RegionOr(request, named));
  ASSAY_ASSIGN_OR_RETURN(std::vector<S3Resource> resources, ReadResources(request.body));
  if (change == &S3ResourceService::Associate) {
    // The defaults of the console's dialogue: new objects, and not what is there already (R4).
    for (S3Resource& resource : resources) {
      resource.one_time_full = resource.one_time_full.value_or(false);
      resource.continuous_full = resource.continuous_full.value_or(true);
    }
  }
  S3ResourceService* const service = request.context->resources;
  ASSAY_ASSIGN_OR_RETURN(
      const std::vector<FailedS3Resource> failed,
      (service->*change)(request.account(), region, resources, request.who.caller));
  JsonOut out;
  out.BeginObject();
  out.Name("failedS3Resources").BeginArray();
  for (const FailedS3Resource& item : failed) {
    out.BeginObject();
    out.Name("failedItem").BeginObject();
    out.Text("bucketName", item.bucket);
    out.Text("prefix", item.prefix);
    out.EndObject();
    out.Text("errorCode", item.error_code);
    out.Text("errorMessage", item.message);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> AssociateRoute(const ConsoleRequest& request) {
  return ChangeResources(request, &S3ResourceService::Associate);
}
Result<std::string> UpdateRoute(const ConsoleRequest& request) {
  return ChangeResources(request, &S3ResourceService::Update);
}
Result<std::string> DisassociateRoute(const ConsoleRequest& request) {
  return ChangeResources(request, &S3ResourceService::Disassociate);
}

Result<std::vector<std::string>> ReadBuckets(const rapidjson::Value& body) {
  const auto found = body.FindMember("buckets");
  if (found == body.MemberEnd() || !found->value.IsArray() || found->value.Empty() ||
      found->value.Size() > kMaxBuckets) {
    return InvalidArgument("buckets must be a list of 1 to 1000 names of buckets");
  }
  std::vector<std::string> names;
  for (const rapidjson::Value& name : found->value.GetArray()) {
    if (!name.IsString() || name.GetStringLength() == 0) {
      return InvalidArgument("each of buckets must be the name of a bucket");
    }
    names.emplace_back(JsonText(name));
  }
  return names;
}

// Brings the snapshots up to the age asked for, before Estimate reads them.
Status RefreshSnapshots(const ConsoleRequest& request, const std::vector<std::string>& buckets) {
  constexpr int64_t kMaxHours = 48;  // C5
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> hours,
                         IntMemberOf(request.body, "maxAgeHours"));
  if (!hours) return Status::Ok();
  if (*hours < 0 || *hours > kMaxHours) {
    return InvalidArgument("maxAgeHours must be from 0 (a new snapshot) to 48");
  }
  const int64_t max_age_ms = std::max<int64_t>(*hours * 3'600'000, 1);  // 0 would mean the default
  for (const std::string& bucket : buckets) {
    ASSAY_RETURN_IF_ERROR(
        request.context->inventory->Snapshot(request.account(), bucket, max_age_ms, {}).status());
  }
  return Status::Ok();
}

Status AddTo(uint64_t value, uint64_t* sum) {
  if (value > std::numeric_limits<uint64_t>::max() - *sum) {
    return ResourceExhausted("the total is too large to be told exactly");
  }
  *sum += value;
  return Status::Ok();
}

Result<std::string> EstimateRoute(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> buckets, ReadBuckets(request.body));
  ASSAY_RETURN_IF_ERROR(RefreshSnapshots(request, buckets));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<BucketEstimate> estimates,
                         request.context->inventory->Estimate(request.account(), buckets));
  uint64_t objects = 0, size = 0, processed = 0, cents = 0;
  JsonOut out;
  out.BeginObject();
  out.Name("buckets").BeginArray();
  for (const BucketEstimate& estimate : estimates) {
    out.BeginObject();
    out.Text("bucketName", estimate.snapshot.bucket);
    out.Text("region", estimate.snapshot.region);
    WriteSnapshot(estimate.snapshot, estimate.total_cost_cents, &out);
    out.EndObject();
    ASSAY_RETURN_IF_ERROR(AddTo(estimate.snapshot.object_count, &objects));
    ASSAY_RETURN_IF_ERROR(AddTo(estimate.snapshot.total_size, &size));
    ASSAY_RETURN_IF_ERROR(AddTo(estimate.snapshot.total_processed, &processed));
    ASSAY_RETURN_IF_ERROR(AddTo(static_cast<uint64_t>(estimate.total_cost_cents), &cents));
  }
  out.EndArray();
  out.Name("totals").BeginObject();
  out.Uint("objectCount", objects);
  out.Uint("totalSize", size);
  out.Uint("totalProcessed", processed);
  out.Text("totalCostEstimate", DollarString(static_cast<int64_t>(cents)));
  out.EndObject();
  out.EndObject();
  return out.Take();
}

Result<std::string> PropertiesRoute(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  const std::string& bucket = request.path[1];
  std::optional<BucketPropertiesRow> row;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(row, GetBucketProperties(tx, request.account(), bucket));
    return Status::Ok();
  }));
  const std::string fresh = QueryText(request, "fresh");
  if (!fresh.empty() && fresh != "true" && fresh != "false") {
    return InvalidArgument("fresh must be true or false");
  }
  if (!row || fresh == "true") {
    ASSAY_ASSIGN_OR_RETURN(
        row, request.context->inventory->CrawlBucketProperties(request.account(), bucket));
  }
  JsonOut out;
  out.BeginObject();
  out.Text("accountId", row->account_id);
  out.Text("bucketName", row->bucket);
  out.Text("region", row->region);
  out.Time("crawledAt", row->crawled_at_ms);
  out.Text("worldReadability", row->world_readability);
  out.Text("worldWritability", row->world_writability);
  out.Name("properties").Raw(row->properties.empty() ? "{}" : row->properties);
  out.EndObject();
  return out.Take();
}

// One level of a bucket as people browse folders. Objects directly at the level are left out, so a
// page may name few prefixes, or none, and still have a next one.
Result<std::string> PrefixesRoute(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  const std::string& bucket = request.path[1];
  const std::string prefix = QueryText(request, "prefix");
  const std::string list = "prefixes " + request.account() + ' ' + bucket + ' ' + prefix;
  std::string after;
  if (const std::string token = QueryText(request, "nextToken"); !token.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const PagePosition position,
                           ReadPageToken(*request.context->key, list, token));
    after = position.name;
  }
  ASSAY_ASSIGN_OR_RETURN(const LevelPage page,
                         request.context->inventory->ListLevel(request.account(), bucket, prefix,
                                                               after, kNamesPerLevel));
  JsonOut out;
  out.BeginObject();
  out.Name("prefixes").BeginArray();
  for (const std::string& name : page.names) {
    // What is no text cannot be typed, nor selected here.
    if (name.ends_with('/') && IsValidUtf8(name)) out.String(name);
  }
  out.EndArray();
  if (page.more && !page.names.empty()) {
    out.Text("nextToken", MakePageToken(*request.context->key, list, {page.names.back(), "", ""}));
  }
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> ResourceRoutes() {
  return {
      {"GET", "/accounts/{account}/buckets", false, "region", ListBuckets},
      {"GET", "/accounts/{account}/resources", false, "region nextToken limit", ListResourcesRoute},
      {"POST", "/accounts/{account}/resources", true, "", AssociateRoute},
      {"PATCH", "/accounts/{account}/resources", true, "", UpdateRoute},
      {"POST", "/accounts/{account}/resources/disassociate", true, "", DisassociateRoute},
      // Reads what the store has; a listing at most, nothing of the user's is changed.
      {"POST", "/accounts/{account}/estimate", false, "", EstimateRoute},
      {"GET", "/buckets/{account}/{bucket}/properties", false, "fresh", PropertiesRoute},
      {"GET", "/accounts/{account}/buckets/{bucket}/prefixes", false, "prefix nextToken",
       PrefixesRoute},
  };
}

}  // namespace assay
