// /api/v1: the figures of the dashboard, and the buckets something is known of. Both come from
// counters and small tables, however many objects there are.
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "api/console_request.h"
#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/rfc3339.h"
#include "inventory/estimate.h"
#include "store/account_rows.h"
#include "store/bucket_rows.h"
#include "store/label_totals.h"
#include "store/object_history.h"
#include "store/object_labels.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr int64_t kDays = 31;
constexpr uint32_t kHighRisk = 8;
constexpr std::string_view kClassified = "classified";

using BucketId = std::pair<std::string, std::string>;  // account, name

struct BucketOutcomes {
  uint64_t classified = 0, skipped = 0, failed = 0, high_risk = 0;
  uint64_t objects() const { return classified + skipped + failed; }
};

std::map<BucketId, BucketOutcomes> ByBucket(const std::vector<OutcomeCount>& counts) {
  std::map<BucketId, BucketOutcomes> buckets;
  for (const OutcomeCount& count : counts) {
    BucketOutcomes& bucket = buckets[{count.account_id, count.bucket}];
    bucket.high_risk += count.high_risk;
    if (count.outcome == kClassified) bucket.classified += count.objects;
    if (count.outcome == "skipped") bucket.skipped += count.objects;
    if (count.outcome == "failed") bucket.failed += count.objects;
  }
  return buckets;
}

struct Figures {
  std::vector<LabelTotal> totals;
  std::vector<OutcomeCount> outcomes;
  std::vector<BucketPropertiesRow> properties;
  std::vector<DayCount> days;
  std::vector<AccountRow> accounts;
};

Status ReadFigures(Transaction& tx, const std::string& account, Figures* figures) {
  ASSAY_ASSIGN_OR_RETURN(figures->totals, TotalLabels(tx, account));
  ASSAY_ASSIGN_OR_RETURN(figures->outcomes, CountOutcomes(tx, account, ""));
  ASSAY_ASSIGN_OR_RETURN(figures->properties, ListBucketProperties(tx, account));
  ASSAY_ASSIGN_OR_RETURN(figures->days, ListDays(tx, account, NowMs() / kDayMs - kDays + 1));
  ASSAY_ASSIGN_OR_RETURN(figures->accounts, ListAccounts(tx));
  return Status::Ok();
}

void WriteOutcomeTotals(const Figures& figures, JsonOut* out) {
  std::map<std::pair<std::string, std::string>, std::pair<uint64_t, uint64_t>> sums;
  std::array<uint64_t, kMaxRisk + 1> histogram{};
  uint64_t high = 0;
  for (const LabelTotal& total : figures.totals) {
    if (total.kind != "outcome") continue;
    auto& [objects, bytes] = sums[{total.name, total.detail}];
    objects += total.objects;
    bytes += total.bytes_classified;
    if (total.name != kClassified) continue;
    histogram[std::min(total.dlp_risk, kMaxRisk)] += total.objects;
    if (total.dlp_risk >= kHighRisk) high += total.objects;
  }
  out->Uint("highRiskObjects", high);
  out->Name("outcomes").BeginArray();
  for (const auto& [name, sum] : sums) {
    out->BeginObject();
    out->Text("outcome", name.first);
    out->Text("reason", name.second);
    out->Uint("objects", sum.first);
    out->Uint("bytesClassified", sum.second);
    out->EndObject();
  }
  out->EndArray();
  out->Name("riskHistogram").BeginArray();
  for (const uint64_t objects : histogram) out->Raw(std::to_string(objects));
  out->EndArray();
}

// Names of a kind of label by how many objects carry it, the most frequent first.
void WriteCounts(const char* name, std::string_view kind, uint32_t min_risk, const Figures& figures,
                 JsonOut* out) {
  std::map<std::string, uint64_t> sums;
  for (const LabelTotal& total : figures.totals) {
    if (total.kind == kind && total.dlp_risk >= min_risk) sums[total.name] += total.objects;
  }
  std::vector<std::pair<std::string, uint64_t>> counts(sums.begin(), sums.end());
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  out->Name(name).BeginArray();
  for (const auto& [label, objects] : counts) {
    out->BeginObject();
    out->Text("name", label);
    out->Uint("objects", objects);
    out->EndObject();
  }
  out->EndArray();
}

// Objects of at least this risk that the world can read by an ACL of their own.
void WritePublicObjects(const Figures& figures, uint32_t min_risk, JsonOut* out) {
  uint64_t objects = 0;
  for (const LabelTotal& total : figures.totals) {
    const bool counts = total.kind == "acl" && total.name == kWorldReadable;
    if (counts && total.dlp_risk >= min_risk) objects += total.objects;
  }
  out->Uint("publicObjects", objects);
}

// Objects of at least this risk in buckets that the world can read or write.
void WritePublicBuckets(const Figures& figures, const std::map<BucketId, uint64_t>& objects,
                        JsonOut* out) {
  out->Name("publicBuckets").BeginArray();
  for (const BucketPropertiesRow& row : figures.properties) {
    if (row.world_readability != "true" && row.world_writability != "true") continue;
    const auto found = objects.find({row.account_id, row.bucket});
    out->BeginObject();
    out->Text("accountId", row.account_id);
    out->Text("bucketName", row.bucket);
    out->Text("worldReadability", row.world_readability);
    out->Text("worldWritability", row.world_writability);
    out->Uint("objects", found == objects.end() ? 0 : found->second);
    out->EndObject();
  }
  out->EndArray();
}

void WriteDays(const Figures& figures, JsonOut* out) {
  out->Name("days").BeginArray();
  for (const DayCount& day : figures.days) {
    out->BeginObject();
    out->Text("day", FormatRfc3339(day.day * kDayMs).substr(0, 10));
    out->Uint("objects", day.objects);
    out->Uint("bytesClassified", day.bytes_classified);
    out->EndObject();
  }
  out->EndArray();
}

Status WriteAccounts(const ConsoleRequest& request, const std::string& account,
                     const Figures& figures, JsonOut* out) {
  out->Name("accounts").BeginArray();
  for (const AccountRow& row : figures.accounts) {
    if (!account.empty() && row.account_id != account) continue;
    ASSAY_ASSIGN_OR_RETURN(const int64_t cents,
                           CostCents(static_cast<uint64_t>(std::max<int64_t>(row.charged_bytes, 0)),
                                     request.context->price_per_gb_hundredth_cents));
    out->BeginObject();
    out->Text("accountId", row.account_id);
    out->Int("chargedBytes", row.charged_bytes);
    out->Int("quotaBytes", row.quota_bytes);
    out->Text("costSoFar", DollarString(cents));
    out->EndObject();
  }
  out->EndArray();
  return Status::Ok();
}

Result<std::string> DashboardRoute(const ConsoleRequest& request) {
  const std::string account = QueryText(request, "account");
  if (!account.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> asked,
                         QueryNumber(request, "minRisk", 0, kMaxRisk));
  const uint32_t min_risk = asked.value_or(0);
  Figures figures;
  std::map<BucketId, uint64_t> objects;
  const auto read = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(ReadFigures(tx, account, &figures));
    ASSAY_ASSIGN_OR_RETURN(objects, CountRiskyByBucket(tx, account, min_risk));
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(request.context->database->Read(read));
  JsonOut out;
  out.BeginObject();
  WriteOutcomeTotals(figures, &out);
  WriteCounts("piiImpacts", "impact", min_risk, figures, &out);
  WriteCounts("piiTypes", "pii", min_risk, figures, &out);
  WriteCounts("themes", "theme", min_risk, figures, &out);
  WritePublicObjects(figures, min_risk, &out);
  WritePublicBuckets(figures, objects, &out);
  WriteDays(figures, &out);
  ASSAY_RETURN_IF_ERROR(WriteAccounts(request, account, figures, &out));
  out.EndObject();
  return out.Take();
}

// What is known of one bucket.
struct KnownBucket {
  std::string region;
  const BucketPropertiesRow* properties = nullptr;
  const SnapshotRow* snapshot = nullptr;
  std::vector<const ResourceRow*> resources;
  BucketOutcomes outcomes;
};

struct Known {
  std::vector<BucketPropertiesRow> properties;
  std::vector<SnapshotRow> snapshots;
  std::vector<ResourceRow> resources;
  std::vector<OutcomeCount> outcomes;
};

Status ReadKnown(Transaction& tx, const std::string& account, Known* known) {
  *known = Known();
  ASSAY_ASSIGN_OR_RETURN(known->properties, ListBucketProperties(tx, account));
  ASSAY_ASSIGN_OR_RETURN(known->snapshots, ListSnapshots(tx, account));
  ASSAY_ASSIGN_OR_RETURN(known->outcomes, CountOutcomes(tx, account, ""));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> accounts, ListAccounts(tx));
  for (const AccountRow& row : accounts) {
    if (!account.empty() && row.account_id != account) continue;
    ASSAY_ASSIGN_OR_RETURN(std::vector<ResourceRow> resources,
                           ListResources(tx, row.account_id, "", "", "", 0));
    for (ResourceRow& resource : resources) known->resources.push_back(std::move(resource));
  }
  return Status::Ok();
}

std::map<BucketId, KnownBucket> Join(const Known& known) {
  std::map<BucketId, KnownBucket> buckets;
  for (const auto& [id, outcomes] : ByBucket(known.outcomes)) buckets[id].outcomes = outcomes;
  for (const SnapshotRow& row : known.snapshots) {
    KnownBucket& bucket = buckets[{row.account_id, row.bucket}];
    bucket.snapshot = &row;
    bucket.region = row.region;
  }
  for (const BucketPropertiesRow& row : known.properties) {
    KnownBucket& bucket = buckets[{row.account_id, row.bucket}];
    bucket.properties = &row;
    bucket.region = row.region;
  }
  for (const ResourceRow& row : known.resources) {
    KnownBucket& bucket = buckets[{row.account_id, row.bucket}];
    bucket.resources.push_back(&row);
    bucket.region = row.region;
  }
  return buckets;
}

std::string TextAt(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return "";
  return std::string(JsonText(member->value));
}

// How new objects are encrypted, and through what the world gets in: from the properties' JSON.
void WriteExposure(const BucketPropertiesRow& row, JsonOut* out) {
  out->Time("crawledAt", row.crawled_at_ms);
  out->Text("worldReadability", row.world_readability);
  out->Text("worldWritability", row.world_writability);
  rapidjson::Document properties;
  properties.Parse<rapidjson::kParseIterativeFlag>(row.properties.data(), row.properties.size());
  if (properties.HasParseError() || !properties.IsObject()) return;
  out->Name("exposureReasons").BeginArray();
  for (const char* name : {"s3_world_readability_reasons", "s3_world_writability_reasons"}) {
    const auto reasons = properties.FindMember(name);
    if (reasons == properties.MemberEnd() || !reasons->value.IsArray()) continue;
    for (const rapidjson::Value& reason : reasons->value.GetArray()) {
      if (reason.IsString()) out->String(JsonText(reason));
    }
  }
  out->EndArray();
  const auto documents = properties.FindMember("documents");
  const auto encryption = properties.FindMember("encryption");
  std::string kind = "unknown";
  if (encryption != properties.MemberEnd() && encryption->value.IsObject()) {
    kind = TextAt(encryption->value, "SSEAlgorithm");
  } else if (documents != properties.MemberEnd() && documents->value.IsObject() &&
             TextAt(documents->value, "encryption") == "absent") {
    kind = "none";
  }
  out->Text("encryption", kind);
}

Status WriteKnownBucket(const ConsoleRequest& request, const BucketId& id,
                        const KnownBucket& bucket, JsonOut* out) {
  out->BeginObject();
  out->Text("accountId", id.first);
  out->Text("bucketName", id.second);
  out->Text("region", bucket.region);
  if (bucket.properties != nullptr) WriteExposure(*bucket.properties, out);
  if (bucket.snapshot != nullptr) {
    const SnapshotRow& snapshot = *bucket.snapshot;
    ASSAY_ASSIGN_OR_RETURN(
        const int64_t cents,
        CostCents(snapshot.total_processed, request.context->price_per_gb_hundredth_cents));
    out->Uint("objectCount", snapshot.object_count);
    out->Uint("totalSize", snapshot.total_size);
    out->Uint("totalProcessed", snapshot.total_processed);
    out->Text("totalCostEstimate", DollarString(cents));
    out->Time("snapshotTime", snapshot.taken_at_ms);
  }
  out->Name("resources").BeginArray();
  for (const ResourceRow* resource : bucket.resources) {
    out->BeginObject();
    out->Text("prefix", resource->prefix);
    out->Text("oneTime", resource->one_time_full ? "FULL" : "NONE");
    out->Text("continuous", resource->continuous_full ? "FULL" : "NONE");
    out->EndObject();
  }
  out->EndArray();
  out->Name("outcomes").BeginObject();
  out->Uint("classified", bucket.outcomes.classified);
  out->Uint("skipped", bucket.outcomes.skipped);
  out->Uint("failed", bucket.outcomes.failed);
  out->Uint("highRisk", bucket.outcomes.high_risk);
  out->EndObject();
  out->EndObject();
  return Status::Ok();
}

Result<std::string> BucketsRoute(const ConsoleRequest& request) {
  const std::string account = QueryText(request, "account");
  if (!account.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(account));
  Known known;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read(
      [&](Transaction& tx) { return ReadKnown(tx, account, &known); }));
  JsonOut out;
  out.BeginObject();
  out.Name("buckets").BeginArray();
  for (const auto& [id, bucket] : Join(known)) {
    ASSAY_RETURN_IF_ERROR(WriteKnownBucket(request, id, bucket, &out));
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> DashboardRoutes() {
  return {
      {"GET", "/dashboard", false, "account minRisk", DashboardRoute},
      {"GET", "/buckets", false, "account", BucketsRoute},
  };
}

}  // namespace assay
