#include "detect/lexicon.h"

#include "detect/utf8_case.h"

namespace assay {

uint64_t Lexicon::Hash(std::string_view word) {
  uint64_t hash = 0x9E3779B97F4A7C15ull ^ word.size();
  for (const char c : word) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3ull;
    hash ^= hash >> 29;
  }
  hash *= 0xBF58476D1CE4E5B9ull;
  return hash ^ (hash >> 32);
}

uint32_t Lexicon::FindLower(std::string_view word) const {
  if (slots_ == nullptr) return 0;
  const uint64_t hash = Hash(word);
  const auto high = static_cast<uint32_t>(hash >> 32);
  for (size_t i = hash & mask_; slots_[i].bits != 0; i = (i + 1) & mask_) {
    if (slots_[i].hash_high == high) return slots_[i].bits;
  }
  return 0;
}

uint32_t Lexicon::Find(std::string_view word) const {
  char buffer[kMaxWord];
  if (word.size() > sizeof buffer) return 0;
  return FindLower(LowerUtf8(word, buffer));
}

}  // namespace assay
