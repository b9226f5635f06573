// Lexicon: which words are given names, surnames, places, street words. Made at build from the
// files described in identifiers/lexicons/README.md into one hash table that is used in place. A
// phrase is stored whole ("new york") and its first word carries kLexPhraseStart.
//
// Thread rule: immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay {

enum LexiconBit : uint32_t {
  kLexGivenClass = 3u << 0,    // 0 = no given name, else class 1 (common) to 3 (rare)
  kLexGivenWord = 1u << 2,     // the given name is also an ordinary word
  kLexSurnameClass = 3u << 3,  // 0 = no surname
  kLexSurnameWord = 1u << 5,
  kLexCity = 1u << 6,
  kLexCityWord = 1u << 7,
  kLexPhraseStart = 1u << 8,
  kLexStreetAfter = 1u << 9,    // "street": behind the name
  kLexStreetBefore = 1u << 10,  // "rue": before the name
  kLexStreetJoined = 1u << 11,  // "straße": end of the name's own word
  kLexStreetWord = 1u << 12,    // the street word is also an ordinary word
  kLexState = 1u << 13,         // USPS code or name of a state
  kLexTitle = 1u << 14,
  kLexSuffix = 1u << 15,
  kLexParticle = 1u << 16,
  kLexNever = 1u << 17,  // never part of a personal name
};

inline uint32_t GivenClass(uint32_t bits) { return bits & kLexGivenClass; }
inline uint32_t SurnameClass(uint32_t bits) { return (bits & kLexSurnameClass) >> 3; }

// A view of the table inside the embedded blob.
class Lexicon {
 public:
  static constexpr size_t kMaxWord = 64;  // longer words are unknown
  struct Slot {
    uint32_t hash_high = 0;  // upper half of the word's hash
    uint32_t bits = 0;       // 0 = empty slot
  };
  Lexicon() = default;
  // REQUIRES: slot_count is a power of two, at least one slot is empty; slots outlive the view.
  Lexicon(const Slot* slots, size_t slot_count) : slots_(slots), mask_(slot_count - 1) {}

  // Bits of `word` compared without case, 0 when unknown.
  uint32_t Find(std::string_view word) const;
  // The same for a word that is in lower case already.
  uint32_t FindLower(std::string_view word) const;
  // The hash behind the table: the generator and Find must agree.
  static uint64_t Hash(std::string_view word);

 private:
  const Slot* slots_ = nullptr;
  size_t mask_ = 0;
};

}  // namespace assay
