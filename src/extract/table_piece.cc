#include "extract/table_piece.h"

#include <algorithm>

namespace assay {
namespace {

// A piece is handed on when its text or its cell index has grown to this.
constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kPieceCells = 1 << 17;

}  // namespace

std::string ColumnLetters(uint64_t column) {
  std::string letters;
  while (column > 0) {
    --column;
    letters.insert(letters.begin(), static_cast<char>('A' + column % 26));
    column /= 26;
  }
  return letters;
}

std::string CellName(uint64_t column, uint64_t row) {
  return ColumnLetters(column) + std::to_string(row);
}

class TablePieceBuilder::CellLocator final : public Locator {
 public:
  explicit CellLocator(const TablePieceBuilder& builder) : builder_(builder) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    const Cell* cell = Find(begin);
    if (cell == nullptr) return;
    if (cell->column < builder_.columns_.size()) {
      location->column_name = builder_.columns_[cell->column].name;
    }
    if (builder_.style_ == TableStyle::kRecords) {
      location->record = cell->row;
      if (cell->column < builder_.columns_.size()) {
        location->json_path = builder_.columns_[cell->column].path;
      }
      return;
    }
    location->line = cell->row + 1;
    location->column = cell->column + 1;
    location->cell = CellName(cell->column + 1, cell->row + 1);
    if (!builder_.sheet_.empty()) location->cell.insert(0, builder_.sheet_ + "!");
  }

  std::string_view FieldName(size_t offset) const override {
    const Cell* cell = Find(offset);
    if (cell == nullptr || cell->column >= builder_.columns_.size()) return {};
    return builder_.columns_[cell->column].name;
  }

 private:
  const Cell* Find(size_t offset) const {
    const std::vector<Cell>& cells = builder_.cells_;
    auto after =
        std::upper_bound(cells.begin(), cells.end(), offset,
                         [](size_t value, const Cell& cell) { return value < cell.begin; });
    return after == cells.begin() ? nullptr : &*(after - 1);
  }

  const TablePieceBuilder& builder_;
};

TablePieceBuilder::TablePieceBuilder(ExtractContext& context, TableStyle style,
                                     std::string_view sheet)
    : context_(context), style_(style), sheet_(sheet) {}

TablePieceBuilder::~TablePieceBuilder() = default;

void TablePieceBuilder::NameColumn(size_t column, std::string_view name, std::string_view path) {
  if (column >= kMaxColumns) return;
  if (columns_.size() <= column) columns_.resize(column + 1);
  columns_[column].name = name;
  columns_[column].path = path.empty() ? "$." + std::string(name) : std::string(path);
}

void TablePieceBuilder::AddCell(size_t column, std::string_view text) {
  if (text.empty()) return;
  if (row_has_cells_) text_.push_back('\t');
  row_has_cells_ = true;
  cells_.push_back({text_.size(), row_, column});
  text_.append(text);
}

Status TablePieceBuilder::EndRow() {
  ++row_;
  if (!row_has_cells_) return Status::Ok();
  row_has_cells_ = false;
  text_.push_back('\n');
  if (text_.size() < kPieceBytes && cells_.size() < kPieceCells) return Status::Ok();
  return Flush();
}

Status TablePieceBuilder::Flush() {
  row_has_cells_ = false;
  if (text_.empty()) return Status::Ok();
  const CellLocator locator(*this);
  TextPiece piece;
  piece.text = text_;
  piece.own_end = text_.size();
  piece.base_offset = base_offset_;
  piece.locator = &locator;
  const bool go_on = context_.Emit(piece);
  base_offset_ += text_.size();
  text_.clear();
  cells_.clear();
  return go_on ? Status::Ok() : Cancelled("the reader of the text stopped");
}

}  // namespace assay
