// Finding the next of a few bytes, sixteen at a time.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>

#include <bit>
#endif

namespace assay {

// Offset of the first byte in text[from, to) for which one of `bytes` is equal; `to` when there is
// none. REQUIRES: from <= to <= text.size().
template <typename... Bytes>
size_t FindAnyByte(std::string_view text, size_t from, size_t to, Bytes... bytes) {
#if defined(__SSE2__)
  for (; from + 16 <= to; from += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    const uint32_t mask =
        (static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(bytes)))) |
         ...);
    if (mask != 0) return from + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  for (; from < to; ++from) {
    if (((text[from] == bytes) || ...)) return from;
  }
  return to;
}

}  // namespace assay
