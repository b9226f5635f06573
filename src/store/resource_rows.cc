#include "store/resource_rows.h"

#include "store/row_query.h"

namespace assay {
namespace {

#define RESOURCE_COLUMNS                                                     \
  "id, account_id, region, bucket, prefix, one_time_full, continuous_full, " \
  "associated_at_ms, one_time_done_ms, last_compared_ms"

ResourceRow ReadResource(const SqlRow& row) {
  ResourceRow resource;
  resource.id = row.Int(0);
  resource.account_id = row.Text(1);
  resource.region = row.Text(2);
  resource.bucket = row.Text(3);
  resource.prefix = row.Bytes(4);
  resource.one_time_full = row.Int(5) != 0;
  resource.continuous_full = row.Int(6) != 0;
  resource.associated_at_ms = row.Int(7);
  resource.one_time_done_ms = row.Int(8);
  resource.last_compared_ms = row.Int(9);
  return resource;
}

}  // namespace

Result<int64_t> InsertResource(Transaction& tx, const ResourceRow& resource) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> id,
      QueryInt(tx,
               "INSERT INTO resource (account_id, region, bucket, prefix, one_time_full, "
               "continuous_full, associated_at_ms, one_time_done_ms, last_compared_ms) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
               "ON CONFLICT (account_id, bucket, prefix, region) DO NOTHING RETURNING id",
               {resource.account_id, resource.region, resource.bucket, SqlBytes{resource.prefix},
                Flag(resource.one_time_full), Flag(resource.continuous_full),
                resource.associated_at_ms, resource.one_time_done_ms, resource.last_compared_ms}));
  if (!id) return InvalidArgument("this bucket and prefix are associated already");
  return *id;
}

Status UpdateResource(Transaction& tx, const ResourceRow& resource) {
  return RequireChanged(
      tx.Execute("UPDATE resource SET one_time_full = ?2, continuous_full = ?3, "
                 "associated_at_ms = ?4, one_time_done_ms = ?5, last_compared_ms = ?6, "
                 "region = ?7 WHERE id = ?1",
                 {resource.id, Flag(resource.one_time_full), Flag(resource.continuous_full),
                  resource.associated_at_ms, resource.one_time_done_ms, resource.last_compared_ms,
                  resource.region}),
      "the resource was disassociated");
}

Status DeleteResource(Transaction& tx, int64_t id) {
  return RequireChanged(tx.Execute("DELETE FROM resource WHERE id = ?1", {id}),
                        "the resource was disassociated");
}

Result<std::optional<ResourceRow>> FindResource(Transaction& tx, const std::string& account_id,
                                                const std::string& region,
                                                const std::string& bucket,
                                                const std::string& prefix) {
  return QueryOne<ResourceRow>(tx,
                               "SELECT " RESOURCE_COLUMNS
                               " FROM resource WHERE account_id = ?1 AND region = ?2 AND "
                               "bucket = ?3 AND prefix = ?4",
                               {account_id, region, bucket, SqlBytes{prefix}}, ReadResource);
}

Result<std::optional<ResourceRow>> GetResource(Transaction& tx, int64_t id) {
  return QueryOne<ResourceRow>(tx, "SELECT " RESOURCE_COLUMNS " FROM resource WHERE id = ?1", {id},
                               ReadResource);
}

Result<std::vector<ResourceRow>> ListResources(Transaction& tx, const std::string& account_id,
                                               const std::string& region,
                                               const std::string& after_bucket,
                                               const std::string& after_prefix, uint32_t limit) {
  return QueryAll<ResourceRow>(
      tx,
      "SELECT " RESOURCE_COLUMNS
      " FROM resource WHERE account_id = ?1 AND (?2 = '' OR region = ?2) AND "
      "(bucket, prefix) > (?3, ?4) ORDER BY bucket, prefix, region LIMIT ?5",
      {account_id, region, after_bucket, SqlBytes{after_prefix}, LimitOrAll(limit)}, ReadResource);
}

Result<uint64_t> CountResources(Transaction& tx, const std::string& account_id) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> count,
      QueryInt(tx, "SELECT count(*) FROM resource WHERE account_id = ?1", {account_id}));
  return static_cast<uint64_t>(count.value_or(0));
}

Result<std::vector<ResourceRow>> ResourcesOfObject(Transaction& tx, const std::string& account_id,
                                                   const std::string& bucket,
                                                   const std::string& key) {
  // An account has few resources (R3), so the prefixes are compared here: "begins with" for bytes
  // is not spelled the same in both databases.
  ASSAY_ASSIGN_OR_RETURN(
      std::vector<ResourceRow> resources,
      QueryAll<ResourceRow>(tx,
                            "SELECT " RESOURCE_COLUMNS
                            " FROM resource WHERE account_id = ?1 AND bucket = ?2 "
                            "ORDER BY prefix, region",
                            {account_id, bucket}, ReadResource));
  std::erase_if(resources, [&](const ResourceRow& row) { return !key.starts_with(row.prefix); });
  return resources;
}

}  // namespace assay
