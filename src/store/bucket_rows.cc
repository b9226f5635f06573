#include "store/bucket_rows.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "store/row_query.h"
#include "store/sql_text.h"

namespace assay {
namespace {

#define SNAPSHOT_COLUMNS                                                                \
  "account_id, bucket, region, taken_at_ms, finished_at_ms, object_count, total_size, " \
  "total_processed, by_storage_class, by_encryption, oldest_modified_ms, "              \
  "newest_modified_ms, source"
#define PROPERTY_COLUMNS \
  "account_id, bucket, region, crawled_at_ms, world_readability, world_writability, properties"

bool Fits(uint64_t number) { return number <= uint64_t{std::numeric_limits<int64_t>::max()}; }

bool AllFit(const std::vector<SizeByName>& sizes) {
  for (const SizeByName& size : sizes) {
    if (!Fits(size.objects) || !Fits(size.bytes)) return false;
  }
  return true;
}

// [["STANDARD",objects,bytes],...]
std::string SizesToJson(const std::vector<SizeByName>& sizes) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartArray();
  for (const SizeByName& size : sizes) {
    const std::string name = ToSqlText(size.name);
    writer.StartArray();
    writer.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.Uint64(size.objects);
    writer.Uint64(size.bytes);
    writer.EndArray();
  }
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

// False when `json` is not what SizesToJson writes.
bool SizesFromJson(const std::string& json, std::vector<SizeByName>* sizes) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsArray()) return false;
  for (const auto& entry : document.GetArray()) {
    if (!entry.IsArray() || entry.Size() != 3 || !entry[0].IsString() || !entry[1].IsUint64() ||
        !entry[2].IsUint64()) {
      return false;
    }
    sizes->push_back({std::string(entry[0].GetString(), entry[0].GetStringLength()),
                      entry[1].GetUint64(), entry[2].GetUint64()});
  }
  return true;
}

Result<std::vector<SnapshotRow>> QuerySnapshots(Transaction& tx, std::string_view sql,
                                                std::initializer_list<SqlValue> values) {
  std::vector<SnapshotRow> snapshots;
  bool readable = true;
  ASSAY_RETURN_IF_ERROR(tx.Query(sql, values, [&](const SqlRow& row) {
    SnapshotRow snapshot;
    snapshot.account_id = row.Text(0);
    snapshot.bucket = row.Text(1);
    snapshot.region = row.Text(2);
    snapshot.taken_at_ms = row.Int(3);
    snapshot.finished_at_ms = row.Int(4);
    snapshot.object_count = static_cast<uint64_t>(row.Int(5));
    snapshot.total_size = static_cast<uint64_t>(row.Int(6));
    snapshot.total_processed = static_cast<uint64_t>(row.Int(7));
    readable = readable && SizesFromJson(row.Text(8), &snapshot.by_storage_class) &&
               SizesFromJson(row.Text(9), &snapshot.by_encryption);
    snapshot.oldest_modified_ms = row.Int(10);
    snapshot.newest_modified_ms = row.Int(11);
    snapshot.source = row.Text(12);
    snapshots.push_back(std::move(snapshot));
  }));
  if (!readable) return DataLoss("a bucket snapshot in the database is damaged: take a new one");
  return snapshots;
}

BucketPropertiesRow ReadProperties(const SqlRow& row) {
  BucketPropertiesRow properties;
  properties.account_id = row.Text(0);
  properties.bucket = row.Text(1);
  properties.region = row.Text(2);
  properties.crawled_at_ms = row.Int(3);
  properties.world_readability = row.Text(4);
  properties.world_writability = row.Text(5);
  properties.properties = row.Text(6);
  return properties;
}

}  // namespace

Status PutSnapshot(Transaction& tx, const SnapshotRow& snapshot) {
  if (!Fits(snapshot.object_count) || !Fits(snapshot.total_size) ||
      !Fits(snapshot.total_processed) || !AllFit(snapshot.by_storage_class) ||
      !AllFit(snapshot.by_encryption)) {
    return InvalidArgument("a sum of the bucket's snapshot is beyond 2^63 bytes");
  }
  return tx
      .Execute("INSERT INTO snapshot (" SNAPSHOT_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
               "ON CONFLICT (account_id, bucket) DO UPDATE SET region = excluded.region, "
               "taken_at_ms = excluded.taken_at_ms, finished_at_ms = excluded.finished_at_ms, "
               "object_count = excluded.object_count, total_size = excluded.total_size, "
               "total_processed = excluded.total_processed, "
               "by_storage_class = excluded.by_storage_class, "
               "by_encryption = excluded.by_encryption, "
               "oldest_modified_ms = excluded.oldest_modified_ms, "
               "newest_modified_ms = excluded.newest_modified_ms, source = excluded.source",
               {snapshot.account_id, snapshot.bucket, snapshot.region, snapshot.taken_at_ms,
                snapshot.finished_at_ms, static_cast<int64_t>(snapshot.object_count),
                static_cast<int64_t>(snapshot.total_size),
                static_cast<int64_t>(snapshot.total_processed),
                SizesToJson(snapshot.by_storage_class), SizesToJson(snapshot.by_encryption),
                snapshot.oldest_modified_ms, snapshot.newest_modified_ms, snapshot.source})
      .status();
}

Result<std::optional<SnapshotRow>> GetSnapshot(Transaction& tx, const std::string& account_id,
                                               const std::string& bucket) {
  ASSAY_ASSIGN_OR_RETURN(std::vector<SnapshotRow> found,
                         QuerySnapshots(tx,
                                        "SELECT " SNAPSHOT_COLUMNS
                                        " FROM snapshot WHERE account_id = ?1 AND bucket = ?2",
                                        {account_id, bucket}));
  if (found.empty()) return std::optional<SnapshotRow>();
  return std::optional<SnapshotRow>(std::move(found.front()));
}

Result<std::vector<SnapshotRow>> ListSnapshots(Transaction& tx, const std::string& account_id) {
  return QuerySnapshots(tx,
                        "SELECT " SNAPSHOT_COLUMNS
                        " FROM snapshot WHERE ?1 = '' OR account_id = ?1 "
                        "ORDER BY account_id, bucket",
                        {account_id});
}

Status PutBucketProperties(Transaction& tx, const BucketPropertiesRow& row) {
  return tx
      .Execute("INSERT INTO bucket_properties (" PROPERTY_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
               "ON CONFLICT (account_id, bucket) DO UPDATE SET region = excluded.region, "
               "crawled_at_ms = excluded.crawled_at_ms, "
               "world_readability = excluded.world_readability, "
               "world_writability = excluded.world_writability, properties = excluded.properties",
               {row.account_id, row.bucket, row.region, row.crawled_at_ms, row.world_readability,
                row.world_writability, row.properties})
      .status();
}

Result<std::optional<BucketPropertiesRow>> GetBucketProperties(Transaction& tx,
                                                               const std::string& account_id,
                                                               const std::string& bucket) {
  return QueryOne<BucketPropertiesRow>(tx,
                                       "SELECT " PROPERTY_COLUMNS
                                       " FROM bucket_properties WHERE account_id = ?1 AND "
                                       "bucket = ?2",
                                       {account_id, bucket}, ReadProperties);
}

Result<std::vector<BucketPropertiesRow>> ListBucketProperties(Transaction& tx,
                                                              const std::string& account_id) {
  return QueryAll<BucketPropertiesRow>(tx,
                                       "SELECT " PROPERTY_COLUMNS
                                       " FROM bucket_properties WHERE ?1 = '' OR account_id = ?1 "
                                       "ORDER BY account_id, bucket",
                                       {account_id}, ReadProperties);
}

}  // namespace assay
