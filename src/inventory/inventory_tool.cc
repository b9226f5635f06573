// Drives the inventory for the tests of tests/inventory: one operation per run, JSON as the result.
//   inventory_tool DATABASE_URL ENDPOINT_URL ACCESS_KEY SECRET_KEY REGION VERB [WORD...]
//     snapshot BUCKET MAX_AGE_MS | estimate BUCKET... | buckets REGION | properties BUCKET
//     listing BUCKET PARALLEL    the bucket as it is listed, without a database
// ASSAY_CLASSIFIER is the path of assay-classifier. The account is 111122223333, an S3 store with
// these keys.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "inventory/bucket_listing.h"
#include "inventory/inventory_service.h"
#include "store/account_rows.h"

namespace assay {
namespace {

constexpr const char* kAccount = "111122223333";
using Json = rapidjson::Writer<rapidjson::StringBuffer>;

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

void WriteSizes(const char* name, const std::vector<SizeByName>& sizes, Json* json) {
  json->Key(name);
  json->StartObject();
  for (const SizeByName& size : sizes) {
    json->Key(size.name.c_str());
    json->StartArray();
    json->Uint64(size.objects);
    json->Uint64(size.bytes);
    json->EndArray();
  }
  json->EndObject();
}

void WriteSnapshot(const SnapshotRow& row, Json* json) {
  json->StartObject();
  json->Key("bucket");
  json->String(row.bucket.c_str());
  json->Key("region");
  json->String(row.region.c_str());
  json->Key("source");
  json->String(row.source.c_str());
  json->Key("taken_at_ms");
  json->Int64(row.taken_at_ms);
  json->Key("objects");
  json->Uint64(row.object_count);
  json->Key("total_size");
  json->Uint64(row.total_size);
  json->Key("total_processed");
  json->Uint64(row.total_processed);
  json->Key("newest_modified_ms");
  json->Int64(row.newest_modified_ms);
  WriteSizes("by_storage_class", row.by_storage_class, json);
  WriteSizes("by_encryption", row.by_encryption, json);
  json->EndObject();
}

int Print(const std::vector<SnapshotRow>& rows) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.StartArray();
  for (const SnapshotRow& row : rows) WriteSnapshot(row, &json);
  json.EndArray();
  std::printf("%s\n", buffer.GetString());
  return 0;
}

int Listing(AccountAccess* access, const std::string& bucket, uint32_t parallel) {
  const Result<std::string> region = access->BucketRegion(kAccount, bucket, "");
  if (!region.ok()) return Fail(region.status());
  const auto store = access->OpenStore(kAccount, *region, "");
  if (!store.ok()) return Fail(store.status());
  BucketListing listing(bucket, {.parallel = parallel, .encryption = "unknown", .cancel = nullptr});
  const Status status = listing.Run(store->get());
  if (!status.ok()) return Fail(status);
  const Result<BucketContents> contents = listing.Contents();
  if (!contents.ok()) return Fail(contents.status());
  SnapshotRow row;
  row.bucket = bucket;
  contents->FillRow(&row);
  return Print({row});
}

int Buckets(InventoryService* service, const std::string& region) {
  const Result<std::vector<ListedBucket>> buckets = service->ListBuckets(kAccount, region);
  if (!buckets.ok()) return Fail(buckets.status());
  for (const ListedBucket& bucket : *buckets) {
    std::printf("%s\t%s\t%d\n", bucket.info.name.c_str(), bucket.info.region.c_str(),
                bucket.snapshot.has_value() ? 1 : 0);
  }
  return 0;
}

int Estimate(InventoryService* service, const std::vector<std::string>& buckets) {
  const Result<std::vector<BucketEstimate>> estimates = service->Estimate(kAccount, buckets);
  if (!estimates.ok()) return Fail(estimates.status());
  std::vector<SnapshotRow> rows;
  for (const BucketEstimate& estimate : *estimates) rows.push_back(estimate.snapshot);
  return Print(rows);
}

int Run(const std::vector<std::string>& words) {
  if (words.size() < 7) return 2;
  AccountConnection connection;
  connection.account_id = kAccount;
  connection.kind = AccountKind::kS3;
  connection.endpoint_url = words[1];
  connection.keys.access_key_id = words[2];
  connection.keys.secret_access_key = words[3];
  connection.regions = {words[4]};
  AccountAccess access(kAccount, words[4], {connection}, nullptr);
  const std::string& verb = words[5];
  const std::vector<std::string> rest(words.begin() + 6, words.end());
  if (verb == "listing" && rest.size() == 2) {
    return Listing(&access, rest[0], static_cast<uint32_t>(std::atoi(rest[1].c_str())));
  }
  Result<std::unique_ptr<Database>> database = Database::Open({.url = words[0]});
  if (!database.ok()) return Fail(database.status());
  const Status added = (*database)->Write([](Transaction& tx) {
    AccountRow row;
    row.account_id = kAccount;
    return PutAccount(tx, row);
  });
  if (!added.ok()) return Fail(added);
  InventoryOptions options;
  if (const char* program = std::getenv("ASSAY_CLASSIFIER")) options.classifier_program = program;
  InventoryService service(database->get(), &access, options, nullptr);
  if (verb == "buckets") return Buckets(&service, rest[0]);
  if (verb == "estimate") return Estimate(&service, rest);
  if (verb == "snapshot" && rest.size() == 2) {
    const Result<SnapshotRow> row =
        service.Snapshot(kAccount, rest[0], std::atoll(rest[1].c_str()), {});
    return row.ok() ? Print({*row}) : Fail(row.status());
  }
  if (verb == "properties") {
    const Result<BucketPropertiesRow> row = service.CrawlBucketProperties(kAccount, rest[0]);
    if (!row.ok()) return Fail(row.status());
    std::printf("%s\n", row->properties.c_str());
    return 0;
  }
  return 2;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run({argv + 1, argv + argc}); }
