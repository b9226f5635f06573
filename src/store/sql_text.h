// What a text column can hold, the same in both databases: UTF-8 without NUL.
#pragma once

#include <string>
#include <string_view>

namespace assay {

bool IsSqlText(std::string_view text);
// `text` with NUL and whatever is not UTF-8 replaced by U+FFFD.
std::string ToSqlText(std::string_view text);

}  // namespace assay
