#include "extract/decoded_window.h"

#include <algorithm>
#include <cstring>

namespace assay {
namespace {

bool ReadNumber(std::string_view digits, uint32_t base, uint32_t* value) {
  if (digits.empty() || digits.size() > 8) return false;
  uint64_t sum = 0;
  for (const char c : digits) {
    uint32_t digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A' + 10);
    if (digit >= base) return false;
    sum = sum * base + digit;
  }
  *value = static_cast<uint32_t>(std::min<uint64_t>(sum, UINT32_MAX));
  return true;
}

struct Entity {
  std::string_view name;
  uint32_t code_point;
};
constexpr Entity kEntities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},    {"apos", '\''},
    {"nbsp", ' '},     {"copy", 0xA9},    {"reg", 0xAE},      {"euro", 0x20AC}, {"pound", 0xA3},
    {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026}, {"bull", 0x2022}, {"rsquo", 0x2019},
    {"lsquo", 0x2018}, {"ldquo", 0x201C}, {"rdquo", 0x201D},  {"auml", 0xE4},   {"ouml", 0xF6},
    {"uuml", 0xFC},    {"Auml", 0xC4},    {"Ouml", 0xD6},     {"Uuml", 0xDC},   {"szlig", 0xDF},
    {"eacute", 0xE9},  {"egrave", 0xE8},  {"ecirc", 0xEA},    {"agrave", 0xE0}, {"aacute", 0xE1},
    {"ccedil", 0xE7},  {"ntilde", 0xF1},  {"iacute", 0xED},   {"oacute", 0xF3}, {"uacute", 0xFA},
    {"aring", 0xE5},   {"oslash", 0xF8},  {"commat", '@'},    {"shy", 0xAD},    {"middot", 0xB7},
};

}  // namespace

void SetCodePoint(uint32_t code_point, Replacement* replacement) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) code_point = 0xFFFD;
  if (code_point < 32 && code_point != '\n' && code_point != '\t' && code_point != '\r') {
    code_point = ' ';
  }
  char* out = replacement->bytes;
  const auto put = [&](uint32_t byte) { out[replacement->size++] = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

Replacement JsonEscape(std::string_view text, size_t at) {
  Replacement result;
  if (at + 1 >= text.size()) return result;
  constexpr std::string_view kLetters = "nrtbf\"\\/";
  constexpr std::string_view kMeanings = "\n\r\t  \"\\/";
  const char c = text[at + 1];
  if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
    result.length = 2;
    result.bytes[0] = kMeanings[letter];
    result.size = 1;
    return result;
  }
  uint32_t high = 0;
  if (c != 'u' || at + 6 > text.size() || !ReadNumber(text.substr(at + 2, 4), 16, &high)) {
    return result;
  }
  result.length = 6;
  uint32_t low = 0;
  if (high >= 0xD800 && high < 0xDC00 && at + 12 <= text.size() && text[at + 6] == '\\' &&
      text[at + 7] == 'u' && ReadNumber(text.substr(at + 8, 4), 16, &low) && low >= 0xDC00 &&
      low < 0xE000) {
    high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    result.length = 12;
  }
  SetCodePoint(high, &result);
  return result;
}

Replacement XmlEntity(std::string_view text, size_t at) {
  Replacement result;
  const std::string_view rest = text.substr(at + 1, 12);
  const size_t end = rest.find(';');
  if (end == std::string_view::npos || end == 0) return result;
  const std::string_view name = rest.substr(0, end);
  uint32_t code_point = 0;
  if (name[0] == '#') {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    if (!ReadNumber(name.substr(hex ? 2 : 1), hex ? 16 : 10, &code_point)) return result;
    SetCodePoint(code_point, &result);
    result.length = end + 2;
    return result;
  }
  for (const Entity& entity : kEntities) {
    if (entity.name != name) continue;
    SetCodePoint(entity.code_point, &result);
    result.length = end + 2;
    return result;
  }
  return result;
}

Status EmitDecodedWindow(const TextWindow& window, char mark, ReplaceFn replace,
                         const Locator& raw_locator, ExtractContext& context) {
  const std::string_view raw = window.text;
  size_t found = raw.find(mark);
  if (found == std::string_view::npos) return EmitWindow(window, raw_locator, context);
  std::string decoded;
  decoded.reserve(raw.size());
  OffsetMap map;
  size_t copied = 0;
  while (found != std::string_view::npos) {
    const Replacement replacement = replace(raw, found);
    if (replacement.length == 0) {
      found = raw.find(mark, found + 1);
      continue;
    }
    decoded.append(raw.substr(copied, found - copied));
    map.Add(decoded.size(), found);
    decoded.append(replacement.bytes, replacement.size);
    copied = found + replacement.length;
    map.Add(decoded.size(), copied);
    found = raw.find(mark, copied);
  }
  decoded.append(raw.substr(copied));
  const MappedLocator locator(raw_locator, map, window.base_offset);
  TextWindow copy = window;
  copy.text = decoded;
  copy.own_begin = std::min(map.ToDecoded(window.own_begin), decoded.size());
  copy.own_end = window.own_end == raw.size()
                     ? decoded.size()
                     : std::clamp(map.ToDecoded(window.own_end), copy.own_begin, decoded.size());
  return EmitWindow(copy, locator, context);
}

}  // namespace assay
