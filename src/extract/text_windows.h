// Text in windows: how text formats of any size are read in bounded memory. A window is a view of
// the text with some overlap on both sides; what a format knows about its place (line, row, JSON
// path) is carried from window to window.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text_piece.h"
#include "extract/extractor.h"
#include "extract/line_locator.h"

namespace assay {

// A window: text[own_begin, own_end) continues where the window before ended.
struct TextWindow {
  std::string_view text;
  size_t own_begin = 0;
  size_t own_end = 0;
  uint64_t base_offset = 0;  // of text[0] in the whole text
  bool last = false;
};

// What differs between text formats.
class WindowFormat {
 public:
  virtual ~WindowFormat() = default;
  // Hands on the window's pieces. The view dies with the call: state that later windows need is
  // brought up to own_end before returning.
  virtual Status Read(const TextWindow& window, ExtractContext& context) = 0;
  // The most bytes of a window of `text` that is given without a copy.
  virtual size_t max_window(std::string_view /*text*/) const { return SIZE_MAX; }
};

// Reads `source` as text in the encoding it has and gives it to `format` window by window.
// `declared` is the encoding the text claims, "" for none. Damage in the source ends the reading
// with kDataLoss after what came before it was handed on.
Status ExtractWindows(ByteSource& source, ExtractContext& context, WindowFormat& format,
                      std::string_view declared = {});

// The window as one piece, located by `locator`. Cancelled: stop.
Status EmitWindow(const TextWindow& window, const Locator& locator, ExtractContext& context);

// Lines over windows: knows the line and column of the current window's first own byte.
class WindowLines {
 public:
  // A cursor over the own text of `window` and what follows it; offset 0 is own_begin.
  LineCursor Cursor(const TextWindow& window) const {
    return LineCursor(window.text.substr(window.own_begin), line_, column_);
  }
  // Moves on to the window's own_end. Costs nothing for the last window.
  void Finish(const TextWindow& window);

 private:
  uint64_t line_ = 1;
  uint64_t column_ = 1;
};

// Plain text: pieces are the windows, located by line.
class PlainWindows final : public WindowFormat {
 public:
  Status Read(const TextWindow& window, ExtractContext& context) override;

 private:
  WindowLines lines_;
};

}  // namespace assay
