#include "detect/lexicon.h"

#include <algorithm>
#include <cstring>

#include "detect/utf8_case.h"

namespace assay {
namespace {

// The first `count` <= 8 bytes in one number, the rest 0. Loads that overlap instead of a copy of
// so many bytes, which would be a call.
uint64_t FirstBytes(const char* bytes, size_t count) {
  const auto load = [bytes]<typename T>(size_t at, T value) {
    std::memcpy(&value, bytes + at, sizeof value);
    return uint64_t{value};
  };
  if (count == 8) return load(0, uint64_t{});
  if (count >= 4) return load(0, uint32_t{}) | load(count - 4, uint32_t{}) << (8 * (count - 4));
  if (count >= 2) return load(0, uint16_t{}) | load(count - 2, uint16_t{}) << (8 * (count - 2));
  return load(0, uint8_t{});
}

constexpr uint64_t kEach = 0x0101010101010101u;

// Eight ASCII bytes with A-Z in lower case: the sums carry into the top bit of those bytes that are
// at least 'A', and of those beyond 'Z'.
uint64_t LowerEight(uint64_t ascii) {
  const uint64_t upper =
      ((ascii + (0x80 - 'A') * kEach) ^ (ascii + (0x7F - 'Z') * kEach)) & (0x80 * kEach);
  return ascii | upper >> 2;
}

// The hash of a word whose bytes come through `change`, eight at a time.
template <typename Change>
uint64_t HashOf(std::string_view word, const Change& change) {
  uint64_t hash = 0x9E3779B97F4A7C15ull ^ word.size();
  while (!word.empty()) {
    const size_t count = std::min(word.size(), sizeof(uint64_t));
    hash = (hash ^ change(FirstBytes(word.data(), count))) * 0xBF58476D1CE4E5B9ull;
    hash ^= hash >> 31;
    word.remove_prefix(count);
  }
  hash *= 0x94D049BB133111EBull;
  return hash ^ (hash >> 32);
}

}  // namespace

uint64_t Lexicon::Hash(std::string_view word) {
  return HashOf(word, [](uint64_t bytes) { return bytes; });
}

uint32_t Lexicon::FindLower(std::string_view word) const { return FindHash(Hash(word)); }

uint32_t Lexicon::FindHash(uint64_t hash) const {
  if (slots_ == nullptr) return 0;
  const auto high = static_cast<uint32_t>(hash >> 32);
  for (size_t i = hash & mask_; slots_[i].bits != 0; i = (i + 1) & mask_) {
    if (slots_[i].hash_high == high) return slots_[i].bits;
  }
  return 0;
}

uint32_t Lexicon::Find(std::string_view word) const {
  char buffer[kMaxWord];
  if (word.size() > sizeof buffer) return 0;
  uint64_t all = 0;
  const uint64_t hash = HashOf(word, [&all](uint64_t bytes) {
    all |= bytes;
    return LowerEight(bytes);
  });
  if ((all & (0x80 * kEach)) == 0) return FindHash(hash);
  return FindLower(LowerUtf8(word, buffer));
}

}  // namespace assay
