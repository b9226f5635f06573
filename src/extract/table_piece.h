// TablePieceBuilder: turns the cells of table-like formats (spreadsheets, Parquet, SQLite ...) into
// pieces: cells of a row with a tab between them, a newline after each row, and a locator that
// knows cell, column name, record and path of every byte.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extract/extractor.h"

namespace assay {

// How the cells of a table are named to people.
enum class TableStyle {
  kCells,    // line = row, column, cell "Sheet!C5"
  kRecords,  // record = 0-based row, json_path "$.column"
};

// "A" for 1, "Z" for 26, "AA" for 27; "" for 0.
std::string ColumnLetters(uint64_t column);
// "C5" for (3, 5).
std::string CellName(uint64_t column, uint64_t row);

class TablePieceBuilder {
 public:
  // `sheet` goes before cell names ("Sheet!C5"); "" for none.
  TablePieceBuilder(ExtractContext& context, TableStyle style, std::string_view sheet = {});
  ~TablePieceBuilder();
  TablePieceBuilder(const TablePieceBuilder&) = delete;
  TablePieceBuilder& operator=(const TablePieceBuilder&) = delete;

  // Name and, for kRecords, path ("$.a.b"; "" makes "$.name") of 0-based column `column`.
  // Must come before the cells of that column. Columns beyond kMaxColumns stay nameless.
  static constexpr size_t kMaxColumns = 1 << 20;
  void NameColumn(size_t column, std::string_view name, std::string_view path = {});

  // 0-based row of the cells that follow; without a call rows count up from 0 with EndRow.
  void SetRow(uint64_t row) { row_ = row; }
  // Adds a cell to the row. Columns may be skipped and repeat (list elements). Empty text is free.
  void AddCell(size_t column, std::string_view text);
  // Ends the row; hands on a piece when enough has come together. Cancelled: stop.
  Status EndRow();
  // Hands on what is left (also an unfinished row). Call once at the end, or between tables that
  // share column names.
  Status Flush();

 private:
  class CellLocator;
  struct Cell {
    size_t begin;
    uint64_t row;
    size_t column;
  };
  struct Column {
    std::string name;
    std::string path;
  };

  ExtractContext& context_;
  TableStyle style_;
  std::string sheet_;
  std::vector<Column> columns_;
  std::string text_;
  std::vector<Cell> cells_;
  uint64_t row_ = 0;
  bool row_has_cells_ = false;
  uint64_t base_offset_ = 0;
};

}  // namespace assay
