#include "extract/language.h"

#include <cld2/public/compact_lang_det.h>

#include <algorithm>

#include "base/utf8.h"
#include "extract/encoding.h"

namespace assay {
namespace {

constexpr size_t kSampleBytes = 512;
// Most texts show their language in this much already, at less than half the cost.
constexpr size_t kFirstBytes = 200;
constexpr size_t kLookBytes = 8 * 1024;
constexpr size_t kMinLetters = 40;

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

// Words of letters only: numbers, codes and punctuation tell nothing and cost time.
std::string Words(std::string_view text) {
  std::string words;
  text = text.substr(0, kLookBytes);
  size_t i = 0;
  while (i < text.size() && words.size() < kSampleBytes) {
    size_t end = i;
    while (end < text.size() && IsLetter(text[end])) ++end;
    if (end > i && end - i <= 60) {
      words.append(text.substr(i, end - i));
      words.push_back(' ');
    }
    i = end + 1;
  }
  return words;
}

// The language of words that are valid UTF-8, and whether CLD2 stands by it.
CLD2::Language Ask(std::string_view words, bool* reliable) {
  return CLD2::DetectLanguage(words.data(), static_cast<int>(words.size()), true, reliable);
}

}  // namespace

std::string DetectLanguage(std::string_view utf8_sample) {
  std::string words = Words(utf8_sample);
  if (words.size() < kMinLetters) return {};
  if (!IsAscii(words) && !IsValidUtf8(words)) words = ToValidUtf8(words);
  bool reliable = false;
  CLD2::Language language = CLD2::UNKNOWN_LANGUAGE;
  // The last space within the first part: a cut word would mislead.
  const size_t first = words.size() > kFirstBytes ? words.rfind(' ', kFirstBytes) : 0;
  if (first != std::string::npos && first > kMinLetters) {
    language = Ask(std::string_view(words).substr(0, first + 1), &reliable);
  }
  if (!reliable || language == CLD2::UNKNOWN_LANGUAGE) language = Ask(words, &reliable);
  if (!reliable || language == CLD2::UNKNOWN_LANGUAGE) return {};
  std::string code = CLD2::LanguageCode(language);
  code = code.substr(0, code.find('-'));
  return code.size() == 2 ? code : std::string();
}

}  // namespace assay
