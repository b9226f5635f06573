#include "store/setting_rows.h"

#include "store/row_query.h"

namespace assay {

Status PutSetting(Transaction& tx, std::string_view name, const std::string& value) {
  return tx
      .Execute(
          "INSERT INTO setting (name, value) VALUES (?1, ?2) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
          {std::string(name), value})
      .status();
}

Result<std::optional<std::string>> GetSetting(Transaction& tx, std::string_view name) {
  return QueryOne<std::string>(tx, "SELECT value FROM setting WHERE name = ?1", {std::string(name)},
                               [](const SqlRow& row) { return row.Text(0); });
}

}  // namespace assay
