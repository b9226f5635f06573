// What a text column can hold, the same in both databases: UTF-8 without NUL; pieces of statements.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

bool IsSqlText(std::string_view text);
// `text` with NUL and whatever is not UTF-8 replaced by U+FFFD.
std::string ToSqlText(std::string_view text);

// "?2, ?3, ... " with `count` placeholders, the first numbered `first`.
std::string Placeholders(size_t first, size_t count);
// `sql` with `table` in the place of {ROWS}.
std::string ReplaceRows(std::string_view sql, std::string_view table);

}  // namespace assay
