#include "extract/line_locator.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
  uint64_t total = 0;
#if defined(__SSE2__)
  // Sixteen counters of a byte each, emptied before they can overflow.
  while (text.size() >= 64) {
    const size_t rounds = std::min<size_t>(text.size() / 64, 63);
    __m128i sums = _mm_setzero_si128();
    for (size_t i = 0; i < rounds * 64; i += 16) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
      sums = _mm_sub_epi8(sums, _mm_cmpeq_epi8(block, _mm_set1_epi8('\n')));
    }
    const __m128i halves = _mm_sad_epu8(sums, _mm_setzero_si128());
    total += static_cast<uint64_t>(_mm_cvtsi128_si64(halves)) +
             static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(halves, halves)));
    text.remove_prefix(rounds * 64);
  }
#endif
  return total + CountMarks(text, [](uint64_t word) {
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
