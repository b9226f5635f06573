#include "store/sql_text.h"

#include "base/utf8.h"

namespace assay {

bool IsSqlText(std::string_view text) {
  return text.find('\0') == std::string_view::npos && IsValidUtf8(text);
}

std::string ToSqlText(std::string_view text) {
  if (IsSqlText(text)) return std::string(text);
  std::string out;
  for (const char c : ToValidUtf8(text)) {
    if (c == '\0') {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string ReplaceRows(std::string_view sql, std::string_view table) {
  constexpr std::string_view kRows = "{ROWS}";
  std::string out(sql);
  const size_t at = out.find(kRows);
  if (at != std::string::npos) out.replace(at, kRows.size(), table);
  return out;
}

}  // namespace assay
