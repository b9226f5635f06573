#include "store/object_history.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "store/row_query.h"

namespace assay {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;

}  // namespace

Result<std::vector<ObjectHistoryRow>> ListObjectHistory(Transaction& tx,
                                                        const std::string& account_id,
                                                        const std::string& bucket,
                                                        const std::string& key) {
  std::vector<ObjectHistoryRow> rows;
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  ASSAY_RETURN_IF_ERROR(tx.Query(
      "SELECT h.etag, h.version_id, h.size, h.dlp_risk, h.pii_impact, h.classified_at_ms, h.labels "
      "FROM bucket b JOIN object o ON o.bucket_id = b.id JOIN object_history h ON h.object_id = "
      "o.id AND h.bucket_id = o.bucket_id WHERE b.account_id = ?1 AND b.name = ?2 AND o.object_key "
      "= ?3 ORDER BY h.id DESC",
      {account_id, bucket, SqlBytes{key}}, [&](const SqlRow& row) {
        ObjectHistoryRow& entry = rows.emplace_back();
        entry.etag = row.Bytes(0);
        entry.version_id = row.Bytes(1);
        entry.size = row.Int(2);
        entry.dlp_risk = static_cast<uint32_t>(row.Int(3));
        entry.pii_impact = row.Text(4);
        entry.classified_at_ms = row.Int(5);
        const std::vector<int64_t> ids = SplitIds(row.Text(6));
        const LabelName& outcome = labels.Name(ids.empty() ? 0 : ids.front());
        entry.outcome = outcome.name;
        entry.reason = outcome.detail;
      }));
  return rows;
}

Status KeepObjectHistory(Transaction& tx, int64_t bucket_id,
                         const std::vector<IndexedObject>& replaced) {
  std::vector<std::vector<SqlValue>> rows;
  std::vector<std::vector<SqlValue>> ids;
  for (const IndexedObject& old : replaced) {
    rows.push_back({bucket_id, old.id, SqlBytesView{old.etag}, SqlBytesView{old.version_id},
                    old.size, old.dlp_risk, SqlTextView{old.pii_impact}, old.classified_at_ms,
                    JoinIds(old.labels)});
    ids.push_back({old.id});
  }
  ASSAY_RETURN_IF_ERROR(tx.ExecuteRows(
      "INSERT INTO object_history (bucket_id, object_id, etag, version_id, size, dlp_risk, "
      "pii_impact, classified_at_ms, labels) {ROWS}",
      rows));
  static const std::string kTrim = fmt::format(
      "DELETE FROM object_history WHERE bucket_id = ?1 AND id IN (SELECT id FROM (SELECT id, "
      "row_number() OVER (PARTITION BY object_id ORDER BY id DESC) AS place FROM object_history "
      "WHERE bucket_id = ?1 AND object_id IN ({{ROWS}})) AS ranked WHERE place > {})",
      kHistoryPerObject);
  return tx.QueryRows(kTrim, {bucket_id}, ids, [](const SqlRow&) {});
}

Status CountDays(Transaction& tx, const std::vector<const ObjectRow*>& objects) {
  // In this order always, so that writers do not lock each other out.
  std::map<std::pair<std::string_view, int64_t>, DayCount> days;
  for (const ObjectRow* object : objects) {
    DayCount& day = days[{object->account_id, object->classified_at_ms / kDayMs}];
    day.objects++;
    day.bytes_classified += static_cast<uint64_t>(object->bytes_classified);
  }
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(days.size());
  for (const auto& [at, count] : days) {
    rows.push_back({std::string(at.first), at.second, static_cast<int64_t>(count.objects),
                    static_cast<int64_t>(count.bytes_classified)});
  }
  return tx.ExecuteRows(
      "INSERT INTO day_count (account_id, day, objects, bytes_classified) {ROWS} "
      "ON CONFLICT (account_id, day) DO UPDATE SET objects = day_count.objects + excluded.objects, "
      "bytes_classified = day_count.bytes_classified + excluded.bytes_classified",
      rows);
}

Result<std::vector<DayCount>> ListDays(Transaction& tx, const std::string& account_id,
                                       int64_t first_day) {
  return QueryAll<DayCount>(
      tx,
      "SELECT day, CAST(sum(objects) AS BIGINT), CAST(sum(bytes_classified) AS BIGINT) FROM "
      "day_count WHERE day >= ?2 AND (?1 = '' OR account_id = ?1) GROUP BY day ORDER BY day",
      {account_id, first_day}, [](const SqlRow& row) {
        return DayCount{row.Int(0), static_cast<uint64_t>(row.Int(1)),
                        static_cast<uint64_t>(row.Int(2))};
      });
}

}  // namespace assay
