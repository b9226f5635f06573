#include <algorithm>
#include <string>
#include <vector>

#include "extract/csv_dialect.h"
#include "extract/format_list.h"
#include "extract/table_piece.h"
#include "extract/text_windows.h"

namespace assay {
namespace {

constexpr size_t kMaxHeaderNames = 16 * 1024;

// Where in the table a window begins: carried from window to window.
struct CsvState {
  uint64_t row = 1;     // 1-based, the header included
  uint64_t column = 1;  // of the value at the position
  bool quoted = false;
};

// Moves over delimited text and knows row and column.
class CsvCursor {
 public:
  CsvCursor(std::string_view text, size_t offset, char delimiter, CsvState state)
      : text_(text), delimiter_(delimiter), start_offset_(offset), offset_(offset), state_(state) {}

  // Offsets before the start are taken for the start.
  void MoveTo(size_t offset) {
    offset = std::clamp(offset, start_offset_, text_.size());
    if (offset < offset_) {
      const size_t mark = (offset - start_offset_) / kMarkStep;
      offset_ = start_offset_ + mark * kMarkStep;
      state_ = marks_[mark];
    }
    while (offset_ < offset) {
      const size_t mark = (offset_ - start_offset_) / kMarkStep;
      if (mark == marks_.size()) marks_.push_back(state_);
      Pass(std::min(offset, start_offset_ + (mark + 1) * kMarkStep));
    }
  }
  const CsvState& state() const { return state_; }

 private:
  // How often the state is kept for going back: whoever asks does not ask in order.
  static constexpr size_t kMarkStep = 256;

  void Pass(size_t end) {
    for (; offset_ < end; ++offset_) {
      const char c = text_[offset_];
      if (c == '"') {
        // A quote opens a value at its start only; a doubled one goes on with it.
        state_.quoted = !state_.quoted && MayOpen();
      } else if (!state_.quoted && c == delimiter_) {
        ++state_.column;
      } else if (!state_.quoted && c == '\n') {
        ++state_.row;
        state_.column = 1;
      }
    }
  }

  bool MayOpen() const {
    if (offset_ == 0) return true;
    const char before = text_[offset_ - 1];
    return before == delimiter_ || before == '\n' || before == '"' || before == ' ';
  }

  std::string_view text_;
  char delimiter_;
  size_t start_offset_;
  size_t offset_;
  CsvState state_;
  std::vector<CsvState> marks_;  // at start_offset_ and every kMarkStep bytes behind it
};

class CsvLocator final : public Locator {
 public:
  CsvLocator(const TextWindow& window, CsvDialect dialect, CsvState state, LineCursor lines,
             const std::vector<std::string>& names)
      : size_(window.text.size()),
        own_begin_(window.own_begin),
        header_(dialect.header),
        cells_(window.text, window.own_begin, dialect.delimiter, state),
        lines_(lines),
        names_(names) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    cells_.MoveTo(begin);
    lines_.MoveTo(std::clamp(begin, own_begin_, size_) - own_begin_);
    const CsvState& at = cells_.state();
    location->line = lines_.line();
    location->column = at.column;
    location->cell = CellName(at.column, at.row);
    location->column_name = Name();
  }

  std::string_view FieldName(size_t offset) const override {
    cells_.MoveTo(offset);
    return Name();
  }

 private:
  // The header row itself has no field names.
  std::string_view Name() const {
    const CsvState& at = cells_.state();
    if ((header_ && at.row == 1) || at.column > names_.size()) return {};
    return names_[at.column - 1];
  }

  size_t size_;
  size_t own_begin_;
  bool header_;
  mutable CsvCursor cells_;
  mutable LineCursor lines_;
  const std::vector<std::string>& names_;
};

class CsvWindows final : public WindowFormat {
 public:
  explicit CsvWindows(std::string_view name) : name_(name) {}

  Status Read(const TextWindow& window, ExtractContext& context) override {
    if (!sniffed_) Sniff(window);
    const CsvLocator locator(window, dialect_, state_, lines_.Cursor(window), names_);
    ASSAY_RETURN_IF_ERROR(EmitWindow(window, locator, context));
    if (!window.last) {
      CsvCursor cursor(window.text, window.own_begin, dialect_.delimiter, state_);
      cursor.MoveTo(window.own_end);
      state_ = cursor.state();
    }
    lines_.Finish(window);
    return Status::Ok();
  }

 private:
  void Sniff(const TextWindow& window) {
    sniffed_ = true;
    dialect_ = SniffCsv(window.text, name_);
    if (!dialect_.header) return;
    std::string_view row = window.text.substr(0, CsvRowEnd(window.text, 0));
    while (!row.empty() && (row.back() == '\n' || row.back() == '\r')) row.remove_suffix(1);
    names_ = SplitCsvRow(row, dialect_.delimiter, kMaxHeaderNames);
  }

  std::string_view name_;
  bool sniffed_ = false;
  CsvDialect dialect_;
  CsvState state_;
  WindowLines lines_;
  std::vector<std::string> names_;
};

}  // namespace

Status ExtractCsv(ByteSource& source, ExtractContext& context) {
  CsvWindows format(context.name());
  return ExtractWindows(source, context, format);
}

}  // namespace assay
