#include "store/label_totals.h"

#include "store/row_query.h"

namespace assay {

Result<std::vector<LabelTotal>> TotalLabels(Transaction& tx, const std::string& account_id) {
  return QueryAll<LabelTotal>(
      tx,
      "SELECT l.kind, l.name, l.detail, c.dlp_risk, CAST(sum(c.objects) AS BIGINT), "
      "CAST(sum(c.bytes_classified) AS BIGINT) FROM label_count c JOIN label l ON l.id = "
      "c.label_id JOIN bucket b ON b.id = c.bucket_id WHERE ?1 = '' OR b.account_id = ?1 "
      "GROUP BY l.kind, l.name, l.detail, c.dlp_risk HAVING sum(c.objects) > 0 "
      "ORDER BY l.kind, l.name, l.detail, c.dlp_risk",
      {account_id}, [](const SqlRow& row) {
        return LabelTotal{row.Text(0),
                          row.Text(1),
                          row.Text(2),
                          static_cast<uint32_t>(row.Int(3)),
                          static_cast<uint64_t>(row.Int(4)),
                          static_cast<uint64_t>(row.Int(5))};
      });
}

Result<std::map<std::pair<std::string, std::string>, uint64_t>> CountRiskyByBucket(
    Transaction& tx, const std::string& account_id, uint32_t min_risk) {
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  ASSAY_RETURN_IF_ERROR(
      tx.Query("SELECT b.account_id, b.name, CAST(sum(c.objects) AS BIGINT) FROM label_count c "
               "JOIN label l ON l.id = c.label_id JOIN bucket b ON b.id = c.bucket_id "
               "WHERE l.kind = 'outcome' AND c.dlp_risk >= ?2 AND (?1 = '' OR b.account_id = ?1) "
               "GROUP BY b.account_id, b.name",
               {account_id, int64_t{min_risk}}, [&](const SqlRow& row) {
                 counts[{row.Text(0), row.Text(1)}] = static_cast<uint64_t>(row.Int(2));
               }));
  return counts;
}

}  // namespace assay
