// WordKey: one number for a word's first eight bytes and its length, whatever its ASCII case. Two
// words of the same spelling have the same key; different words seldom do, so a bit map of hashed
// keys tells nearly all words of a text from those of a list in a few instructions.
//
// Thread rule: pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay {

// Longer words count as this long.
inline constexpr size_t kMaxKeyWord = 63;

// Folds ASCII letters to lower case; other bytes only have to come out the same every time.
inline constexpr uint64_t kFoldCase = 0x2020202020202020u;

// The eight bytes at `at`, folded; 0 behind the end of the text.
inline uint64_t FoldedHead(std::string_view text, size_t at) {
  uint64_t head = 0;
  if (text.size() - at >= sizeof head) {
    std::memcpy(&head, text.data() + at, sizeof head);
  } else {
    std::memcpy(&head, text.data() + at, text.size() - at);
  }
  return head | kFoldCase;
}

inline constexpr std::array<uint64_t, kMaxKeyWord + 1> kHeadMasks = [] {
  std::array<uint64_t, kMaxKeyWord + 1> masks{};
  for (size_t n = 0; n < masks.size(); ++n) masks[n] = n >= 8 ? ~0ull : (1ull << (8 * n)) - 1;
  return masks;
}();

// Of the word that begins with the bytes of `folded_head` and is `length` <= kMaxKeyWord bytes
// long. Never 0.
inline uint64_t WordKey(uint64_t folded_head, size_t length) {
  const uint64_t mixed = (folded_head & kHeadMasks[length]) + (uint64_t{length} << 56);
  return (mixed * 0x9E3779B97F4A7C15ull) | 1;
}

// A set of hashed keys: no answer "no" is wrong. Some thousand keys set a few of a hundred bits; it
// lies in the second-level cache, which is near enough where nothing waits for the answer.
inline constexpr size_t kKeyMapBits = 17;
inline constexpr size_t kKeyMapWords = (size_t{1} << kKeyMapBits) / 64;

inline uint64_t KeyMapBit(const uint64_t* map, uint64_t hash) {
  return map[hash / 64] >> (hash % 64) & 1;
}
inline uint64_t KeyMapHash(uint64_t key) { return key >> (64 - kKeyMapBits); }

}  // namespace assay
