#include "extract/markup_cursor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "extract/byte_find.h"

namespace assay {
namespace {

constexpr size_t kMaxName = 128;
constexpr std::string_view kVoid[] = {"area", "base",  "br",   "col",  "embed",  "hr",
                                      "img",  "input", "link", "meta", "source", "wbr"};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         (c & 0x80) != 0;
}

}  // namespace

MarkupCursor::MarkupCursor(std::string_view text, size_t offset, MarkupPlace place,
                           Language language, size_t max_depth)
    : text_(text),
      start_offset_(offset),
      start_(place),
      offset_(offset),
      place_(std::move(place)),
      html_(language == Language::kHtml),
      max_depth_(max_depth) {}

void MarkupCursor::MoveTo(size_t offset) {
  offset = std::clamp(offset, start_offset_, text_.size());
  if (offset < offset_) {
    offset_ = start_offset_;
    place_ = start_;
  }
  while (offset_ < offset) {
    Skip(offset);
    if (offset_ < offset) Step();
  }
}

// Passes over bytes that change nothing.
void MarkupCursor::Skip(size_t limit) {
  const MarkupMode mode = place_.mode;
  if (mode == MarkupMode::kText || (mode == MarkupMode::kRaw && place_.tail.empty())) {
    offset_ = FindAnyByte(text_, offset_, limit, '<');
  } else if (mode == MarkupMode::kValue && place_.quote != 0) {
    offset_ = FindAnyByte(text_, offset_, limit, place_.quote);
  }
}

void MarkupCursor::Step() {
  const char c = text_[offset_++];
  switch (place_.mode) {
    case MarkupMode::kText:
      if (c == '<') place_.mode = MarkupMode::kTagStart;
      break;
    case MarkupMode::kTagStart:
      place_.name.clear();
      place_.closing = c == '/';
      place_.self_closing = false;
      if (c == '!') {
        place_.mode = MarkupMode::kDeclaration;
        place_.brackets = 0;
      } else if (c == '?') {
        place_.mode = MarkupMode::kInstruction;
        place_.last = 0;
      } else if (c == '/') {
        place_.mode = MarkupMode::kTagName;
      } else if (IsNameStart(c)) {
        place_.mode = MarkupMode::kTagName;
        place_.name.push_back(html_ ? Lower(c) : c);
      } else if (c != '<') {
        place_.mode = MarkupMode::kText;
      }
      break;
    case MarkupMode::kDeclaration:
      return InDeclaration(c);
    case MarkupMode::kComment:
      return InSection(c, 0x2D2D3E, 0xFFFFFF);  // "-->"
    case MarkupMode::kInstruction:
      return InSection(c, 0x3F3E, 0xFFFF);  // "?>"
    case MarkupMode::kCdata:
      return InSection(c, 0x5D5D3E, 0xFFFFFF);  // "]]>"
    case MarkupMode::kRaw:
      return InRaw(c);
    default:
      return InTag(c);
  }
}

void MarkupCursor::InTag(char c) {
  if (place_.mode == MarkupMode::kValue) {
    if (place_.quote != 0 ? c == place_.quote : IsSpace(c)) {
      place_.mode = MarkupMode::kTag;
    } else if (place_.quote == 0 && c == '>') {
      EndTag();
    }
    return;
  }
  if (c == '>') return EndTag();
  if (place_.mode == MarkupMode::kBeforeValue) {
    if (IsSpace(c)) return;
    place_.quote = c == '"' || c == '\'' ? c : '\0';
    place_.mode = MarkupMode::kValue;
    return;
  }
  if (c == '/') {
    place_.self_closing = true;
    place_.mode = MarkupMode::kTag;
  } else if (IsSpace(c)) {
    place_.mode = MarkupMode::kTag;
  } else if (c == '=' && place_.mode != MarkupMode::kTagName) {
    place_.mode = MarkupMode::kBeforeValue;
  } else if (place_.mode == MarkupMode::kTagName) {
    if (place_.name.size() < kMaxName) place_.name.push_back(html_ ? Lower(c) : c);
  } else {
    if (place_.mode == MarkupMode::kTag) place_.attribute.clear();
    place_.mode = MarkupMode::kAttributeName;
    place_.self_closing = false;
    if (place_.attribute.size() < kMaxName) place_.attribute.push_back(c);
  }
}

void MarkupCursor::InDeclaration(char c) {
  if (place_.name.size() < 7) place_.name.push_back(c);
  if (place_.name == "--") {
    place_.mode = MarkupMode::kComment;
    place_.last = 0;
  } else if (place_.name == "[CDATA[") {
    place_.mode = MarkupMode::kCdata;
    place_.last = 0;
  } else if (c == '[') {
    ++place_.brackets;
  } else if (c == ']') {
    place_.brackets -= place_.brackets > 0 ? 1 : 0;
  } else if (c == '>' && place_.brackets == 0) {
    place_.mode = MarkupMode::kText;
  }
}

void MarkupCursor::InSection(char c, uint32_t end, uint32_t mask) {
  place_.last = place_.last << 8 | static_cast<unsigned char>(c);
  if ((place_.last & mask) == end) place_.mode = MarkupMode::kText;
}

// The tail follows "</name" as far as it has been seen.
void MarkupCursor::InRaw(char c) {
  std::string& tail = place_.tail;
  if (tail.size() < 2) {
    if (c == (tail.empty() ? '<' : '/')) {
      tail.push_back(c);
    } else {
      tail.assign(c == '<' ? 1 : 0, '<');
    }
    return;
  }
  tail.push_back(Lower(c));
  const std::string_view seen = std::string_view(tail).substr(2);
  if (!std::string_view(place_.name).starts_with(seen)) {
    tail.assign(c == '<' ? 1 : 0, '<');
  } else if (seen == place_.name) {
    place_.closing = true;
    place_.self_closing = false;
    place_.mode = MarkupMode::kTag;
  }
}

void MarkupCursor::CloseElement() {
  if (place_.beyond > 0) {
    --place_.beyond;
    return;
  }
  auto& elements = place_.elements;
  const auto found = std::find(elements.rbegin(), elements.rend(), place_.name);
  if (found != elements.rend()) elements.erase(found.base() - 1, elements.end());
}

void MarkupCursor::EndTag() {
  place_.mode = MarkupMode::kText;
  place_.attribute.clear();
  if (place_.closing) return CloseElement();
  const bool is_void =
      html_ && std::find(std::begin(kVoid), std::end(kVoid), place_.name) != std::end(kVoid);
  if (place_.self_closing || is_void) return;
  if (place_.elements.size() >= max_depth_) {
    ++place_.beyond;
  } else {
    place_.elements.push_back(place_.name);
  }
  if (html_ && (place_.name == "script" || place_.name == "style")) {
    place_.mode = MarkupMode::kRaw;
    place_.tail.clear();
  }
}

std::string_view MarkupCursor::FieldName() const {
  if (place_.mode == MarkupMode::kValue || place_.mode == MarkupMode::kBeforeValue) {
    return place_.attribute;
  }
  return place_.elements.empty() ? std::string_view() : std::string_view(place_.elements.back());
}

}  // namespace assay
