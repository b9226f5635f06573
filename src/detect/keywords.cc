#include "detect/keywords.h"

#include <algorithm>
#include <cstdint>

namespace assay {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordByte(char c) {
  return IsUpper(c) || IsLower(c) || IsDigit(c) || static_cast<uint8_t>(c) >= 0x80;
}
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c + 32) : c; }
bool IsJoint(char c) { return c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t'; }

// `text` with letters of two-byte sequences in upper case: Latin-1, Greek and Cyrillic blocks whose
// lower case lies 32 behind, and the pairs of Latin Extended-A.
std::string UpperNonAscii(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    const auto lead = static_cast<uint8_t>(out[i]);
    const auto trail = static_cast<uint8_t>(out[i + 1]);
    if (lead < 0xC3 || lead > 0xD1 || (trail & 0xC0) != 0x80) continue;
    uint32_t code = ((lead & 0x1Fu) << 6) | (trail & 0x3Fu);
    if (code >= 0xE0 && code <= 0xFE && code != 0xF7)
      code -= 32;
    else if (code >= 0x100 && code <= 0x137)
      code &= ~1u;
    else if (code >= 0x3B1 && code <= 0x3C9 && code != 0x3C2)
      code -= 32;
    else if (code >= 0x430 && code <= 0x44F)
      code -= 32;
    out[i] = static_cast<char>(0xC0 | (code >> 6));
    out[i + 1] = static_cast<char>(0x80 | (code & 0x3F));
    ++i;
  }
  return out;
}

bool EqualNoCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

}  // namespace

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string NormalizeKeyword(std::string_view phrase) {
  std::string out;
  for (const char c : phrase) {
    if (c == ' ' || c == '_' || c == '-' || c == '\t') {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(Lower(c));
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string NormalizeFieldName(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (IsJoint(c)) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
      continue;
    }
    const bool after_lower = i > 0 && (IsLower(name[i - 1]) || IsDigit(name[i - 1]));
    const bool before_lower =
        i > 0 && IsUpper(name[i - 1]) && i + 1 < name.size() && IsLower(name[i + 1]);
    if (IsUpper(c) && (after_lower || before_lower) && !out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
    out.push_back(Lower(c));
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<std::string> KeywordSpellings(std::string_view phrase) {
  const std::string normal = NormalizeKeyword(phrase);
  std::vector<std::string> spellings{normal};
  if (normal.find(' ') != std::string::npos) {
    for (const char joint : {'_', '-', '\0'}) {
      std::string spelling;
      for (const char c : normal) {
        if (c != ' ')
          spelling.push_back(c);
        else if (joint != '\0')
          spelling.push_back(joint);
      }
      spellings.push_back(std::move(spelling));
    }
  }
  const size_t plain = spellings.size();
  for (size_t i = 0; i < plain; ++i) {
    std::string upper = UpperNonAscii(spellings[i]);
    if (upper != spellings[i]) spellings.push_back(std::move(upper));
  }
  return spellings;
}

bool AtKeywordEdges(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && IsWordByte(text[begin - 1]) && IsWordByte(text[begin])) {
    if (!(IsUpper(text[begin]) && !IsUpper(text[begin - 1]))) return false;
  }
  if (end < text.size() && IsWordByte(text[end]) && IsWordByte(text[end - 1])) {
    if (!(IsUpper(text[end]) && !IsUpper(text[end - 1]))) return false;
  }
  return true;
}

bool FieldHasKeyword(std::string_view field, std::string_view keyword) {
  if (keyword.empty()) return false;
  for (size_t at = field.find(keyword); at != std::string_view::npos;
       at = field.find(keyword, at + 1)) {
    const size_t end = at + keyword.size();
    const bool left = at == 0 || !IsWordByte(field[at - 1]) || !IsWordByte(field[at]);
    const bool right =
        end == field.size() || !IsWordByte(field[end]) || !IsWordByte(field[end - 1]);
    if (left && right) return true;
  }
  return false;
}

bool KeywordNear(std::string_view text, size_t begin, size_t end, std::string_view phrase,
                 size_t proximity) {
  for (const std::string& spelling : KeywordSpellings(phrase)) {
    const size_t reach = proximity + spelling.size();
    const size_t from = begin > reach ? begin - reach : 0;
    const size_t to = std::min(text.size(), end + reach);
    for (size_t at = from; at + spelling.size() <= to; ++at) {
      if (EqualNoCase(text.substr(at, spelling.size()), spelling) &&
          AtKeywordEdges(text, at, at + spelling.size())) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace assay
