// Small helpers of the row functions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.h"

namespace assay {

// `limit` as a LIMIT that 0 does not restrict.
inline int64_t LimitOrAll(uint32_t limit) {
  return limit == 0 ? std::numeric_limits<int64_t>::max() : int64_t{limit};
}

inline int64_t Flag(bool value) { return value ? 1 : 0; }

// All rows, each made by `read`.
template <typename T>
Result<std::vector<T>> QueryAll(Transaction& tx, std::string_view sql,
                                std::initializer_list<SqlValue> values, T (*read)(const SqlRow&)) {
  std::vector<T> rows;
  ASSAY_RETURN_IF_ERROR(
      tx.Query(sql, values, [&](const SqlRow& row) { rows.push_back(read(row)); }));
  return rows;
}

// The only row; nothing when there is none.
template <typename T>
Result<std::optional<T>> QueryOne(Transaction& tx, std::string_view sql,
                                  std::initializer_list<SqlValue> values,
                                  T (*read)(const SqlRow&)) {
  std::optional<T> found;
  ASSAY_RETURN_IF_ERROR(tx.Query(sql, values, [&](const SqlRow& row) { found = read(row); }));
  return found;
}

// The first column of the only row; nothing when there is none.
inline Result<std::optional<int64_t>> QueryInt(Transaction& tx, std::string_view sql,
                                               std::initializer_list<SqlValue> values) {
  return QueryOne<int64_t>(tx, sql, values, [](const SqlRow& row) { return row.Int(0); });
}

// kNotFound with `what` when a statement changed no row.
inline Status RequireChanged(const Result<uint64_t>& changed, std::string_view what) {
  if (!changed.ok()) return changed.status();
  if (*changed == 0) return NotFound(std::string(what));
  return Status::Ok();
}

}  // namespace assay
