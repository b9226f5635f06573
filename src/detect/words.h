// Words: reading capitalised words, initials and spaces out of text, for the word lane.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detect/lexicon.h"

namespace assay {

// One word as it stands in the text.
struct Word {
  size_t begin = 0;
  size_t end = 0;
  uint32_t bits = 0;     // LexiconBit
  bool capital = false;  // begins with an upper-case letter
  bool initial = false;  // one upper-case letter, perhaps with a full stop (inside the word)
  size_t size() const { return end - begin; }
};

bool IsNameByte(char c);  // letters and bytes of non-ASCII letters
bool IsCapitalAt(std::string_view text, size_t at);

// The word that begins at `at`: letters, with single apostrophes or hyphens between letters. Empty
// when there is no letter or the word is longer than Lexicon::kMaxWord.
Word ReadWord(std::string_view text, size_t at, const Lexicon& lexicon);
// The word that ends at `end`; without what the lexicon knows of it: no bits, not `initial`.
Word FindWordBefore(std::string_view text, size_t end);
// The same with it.
Word ReadWordBefore(std::string_view text, size_t end, const Lexicon& lexicon);

}  // namespace assay
