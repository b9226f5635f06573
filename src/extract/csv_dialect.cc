#include "extract/csv_dialect.h"

#include <algorithm>
#include <cstring>

#include "extract/signatures.h"

namespace assay {
namespace {

constexpr size_t kSniffBytes = 16 * 1024;
constexpr size_t kSniffRows = 24;
constexpr std::string_view kDelimiters = ",\t;|";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Delimiters of each kind in a row, outside quotes, and how many have a space behind them.
struct RowCounts {
  size_t counts[4] = {};
  size_t spaced = 0;
};

RowCounts CountDelimiters(std::string_view row) {
  RowCounts result;
  bool quoted = false;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '"') quoted = !quoted;
    if (quoted) continue;
    const size_t kind = kDelimiters.find(row[i]);
    if (kind == std::string_view::npos) continue;
    ++result.counts[kind];
    result.spaced += i + 1 < row.size() && row[i + 1] == ' ' ? 1 : 0;
  }
  return result;
}

std::vector<std::string_view> FirstRows(std::string_view head) {
  head = head.substr(0, kSniffBytes);
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  std::vector<std::string_view> rows;
  size_t begin = 0;
  while (begin < head.size() && rows.size() < kSniffRows) {
    const size_t end = CsvRowEnd(head, begin);
    // The last row may be cut by the end of the head.
    if (end == head.size() && !rows.empty() && head.back() != '\n' && head.size() == kSniffBytes) {
      break;
    }
    std::string_view row = head.substr(begin, end - begin);
    while (!row.empty() && (row.back() == '\n' || row.back() == '\r')) row.remove_suffix(1);
    if (!row.empty()) rows.push_back(row);
    begin = end;
  }
  return rows;
}

// Prose has commas too; a name of a column is short and has no sentence in it.
bool IsColumnName(std::string_view value) {
  if (value.empty() || value.size() > 64 || IsDigit(value[0]) || value[0] == '-') return false;
  const auto letters = std::count_if(value.begin(), value.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
  });
  if (letters == 0 || value.find('@') != std::string_view::npos) return false;
  const auto digits = std::count_if(value.begin(), value.end(), IsDigit);
  return digits <= 3;
}

bool LooksLikeHeader(const std::vector<std::string_view>& rows, char delimiter) {
  const std::vector<std::string> names = SplitCsvRow(rows[0], delimiter, 1024);
  size_t good = 0;
  for (const std::string& name : names) good += name.empty() || IsColumnName(name) ? 1 : 0;
  if (good < names.size()) return false;
  if (rows.size() < 2) return true;
  // A header differs from what is below it: some column has digits or an '@' where it has none.
  const std::vector<std::string> values = SplitCsvRow(rows[1], delimiter, 1024);
  bool identifier_like = true;
  for (size_t i = 0; i < names.size(); ++i) {
    identifier_like = identifier_like && std::count(names[i].begin(), names[i].end(), ' ') <= 3;
    if (i < values.size() && !values[i].empty() && !IsColumnName(values[i])) return true;
  }
  return identifier_like && std::find(names.begin(), names.end(), "") == names.end() &&
         names != values;
}

}  // namespace

size_t CsvRowEnd(std::string_view text, size_t begin) {
  size_t at = begin;
  while (at < text.size()) {
    const void* newline = std::memchr(text.data() + at, '\n', text.size() - at);
    const size_t line_end =
        newline == nullptr ? text.size()
                           : static_cast<size_t>(static_cast<const char*>(newline) - text.data());
    // Quotes before the line end open and close; after the last one, in or out?
    bool quoted = false;
    size_t scan = at;
    while (scan < line_end) {
      const void* quote = std::memchr(text.data() + scan, '"', line_end - scan);
      if (quote == nullptr) break;
      quoted = !quoted;
      scan = static_cast<size_t>(static_cast<const char*>(quote) - text.data()) + 1;
    }
    if (!quoted) return std::min(line_end + 1, text.size());
    // Within a quoted value: go on behind the quote that closes it.
    const size_t close = text.find('"', line_end);
    if (close == std::string_view::npos) return text.size();
    at = close + 1;
  }
  return text.size();
}

std::vector<std::string> SplitCsvRow(std::string_view row, char delimiter, size_t max_values) {
  std::vector<std::string> values;
  std::string value;
  bool quoted = false;
  for (size_t i = 0; i <= row.size(); ++i) {
    if (i == row.size() || (!quoted && row[i] == delimiter)) {
      while (!value.empty() && (value.back() == ' ' || value.back() == '\r')) value.pop_back();
      values.push_back(std::move(value));
      value.clear();
      if (values.size() == max_values) break;
    } else if (row[i] == '"') {
      if (quoted && i + 1 < row.size() && row[i + 1] == '"') {
        value.push_back('"');
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (!(value.empty() && row[i] == ' ')) {
      value.push_back(row[i]);
    }
  }
  return values;
}

CsvDialect SniffCsv(std::string_view head, std::string_view name) {
  EndingBuffer buffer;
  const std::string_view ending = LowerEnding(name, &buffer);
  const bool named = ending == "csv" || ending == "tsv" || ending == "tab" || ending == "psv";
  const std::vector<std::string_view> rows = FirstRows(head);
  if (rows.empty() || (rows.size() < 2 && !named)) return {};
  const RowCounts first = CountDelimiters(rows[0]);
  size_t agreeing[4] = {};
  for (const std::string_view row : rows) {
    const RowCounts counts = CountDelimiters(row);
    for (size_t kind = 0; kind < 4; ++kind) {
      agreeing[kind] += counts.counts[kind] == first.counts[kind] ? 1 : 0;
    }
  }
  // Commas with a space behind them separate clauses rather than values.
  const bool prose = first.counts[0] + first.counts[2] < 4 && first.spaced > 0;
  size_t best = 4;
  for (size_t kind = 0; kind < 4; ++kind) {
    if (first.counts[kind] == 0) continue;
    // Without the name's word for it: every row agrees, and there is more than one delimiter, or
    // enough rows that this is no accident.
    const bool regular = agreeing[kind] == rows.size();
    const bool enough = named ? agreeing[kind] * 10 >= rows.size() * 6
                              : regular && !prose && (first.counts[kind] >= 2 || rows.size() >= 4);
    if (!enough) continue;
    if (best == 4 || agreeing[kind] > agreeing[best] ||
        (agreeing[kind] == agreeing[best] && first.counts[kind] > first.counts[best])) {
      best = kind;
    }
  }
  CsvDialect dialect;
  if (best < 4) {
    dialect.delimiter = kDelimiters[best];
  } else if (named) {
    dialect.delimiter = ending == "csv" ? ',' : ending == "psv" ? '|' : '\t';
  } else {
    return {};
  }
  dialect.header = LooksLikeHeader(rows, dialect.delimiter);
  return dialect;
}

}  // namespace assay
