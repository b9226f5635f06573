#include "extract/line_locator.h"

#include <algorithm>
#include <cstring>

namespace assay {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kLowBits = 0x0101010101010101;

// Counts the bytes whose high bit `marks(word)` sets, eight bytes at a time. A last, shorter word
// is filled up with spaces, which `marks` must not mark.
template <typename Marks>
uint64_t CountMarks(std::string_view text, Marks marks) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr size_t kBlock =
      255 * kWord;  // after which the counters in the bytes of `sums` are full
  uint64_t total = 0;
  while (!text.empty()) {
    const std::string_view block = text.substr(0, kBlock);
    text.remove_prefix(block.size());
    uint64_t sums = 0;
    for (size_t i = 0; i < block.size(); i += kWord) {
      uint64_t word = kLowBits * ' ';
      if (i + kWord <= block.size()) {
        std::memcpy(&word, block.data() + i, kWord);
      } else {
        std::memcpy(&word, block.data() + i, block.size() - i);
      }
      sums += (marks(word) & kHighBits) >> 7;
    }
    constexpr uint64_t kEven = 0x00ff00ff00ff00ff;
    const uint64_t pairs = (sums & kEven) + (sums >> 8 & kEven);
    total += pairs * 0x0001000100010001 >> 48;
  }
  return total;
}

}  // namespace

uint64_t CountNewlines(std::string_view text) {
  return CountMarks(text, [](uint64_t word) {
    const uint64_t zero_at_newline = word ^ (kLowBits * '\n');
    return ~(((zero_at_newline & ~kHighBits) + ~kHighBits) | zero_at_newline);
  });
}

uint64_t CountCodePoints(std::string_view text) {
  // All bytes but those of the form 10xxxxxx.
  const uint64_t continuations =
      CountMarks(text, [](uint64_t word) { return word & ~(word << 1); });
  return text.size() - continuations;
}

void LineCursor::MoveTo(size_t offset) {
  if (offset < offset_) {
    offset_ = 0;
    line_ = start_line_;
    column_ = start_column_;
  }
  const std::string_view passed = text_.substr(offset_, offset - offset_);
  offset_ = offset;
  const uint64_t newlines = CountNewlines(passed);
  if (newlines == 0) {
    column_ += CountCodePoints(passed);
    return;
  }
  line_ += newlines;
  column_ = 1 + CountCodePoints(passed.substr(passed.rfind('\n') + 1));
}

void LineLocator::Locate(size_t begin, size_t, Location* location) const {
  cursor_.MoveTo(std::min(begin, size_));
  location->line = cursor_.line();
  location->column = cursor_.column();
}

}  // namespace assay
