#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace assay {
namespace {

uint32_t DecodeSequence(std::string_view sequence) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(sequence[i]));
  };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
             (byte(3) & 0x3F);
  }
}

bool In(uint32_t c, uint32_t first, uint32_t last) { return c >= first && c <= last; }

// Controls, line separators, zero-width and bidirectional formatting characters.
bool SteersTerminal(uint32_t c) {
  return c < 0x20 || In(c, 0x7F, 0x9F) || c == 0xAD || In(c, 0x200B, 0x200F) ||
         In(c, 0x2028, 0x202E) || In(c, 0x2060, 0x206F) || c == 0xFEFF;
}

size_t CodePointWidth(uint32_t c) {
  if (In(c, 0x300, 0x36F) || In(c, 0x1AB0, 0x1AFF) || In(c, 0x20D0, 0x20FF) ||
      In(c, 0xFE00, 0xFE0F)) {
    return 0;
  }
  const bool wide = In(c, 0x1100, 0x115F) || In(c, 0x2E80, 0x303E) || In(c, 0x3041, 0xA4CF) ||
                    In(c, 0xAC00, 0xD7A3) || In(c, 0xF900, 0xFAFF) || In(c, 0xFE30, 0xFE6F) ||
                    In(c, 0xFF00, 0xFF60) || In(c, 0xFFE0, 0xFFE6) || In(c, 0x1F300, 0x1F64F) ||
                    In(c, 0x1F900, 0x1F9FF) || In(c, 0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

// The text as (sequence, width) pairs; bytes that are not UTF-8 count one column each.
std::vector<std::pair<std::string_view, size_t>> Cells(std::string_view text) {
  std::vector<std::pair<std::string_view, size_t>> cells;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
    cells.emplace_back(sequence, length == 0 ? 1 : CodePointWidth(DecodeSequence(sequence)));
    text.remove_prefix(sequence.size());
  }
  return cells;
}

}  // namespace

std::string Paint(std::string_view text, Color color, bool enabled) {
  if (!enabled || color == Color::kNone) return std::string(text);
  static constexpr const char* kCodes[] = {"", "1", "2", "31", "33", "32", "36"};
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<size_t>(color)], text);
}

std::string PrintableText(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = Utf8SequenceLength(bytes);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    const uint32_t c = DecodeSequence(bytes.substr(0, length));
    if (c == '\n') {
      out += "\\n";
    } else if (c < 0x80 && SteersTerminal(c)) {
      out += fmt::format("\\x{:02x}", c);
    } else if (SteersTerminal(c)) {
      out += fmt::format("\\u{{{:x}}}", c);
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const auto& cell : Cells(text)) width += cell.second;
  return width;
}

std::string Shorten(std::string_view text, size_t width) {
  if (text.size() <= width || DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  const auto cells = Cells(text);
  const size_t tail_width = (width - 1) / 2;
  const size_t head_width = width - 1 - tail_width;
  std::string head;
  size_t used = 0;
  for (size_t i = 0; i < cells.size() && used + cells[i].second <= head_width; ++i) {
    head += cells[i].first;
    used += cells[i].second;
  }
  size_t first = cells.size();
  for (used = 0; first > 0 && used + cells[first - 1].second <= tail_width; --first) {
    used += cells[first - 1].second;
  }
  head += "…";
  for (; first < cells.size(); ++first) head += cells[first].first;
  return head;
}

size_t TerminalWidth(int fd, size_t fallback) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return fallback;
}

bool WantsColor(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return isatty(fd) != 0 && (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace assay
