// Lines and columns of a text, counted only when somebody asks.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text_piece.h"

namespace assay {

// Counts the newlines in `text`, at memory speed.
uint64_t CountNewlines(std::string_view text);
// Counts the code points in `text`: every byte that is not a UTF-8 continuation.
uint64_t CountCodePoints(std::string_view text);

// A position that moves over a text and knows its line (1-based, lines end with '\n') and column
// (1-based, in code points). Moving forward costs one pass over the bytes between.
class LineCursor {
 public:
  LineCursor() = default;
  // `text` begins at `line` and `column` of the whole.
  explicit LineCursor(std::string_view text, uint64_t line = 1, uint64_t column = 1)
      : text_(text), start_line_(line), start_column_(column), line_(line), column_(column) {}

  // REQUIRES: offset <= text.size().
  void MoveTo(size_t offset);
  uint64_t line() const { return line_; }
  uint64_t column() const { return column_; }

 private:
  std::string_view text_;
  uint64_t start_line_ = 1;
  uint64_t start_column_ = 1;
  size_t offset_ = 0;
  uint64_t line_ = 1;
  uint64_t column_ = 1;
};

// The locator of plain text.
class LineLocator : public Locator {
 public:
  // `text` is the piece's text and must outlive the locator.
  explicit LineLocator(std::string_view text, uint64_t line = 1, uint64_t column = 1)
      : size_(text.size()), cursor_(text, line, column) {}

  void Locate(size_t begin, size_t end, Location* location) const override;
  bool HasFieldNames() const override { return false; }

 private:
  size_t size_;
  mutable LineCursor cursor_;
};

}  // namespace assay
