// Lines, elements and attributes of XML and HTML windows.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <utility>

#include "base/text_piece.h"
#include "extract/line_locator.h"
#include "extract/markup_cursor.h"
#include "extract/text_windows.h"

namespace assay {

class MarkupLocator final : public Locator {
 public:
  MarkupLocator(const TextWindow& window, MarkupCursor cursor, LineCursor lines)
      : size_(window.text.size()),
        own_begin_(window.own_begin),
        cursor_(std::move(cursor)),
        lines_(lines) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    lines_.MoveTo(std::clamp(begin, own_begin_, size_) - own_begin_);
    location->line = lines_.line();
    location->column = lines_.column();
  }

  std::string_view FieldName(size_t offset) const override {
    cursor_.MoveTo(offset);
    return cursor_.FieldName();
  }

 private:
  size_t size_;
  size_t own_begin_;
  mutable MarkupCursor cursor_;
  mutable LineCursor lines_;
};

}  // namespace assay
