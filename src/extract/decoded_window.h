// Windows of text whose escapes or entities must be replaced before it is scanned, with locations
// in the raw text.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/text_piece.h"
#include "extract/extractor.h"
#include "extract/offset_map.h"
#include "extract/text_windows.h"

namespace assay {

// What stands at `text[at]`, which is the mark character: how many raw bytes it takes, and what it
// means in UTF-8. length 0: nothing special, the byte stays.
struct Replacement {
  size_t length = 0;
  char bytes[8] = {};
  size_t size = 0;
};
using ReplaceFn = Replacement (*)(std::string_view text, size_t at);

// The escape of a JSON string at a backslash.
Replacement JsonEscape(std::string_view text, size_t at);
// The character reference or predefined entity of XML and HTML at an '&'. Other entities stay as
// they are: nothing is ever expanded, so nothing can explode.
Replacement XmlEntity(std::string_view text, size_t at);

// Appends a code point as UTF-8; what is no character becomes U+FFFD, control codes a space.
void SetCodePoint(uint32_t code_point, Replacement* replacement);

// A locator over raw text that serves a decoded copy: offsets go through the map, and start and
// end are corrected to raw offsets.
class MappedLocator final : public Locator {
 public:
  // `raw_base`: offset of the raw window's first byte in the whole.
  MappedLocator(const Locator& raw, const OffsetMap& map, uint64_t raw_base)
      : raw_(raw), map_(map), raw_base_(raw_base) {}

  void Locate(size_t begin, size_t end, Location* location) const override {
    const size_t raw_begin = map_.ToRaw(begin);
    const size_t raw_end = map_.ToRaw(end);
    location->start = raw_base_ + raw_begin;
    location->end = raw_base_ + raw_end;
    raw_.Locate(raw_begin, raw_end, location);
  }
  std::string_view FieldName(size_t offset) const override {
    return raw_.FieldName(map_.ToRaw(offset));
  }
  bool HasFieldNames() const override { return raw_.HasFieldNames(); }

 private:
  const Locator& raw_;
  const OffsetMap& map_;
  uint64_t raw_base_;
};

// Emits the window with every `mark` replaced by what `replace` says; the raw window itself,
// uncopied, when there is no mark in it. `raw_locator` answers for raw offsets.
Status EmitDecodedWindow(const TextWindow& window, char mark, ReplaceFn replace,
                         const Locator& raw_locator, ExtractContext& context);

}  // namespace assay
