#include "extract/language.h"

#include <cld2/public/compact_lang_det.h>

#include <algorithm>

#include "base/utf8.h"
#include "extract/encoding.h"

namespace assay {
namespace {

// Bytes of words to ask about. Most texts show their language in the first already, at less than
// half the cost.
constexpr size_t kSampleBytes[] = {200, 512};
constexpr size_t kLookBytes = 8 * 1024;
constexpr size_t kMinLetters = 40;

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

// Words of letters only, until there are `enough` bytes: numbers, codes and punctuation tell
// nothing and cost time.
std::string Words(std::string_view text, size_t enough) {
  std::string words;
  text = text.substr(0, kLookBytes);
  size_t i = 0;
  while (i < text.size() && words.size() < enough) {
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

// The code of the language when CLD2 stands by it, "" when not.
std::string Ask(const std::string& words) {
  bool reliable = false;
  const CLD2::Language language =
      CLD2::DetectLanguage(words.data(), static_cast<int>(words.size()), true, &reliable);
  if (!reliable || language == CLD2::UNKNOWN_LANGUAGE) return {};
  std::string code = CLD2::LanguageCode(language);
  code = code.substr(0, code.find('-'));
  return code.size() == 2 ? code : std::string();
}

}  // namespace

std::string DetectLanguage(std::string_view utf8_sample) {
  for (const size_t enough : kSampleBytes) {
    std::string words = Words(utf8_sample, enough);
    if (words.size() < kMinLetters) return {};
    const bool is_all = words.size() < enough;
    if (!IsAscii(words) && !IsValidUtf8(words)) words = ToValidUtf8(words);
    if (std::string code = Ask(words); !code.empty() || is_all) return code;
  }
  return {};
}

}  // namespace assay
