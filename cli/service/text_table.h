// TextTable: columns for people: as wide as their content, numbers to the right.
//
// Thread rule: one thread.
#pragma once

#include <string>
#include <vector>

namespace assay {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES: as many cells as columns. Control characters are shown, not sent to the terminal.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // With the titles first, one line per row, no trailing blanks.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace assay
