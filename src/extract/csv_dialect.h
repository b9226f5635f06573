// The dialect of delimited text: which delimiter, and whether the first row names the columns.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct CsvDialect {
  char delimiter = 0;  // ',', '\t', ';' or '|'; 0: not delimited text
  bool header = false;
};

// Looks at the first rows of `head` (whole rows only, unless `head` holds just one). `name` (its
// ending) lowers the evidence needed. Quotes are '"', doubled within a quoted value (RFC 4180).
CsvDialect SniffCsv(std::string_view head, std::string_view name);

// Splits one row (no line end) into its values, unquoted. At most `max_values`.
std::vector<std::string> SplitCsvRow(std::string_view row, char delimiter, size_t max_values);

// Offset behind the row that begins at `begin`, its line end included; text.size() at the end.
size_t CsvRowEnd(std::string_view text, size_t begin);

}  // namespace assay
