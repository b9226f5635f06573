// Text for terminals: hostile object keys must not steer them.
//
// Thread rule: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

enum class Color { kNone, kBold, kDim, kRed, kYellow, kGreen, kCyan };

// `text` between the escape sequences of `color`; unchanged when !enabled.
std::string Paint(std::string_view text, Color color, bool enabled);

// Keys and other bytes as one harmless line: control characters (C0, C1, DEL), bidirectional
// overrides and bytes that are not UTF-8 become \xNN or \u{NNNN}; a backslash stays one.
std::string PrintableText(std::string_view bytes);

// Columns the text takes, counting one per code point that is no combining mark and two for wide
// East Asian characters.
size_t DisplayWidth(std::string_view text);

// `text` cut in its middle to at most `width` columns, with "…" where it was cut.
std::string Shorten(std::string_view text, size_t width);

// Width of the terminal behind `fd` in columns; `fallback` when it is none.
size_t TerminalWidth(int fd, size_t fallback);

// Whether coloured output to `fd` is wanted: a terminal, NO_COLOR not set, TERM not "dumb".
bool WantsColor(int fd);

}  // namespace assay
