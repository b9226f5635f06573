// Retention: removing what is old and monitored no more (object_rows.h, rule R6).
#include <algorithm>
#include <map>
#include <optional>

#include "store/key_range.h"
#include "store/object_labels.h"
#include "store/object_rows.h"
#include "store/row_query.h"

namespace assay {
namespace {

BucketName ReadBucket(const SqlRow& row) { return {row.Int(0), row.Text(1), row.Text(2)}; }

// The key ranges that none of the prefixes (sorted) begins.
std::vector<KeyRange> RangesOutside(const std::vector<std::string>& prefixes) {
  std::vector<KeyRange> ranges;
  std::optional<std::string> start = "";
  for (const std::string& prefix : prefixes) {
    const KeyRange monitored = RangeOfPrefix(prefix);
    if (monitored.first > *start) ranges.push_back({*start, monitored.first});
    // A prefix within the one before ends no later than that.
    if (!monitored.end) return ranges;
    start = std::max(*start, *monitored.end);
  }
  ranges.push_back({*start, std::nullopt});
  return ranges;
}

Result<std::vector<int64_t>> QueryIds(Transaction& tx, std::string_view sql,
                                      const std::vector<SqlValue>& values) {
  std::vector<int64_t> ids;
  ASSAY_RETURN_IF_ERROR(tx.Query(sql, std::span<const SqlValue>(values),
                                 [&](const SqlRow& row) { ids.push_back(row.Int(0)); }));
  return ids;
}

// Old objects of a bucket that nothing monitors: read in the order of time, so that young ones
// cost nothing.
Result<std::vector<int64_t>> OldOfBucket(Transaction& tx, const LabelCatalog& labels,
                                         int64_t bucket_id, int64_t before_ms, uint32_t limit) {
  std::vector<int64_t> ids;
  for (const auto& [name, label_id] : labels.all()) {
    if (name.kind != "outcome") continue;
    for (int64_t risk = 0; risk <= int64_t{kMaxRisk} && ids.size() < limit; ++risk) {
      ASSAY_ASSIGN_OR_RETURN(
          const std::vector<int64_t> more,
          QueryIds(
              tx,
              "SELECT id FROM object WHERE bucket_id = ?1 AND outcome_id = ?2 AND "
              "dlp_risk = ?3 AND classified_at_ms < ?4 ORDER BY classified_at_ms LIMIT ?5",
              {bucket_id, label_id, risk, before_ms, static_cast<int64_t>(limit - ids.size())}));
      ids.insert(ids.end(), more.begin(), more.end());
    }
  }
  return ids;
}

// Old objects of a bucket of which some prefixes are monitored: the keys between them are read.
Result<std::vector<int64_t>> OldOutside(Transaction& tx, const std::vector<std::string>& prefixes,
                                        int64_t bucket_id, int64_t before_ms, uint32_t limit) {
  std::vector<int64_t> ids;
  for (const KeyRange& range : RangesOutside(prefixes)) {
    if (ids.size() >= limit) break;
    std::string sql =
        "SELECT id FROM object WHERE bucket_id = ?1 AND classified_at_ms < ?2 AND object_key >= ?4";
    std::vector<SqlValue> values = {bucket_id, before_ms, static_cast<int64_t>(limit - ids.size()),
                                    SqlBytes{range.first}};
    if (range.end) {
      sql += " AND object_key < ?5";
      values.emplace_back(SqlBytes{*range.end});
    }
    ASSAY_ASSIGN_OR_RETURN(const std::vector<int64_t> more,
                           QueryIds(tx, sql + " ORDER BY object_key LIMIT ?3", values));
    ids.insert(ids.end(), more.begin(), more.end());
  }
  return ids;
}

Status RemoveByIds(Transaction& tx, int64_t bucket_id, const std::vector<int64_t>& ids) {
  std::vector<ObjectId> objects;
  objects.reserve(ids.size());
  for (const int64_t id : ids) objects.push_back({bucket_id, id});
  ASSAY_ASSIGN_OR_RETURN(const std::vector<IndexedObject> found, FindIndexed(tx, objects));
  return RemoveIndexed(tx, found);
}

}  // namespace

Result<uint64_t> PruneObjects(Transaction& tx, int64_t before_ms, uint32_t limit) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> monitored;
  ASSAY_RETURN_IF_ERROR(tx.Query("SELECT account_id, bucket, prefix FROM resource ORDER BY prefix",
                                 {}, [&](const SqlRow& row) {
                                   monitored[{row.Text(0), row.Text(1)}].push_back(row.Bytes(2));
                                 }));
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  ASSAY_ASSIGN_OR_RETURN(
      const std::vector<BucketName> buckets,
      QueryAll<BucketName>(tx, "SELECT id, account_id, name FROM bucket ORDER BY id", {},
                           ReadBucket));
  uint64_t pruned = 0;
  for (const BucketName& bucket : buckets) {
    if (pruned >= limit) break;
    const uint32_t left = limit - static_cast<uint32_t>(pruned);
    const auto prefixes = monitored.find({bucket.account_id, bucket.bucket});
    Result<std::vector<int64_t>> ids =
        prefixes == monitored.end() ? OldOfBucket(tx, labels, bucket.id, before_ms, left)
                                    : OldOutside(tx, prefixes->second, bucket.id, before_ms, left);
    if (!ids.ok()) return ids.status();
    ASSAY_RETURN_IF_ERROR(RemoveByIds(tx, bucket.id, *ids));
    pruned += ids->size();
  }
  return pruned;
}

}  // namespace assay
