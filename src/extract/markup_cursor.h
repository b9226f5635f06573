// Walking XML and HTML text byte by byte without building anything: a cursor that knows whether it
// stands in text, a tag, an attribute value or a comment, and in which element. Nothing is
// expanded or fetched, so entity bombs and external entities have no effect.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class MarkupMode {
  kText,
  kTagStart,
  kTagName,
  kTag,
  kAttributeName,
  kBeforeValue,
  kValue,
  kDeclaration,
  kComment,
  kInstruction,
  kCdata,
  kRaw,  // HTML: script and style
};

struct MarkupPlace {
  MarkupMode mode = MarkupMode::kText;
  char quote = 0;
  bool closing = false;
  bool self_closing = false;
  uint32_t brackets = 0;  // open '[' of a document type
  std::string name;       // of the current tag; or what a declaration begins with
  std::string attribute;  // of the current value
  uint32_t last = 0;      // the last bytes, where the end of a section is looked for
  std::string tail;       // of "</name" as far as seen, where the end of a script is looked for
  std::vector<std::string> elements;
  uint64_t beyond = 0;  // elements open below the deepest kept one
};

class MarkupCursor {
 public:
  enum class Language { kXml, kHtml };
  MarkupCursor(std::string_view text, size_t offset, MarkupPlace place, Language language,
               size_t max_depth);

  // Offsets before the start are taken for the start.
  void MoveTo(size_t offset);
  // Moves over one byte. REQUIRES: not at the end.
  void Step();
  size_t offset() const { return offset_; }
  const MarkupPlace& place() const { return place_; }
  // The attribute or element the position lies in, "" for none.
  std::string_view FieldName() const;

 private:
  void InTag(char c);
  void InDeclaration(char c);
  void InSection(char c, uint32_t end, uint32_t mask);
  void Skip(size_t limit);
  void InRaw(char c);
  void EndTag();
  void CloseElement();

  std::string_view text_;
  size_t start_offset_;
  MarkupPlace start_;
  size_t offset_;
  MarkupPlace place_;
  bool html_;
  size_t max_depth_;
};

}  // namespace assay
