// Lexicon: which words are given names, surnames, places, street words. Made at build from the
// files described in identifiers/lexicons/README.md into one hash table that is used in place. A
// phrase is stored whole ("new york") and its first word carries kLexPhraseStart.
//
// Thread rule: immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "detect/word_key.h"

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
  // Sets of the WordKeys of words made of ASCII letters only; some other words are in them too.
  struct Filters {
    std::span<const uint64_t> names;    // given names and titles
    std::span<const uint64_t> streets;  // street words before or behind a name
    std::span<const uint64_t> particles;
  };
  Lexicon() = default;
  // REQUIRES: slot_count is a power of two, at least one slot is empty; slots outlive the view, and
  // so do the filters.
  Lexicon(const Slot* slots, size_t slot_count, const Filters& filters)
      : slots_(slots), mask_(slot_count - 1), filters_(filters) {}

  // Quick refusals for words of ASCII letters only.
  bool MayBeginName(uint64_t key) const {
    return KeyMapBit(filters_.names.data(), KeyMapHash(key));
  }
  bool MayBeStreet(uint64_t key) const {
    return KeyMapBit(filters_.streets.data(), KeyMapHash(key));
  }
  bool MayBeParticle(uint64_t key) const {
    return KeyMapBit(filters_.particles.data(), KeyMapHash(key));
  }

  // Bits of `word` compared without case, 0 when unknown.
  uint32_t Find(std::string_view word) const;
  // The same for a word that is in lower case already.
  uint32_t FindLower(std::string_view word) const;
  // The hash behind the table: the generator and Find must agree.
  static uint64_t Hash(std::string_view word);

 private:
  uint32_t FindHash(uint64_t hash) const;

  const Slot* slots_ = nullptr;
  size_t mask_ = 0;
  Filters filters_;
};

}  // namespace assay
