// What a text column can hold, the same in both databases: UTF-8 without NUL; pieces of statements.
#pragma once

#include <string>
#include <string_view>

namespace assay {

bool IsSqlText(std::string_view text);
// `text` with NUL and whatever is not UTF-8 replaced by U+FFFD.
std::string ToSqlText(std::string_view text);

// `sql` with `table` in the place of {ROWS}.
std::string ReplaceRows(std::string_view sql, std::string_view table);

}  // namespace assay
