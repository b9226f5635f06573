#include "detect/words.h"

#include "detect/utf8_case.h"

namespace assay {
namespace {

bool IsJoin(char c) { return c == '\'' || c == '-'; }

void Finish(std::string_view text, const Lexicon& lexicon, Word* word) {
  const std::string_view bytes = text.substr(word->begin, word->size());
  word->capital = IsCapitalAt(text, word->begin);
  if (word->size() == 1 && word->capital) {
    word->initial = true;
    if (word->end < text.size() && text[word->end] == '.') ++word->end;
    return;
  }
  word->bits = lexicon.Find(bytes);
  if (word->bits != 0) return;
  // "Jean-Pierre", "O'Neill-Smith": what the first part is.
  if (const size_t join = bytes.find('-'); join != std::string_view::npos) {
    word->bits = lexicon.Find(bytes.substr(0, join));
  }
}

}  // namespace

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<uint8_t>(c) >= 0x80;
}

bool IsCapitalAt(std::string_view text, size_t at) {
  const char c = text[at];
  if (c >= 'A' && c <= 'Z') return true;
  if (static_cast<uint8_t>(c) < 0xC3 || at + 1 >= text.size()) return false;
  char lower[2];
  return LowerUtf8(text.substr(at, 2), lower) != text.substr(at, 2);
}

Word ReadWord(std::string_view text, size_t at, const Lexicon& lexicon) {
  Word word;
  word.begin = word.end = at;
  const size_t limit = text.size() - at > Lexicon::kMaxWord ? at + Lexicon::kMaxWord : text.size();
  while (word.end < limit) {
    if (IsNameByte(text[word.end])) {
      ++word.end;
    } else if (word.end > at && IsJoin(text[word.end]) && word.end + 1 < limit &&
               IsNameByte(text[word.end + 1])) {
      word.end += 2;
    } else {
      break;
    }
  }
  if (word.end == at || (word.end == limit && limit < text.size() && IsNameByte(text[limit]))) {
    word.end = at;
    return word;
  }
  Finish(text, lexicon, &word);
  return word;
}

Word FindWordBefore(std::string_view text, size_t end) {
  size_t begin = end;
  const size_t lowest = end > Lexicon::kMaxWord ? end - Lexicon::kMaxWord : 0;
  while (begin > lowest &&
         (IsNameByte(text[begin - 1]) || (begin < end && IsJoin(text[begin - 1]) &&
                                          begin - 1 > lowest && IsNameByte(text[begin - 2])))) {
    --begin;
  }
  Word word;
  word.begin = begin;
  word.end = end;
  word.capital = begin < end && IsCapitalAt(text.substr(0, end), begin);
  return word;
}

Word ReadWordBefore(std::string_view text, size_t end, const Lexicon& lexicon) {
  Word word = FindWordBefore(text, end);
  if (word.size() > 0) Finish(text.substr(0, end), lexicon, &word);
  return word;
}

}  // namespace assay
