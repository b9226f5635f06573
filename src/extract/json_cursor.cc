#include "extract/json_cursor.h"

#include <algorithm>
#include <bit>

#include "extract/byte_find.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace assay {
namespace {

constexpr size_t kMaxKey = 256;

bool IsPlainKey(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (c & 0x80) != 0;
  });
}

}  // namespace

void JsonCursor::MoveTo(size_t offset) {
  offset = std::clamp(offset, start_offset_, text_.size());
  if (offset < offset_) {
    const size_t mark = std::min((offset - start_offset_) / kMarkStep, marks_.size() - 1);
    offset_ = start_offset_ + mark * kMarkStep;
    place_ = marks_[mark];
  }
  while (offset_ < offset) {
    const size_t passed = offset_ - start_offset_;
    if (passed == marks_.size() * kMarkStep) KeepMark();
    Pass(std::min(offset, offset_ + kMarkStep - passed % kMarkStep));
  }
}

void JsonCursor::KeepMark() {
  const size_t bytes =
      sizeof(JsonPlace) + kMaxKey + place_.frames.size() * (sizeof(JsonPlace::Frame) + kMaxKey);
  if (!marks_.empty() && mark_bytes_ + bytes > kMarkBytes) return;
  mark_bytes_ += bytes;
  marks_.push_back(place_);
}

void JsonCursor::Pass(size_t end) {
  while (offset_ < end) {
    if (place_.in_string) {
      InString(end);
      continue;
    }
    offset_ = FindAnyByte(text_, offset_, end, '"', '{', '}', '[', ']', ':', ',');
    if (offset_ < end) Structure(text_[offset_++]);
  }
}

// Goes on to the end of the string or to `limit`.
void JsonCursor::InString(size_t limit) {
  size_t end = offset_ + 1;
  if (!place_.escaped) end = FindAnyByte(text_, offset_, limit, '"', '\\');
  if (place_.reading_key && place_.key.size() < kMaxKey) {
    place_.key.append(text_.substr(offset_, std::min(end - offset_, kMaxKey)));
  }
  offset_ = end;
  if (place_.escaped) {
    place_.escaped = false;
    return;
  }
  if (end == limit) return;
  ++offset_;
  if (text_[end] == '"') {
    place_.in_string = false;
    return;
  }
  place_.escaped = true;
  if (place_.reading_key && place_.key.size() < kMaxKey) place_.key.push_back('\\');
}

void JsonCursor::Structure(char c) {
  switch (c) {
    case '"':
      place_.in_string = true;
      place_.reading_key = place_.beyond == 0 && !place_.frames.empty() &&
                           !place_.frames.back().array && place_.frames.back().at_key;
      if (place_.reading_key) place_.key.clear();
      break;
    case '{':
    case '[':
      if (place_.frames.size() >= max_depth_) {
        ++place_.beyond;
      } else {
        place_.frames.push_back({c == '[', true, 0, {}});
      }
      break;
    case '}':
    case ']':
      if (place_.beyond > 0) {
        --place_.beyond;
      } else if (!place_.frames.empty()) {
        place_.frames.pop_back();
        if (place_.frames.empty()) ++place_.record;
      }
      break;
    case ':':
      if (place_.beyond == 0 && !place_.frames.empty() && !place_.frames.back().array) {
        place_.frames.back().key = place_.key;
        place_.frames.back().at_key = false;
      }
      break;
    case ',':
      if (place_.beyond == 0 && !place_.frames.empty()) {
        ++place_.frames.back().index;
        place_.frames.back().at_key = true;
      }
      break;
    default:
      break;
  }
}

std::string JsonCursor::Path() const {
  std::string path = "$";
  for (const JsonPlace::Frame& frame : place_.frames) {
    if (frame.array) {
      path += "[" + std::to_string(frame.index) + "]";
    } else if (frame.at_key) {
      break;
    } else if (IsPlainKey(frame.key)) {
      path += "." + frame.key;
    } else {
      path += "['" + frame.key + "']";
    }
  }
  return path;
}

std::string_view JsonCursor::Key() const {
  for (auto frame = place_.frames.rbegin(); frame != place_.frames.rend(); ++frame) {
    if (!frame->array && !frame->at_key) return frame->key;
    if (!frame->array) return {};
  }
  return {};
}

void JsonStructure::Special(char c) {
  if (c == '"') {
    in_string_ = !in_string_;
  } else if (!in_string_) {
    if (c == '{' || c == '[') {
      max_depth_ = std::max(max_depth_, ++depth_);
    } else if (c == '}' || c == ']') {
      if (depth_ == 0) {
        broken_ = true;
      } else if (--depth_ == 0) {
        ++documents_;
      }
    }
  }
}

void JsonStructure::Feed(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (escaped_) {
      escaped_ = false;
      ++i;
      continue;
    }
#if defined(__SSE2__)
    if (i + 16 <= text.size()) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
      const auto equals = [&](__m128i bytes, char c) {
        return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
      };
      const __m128i folded = _mm_or_si128(block, _mm_set1_epi8(0x20));
      uint32_t marks =
          equals(block, '"') | equals(block, '\\') | equals(folded, '{') | equals(folded, '}');
      while (marks != 0) {
        const int at = std::countr_zero(marks);
        marks &= marks - 1;
        if (text[i + at] != '\\') {
          Special(text[i + at]);
        } else if (in_string_) {
          escaped_ = at == 15;
          marks &= ~(2u << at);  // what it escapes
        }
      }
      i += 16;
      continue;
    }
#endif
    const char c = text[i++];
    if (c == '\\' && in_string_) {
      escaped_ = true;
    } else {
      Special(c);
    }
  }
}

bool HasSeveralDocuments(std::string_view text) {
  size_t at = 0;
  size_t depth = 0;
  bool in_string = false;
  while (at < text.size()) {
    at = in_string ? FindAnyByte(text, at, text.size(), '"', '\\')
                   : FindAnyByte(text, at, text.size(), '"', '{', '}', '[', ']');
    if (at == text.size()) break;
    const char c = text[at++];
    if (c == '"') {
      in_string = !in_string;
    } else if (c == '\\') {
      ++at;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth > 0 && --depth == 0) {
      // The first document ends here.
      return text.find_first_of("{[", at) != std::string_view::npos;
    }
  }
  return false;
}

}  // namespace assay
