#include "detect/address_finder.h"

#include <algorithm>

#include "detect/utf8_case.h"

namespace assay {
namespace {

constexpr int kMaxStreetWords = 5;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsUnitWord(std::string_view word) {
  char lower[16];
  if (word.size() > sizeof lower) return false;
  const std::string_view w = LowerUtf8(word, lower);
  for (const std::string_view unit : {"apt", "apartment", "suite", "ste", "unit", "floor", "fl",
                                      "room", "rm", "bldg", "building", "flat", "box"}) {
    if (w == unit) return true;
  }
  return false;
}

}  // namespace

std::optional<size_t> AddressFinder::NumberBefore(size_t at) const {
  size_t end = at;
  if (end == 0 || text_[end - 1] != ' ') return std::nullopt;
  --end;
  if (end > 0 && text_[end - 1] == ',') --end;
  size_t begin = end;
  if (begin > 1 && IsLetter(text_[begin - 1]) && IsDigit(text_[begin - 2])) --begin;
  const size_t digits_end = begin;
  while (begin > 0 && digits_end - begin < 6 && IsDigit(text_[begin - 1])) --begin;
  if (begin == digits_end) return std::nullopt;
  if (begin > 0) {
    const char before = text_[begin - 1];
    if (IsDigit(before) || IsLetter(before) || before == '.' || before == '-' || before == '/' ||
        before == '$' || before == '_') {
      return std::nullopt;
    }
  }
  return begin;
}

std::optional<size_t> AddressFinder::NumberAfter(size_t at) const {
  if (at < text_.size() && (text_[at] == ',' || text_[at] == '.')) ++at;
  if (at >= text_.size() || text_[at] != ' ') return std::nullopt;
  size_t end = ++at;
  while (end < text_.size() && end - at < 5 && IsDigit(text_[end])) ++end;
  if (end == at || end - at > 4) return std::nullopt;
  if (end < text_.size() && IsLetter(text_[end])) ++end;
  if (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]))) return std::nullopt;
  return end;
}

size_t AddressFinder::SkipUnit(size_t end) const {
  size_t at = end;
  while (at < text_.size() && at - end < 2 && (text_[at] == ',' || text_[at] == ' ')) ++at;
  if (at == end || at >= text_.size()) return end;
  if (text_[at] == '#') {
    ++at;
  } else {
    const Word word = ReadWord(text_, at, lexicon_);
    if (word.size() == 0 || !IsUnitWord(text_.substr(word.begin, word.size()))) return end;
    at = word.end;
    if (at < text_.size() && text_[at] == '.') ++at;
    if (at >= text_.size() || text_[at] != ' ') return end;
    ++at;
  }
  const size_t value = at;
  while (at < text_.size() && at - value < 6 &&
         (IsDigit(text_[at]) || IsLetter(text_[at]) || text_[at] == '-')) {
    ++at;
  }
  return at > value ? at : end;
}

// ", Springfield, IL 62704", ", 75002 Paris": only what is complete.
size_t AddressFinder::SkipCity(size_t end) const {
  size_t at = end;
  while (at < text_.size() && at - end < 3 &&
         (text_[at] == ',' || text_[at] == ' ' || text_[at] == '\n')) {
    ++at;
  }
  if (at == end) return end;
  size_t digits = at;
  while (digits < text_.size() && digits - at < 6 && IsDigit(text_[digits])) ++digits;
  const bool code_first = digits - at == 5 && digits < text_.size() && text_[digits] == ' ';
  if (code_first) at = digits + 1;
  size_t city_end = 0;
  for (int words = 0; words < 3 && at < text_.size(); ++words) {
    const Word word = ReadWord(text_, at, lexicon_);
    if (word.size() == 0 || !word.capital) break;
    if (city_end != 0 && (word.bits & kLexState) != 0 && word.size() == 2) break;
    city_end = word.end;
    at = word.end;
    if (at < text_.size() && text_[at] == ' ')
      ++at;
    else
      break;
  }
  if (city_end == 0) return end;
  if (code_first) return city_end;
  at = city_end;
  while (at < text_.size() && at - city_end < 2 && (text_[at] == ',' || text_[at] == ' ')) ++at;
  const Word state = at < text_.size() ? ReadWord(text_, at, lexicon_) : Word{};
  if (state.size() == 0 || (state.bits & kLexState) == 0) return end;
  at = state.end;
  while (at < text_.size() && at - state.end < 2 && (text_[at] == ',' || text_[at] == ' ')) ++at;
  size_t zip = at;
  while (zip < text_.size() && zip - at < 6 && IsDigit(text_[zip])) ++zip;
  if (zip - at != 5) return state.end;
  if (zip + 4 < text_.size() && text_[zip] == '-' && IsDigit(text_[zip + 1])) {
    size_t plus = zip + 1;
    while (plus < text_.size() && plus - zip < 5 && IsDigit(text_[plus])) ++plus;
    if (plus - zip == 5) return plus;
  }
  return zip;
}

size_t AddressFinder::ExtendEnd(size_t end) const { return SkipCity(SkipUnit(end)); }

std::optional<TextSpan> AddressFinder::StreetAfter(const Word& street) const {
  size_t at = street.begin;
  for (int words = 0; words < kMaxStreetWords; ++words) {
    if (words > 0) {
      if (const auto number = NumberBefore(at)) {
        size_t end = street.end;
        if (end < text_.size() && text_[end] == '.') ++end;
        const size_t extended = ExtendEnd(end);
        if ((street.bits & kLexStreetWord) != 0 && extended == end) {
          const bool stands_alone = end >= text_.size() || text_[end] == ',' ||
                                    text_[end] == '\n' || text_[end] == '\r' || text_[end] == '"';
          if (!stands_alone) return std::nullopt;
        }
        return TextSpan{*number, extended};
      }
    }
    if (at == 0 || text_[at - 1] != ' ') return std::nullopt;
    size_t word_end = at - 1;
    if (word_end > 0 && text_[word_end - 1] == '.') --word_end;  // "N. Main St"
    const Word word = FindWordBefore(text_, word_end);
    if (word.size() == 0) return std::nullopt;
    // "5th Avenue": an ordinal's letters stand behind its digits.
    size_t begin = word.begin;
    while (begin > 0 && word.begin - begin < 4 && IsDigit(text_[begin - 1])) --begin;
    if (begin == word.begin && !word.capital) return std::nullopt;
    at = begin;
  }
  return std::nullopt;
}

std::optional<TextSpan> AddressFinder::StreetBefore(const Word& street) const {
  size_t at = street.end;
  if (at < text_.size() && text_[at] == '.') ++at;
  size_t name_end = 0;
  for (int words = 0; words < kMaxStreetWords && at + 1 < text_.size(); ++words) {
    if (text_[at] != ' ') break;
    const Word word = ReadWord(text_, at + 1, lexicon_);
    if (word.size() == 0) break;
    if (word.capital)
      name_end = word.end;
    else if (word.size() > 4)
      break;
    at = word.end;
  }
  if (name_end == 0) return std::nullopt;
  if (const auto number = NumberBefore(street.begin)) {
    return TextSpan{*number, ExtendEnd(name_end)};
  }
  if (const auto number = NumberAfter(name_end)) return TextSpan{street.begin, ExtendEnd(*number)};
  return std::nullopt;
}

std::optional<TextSpan> AddressFinder::StreetJoined(const Word& word) const {
  if (word.size() < 7 || !MayHaveNumberAfter(word.end)) return std::nullopt;
  const auto number = NumberAfter(word.end);
  if (!number) return std::nullopt;
  char lower[Lexicon::kMaxWord];
  const std::string_view whole = LowerUtf8(text_.substr(word.begin, word.size()), lower);
  for (size_t size = 3; size <= 8 && size + 3 <= whole.size(); ++size) {
    if ((lexicon_.FindLower(whole.substr(whole.size() - size)) & kLexStreetJoined) != 0) {
      return TextSpan{word.begin, ExtendEnd(*number)};
    }
  }
  return std::nullopt;
}

std::optional<TextSpan> AddressFinder::AddressAround(const Word& word) const {
  if ((word.bits & kLexStreetAfter) != 0) {
    if (auto span = StreetAfter(word)) return span;
  }
  if ((word.bits & kLexStreetBefore) != 0) {
    if (auto span = StreetBefore(word)) return span;
  }
  // "rue de la Paix": the street word may be in lower case, up to three words before.
  size_t at = word.begin;
  for (int words = 0; words < 3 && at > 1 && text_[at - 1] == ' '; ++words) {
    Word before = FindWordBefore(text_, at - 1);
    if (before.size() == 0 || before.capital) break;
    before = ReadWordBefore(text_, before.end, lexicon_);
    if ((before.bits & kLexStreetBefore) != 0) {
      if (auto span = StreetBefore(before)) return span;
    }
    at = before.begin;
  }
  return StreetJoined(word);
}

}  // namespace assay
