// TextPiece: a run of text taken out of an object, with the means to say where any part of it
// stands in words a person understands. The border between extract/ (makes pieces) and detect/
// (reads them); it lives in base/ because neither of those folders knows the other.
//
// Lifetime: a piece borrows everything; it is valid only during the call it is passed to.
// Thread rule: a piece and its locator belong to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// Where a span stands, for people. Members that do not apply are unset or empty. Numbers are
// 1-based except `record` (0-based, as in Macie's `recordIndex`) and the byte offsets.
struct Location {
  uint64_t start = 0;  // half-open byte span [start, end) in the member's text as extracted:
  uint64_t end = 0;    // for plain UTF-8 text these are offsets in the object itself
  std::optional<uint64_t> line;
  std::optional<uint64_t> column;  // in characters (code points), for text; column number in tables
  std::string cell;                // "C5" or "Sheet!C5"
  std::string column_name;         // header of the column, where there is one
  std::optional<uint64_t> record;  // record index in JSON Lines, Avro, Parquet, ORC, Arrow
  std::string json_path;           // "$.a.b[2]"
  std::optional<uint32_t> page;
};

// Answers for one piece where things are. Offsets are byte offsets into TextPiece::text.
class Locator {
 public:
  virtual ~Locator() = default;
  // Fills the human members of `location` for the span [begin, end). Calls for one piece come
  // with ascending `begin`, so an implementation may move forward only; it must still answer
  // correctly (perhaps slowly) for a smaller `begin`.
  virtual void Locate(size_t begin, size_t end, Location* location) const = 0;
  // The name of the field that `offset` lies in: column header, JSON key, XML element or
  // attribute; "" when it has none. Counts as context when keywords are looked for. Must be cheap.
  // The view stays valid until the next call on this locator.
  virtual std::string_view FieldName(size_t /*offset*/) const { return {}; }
  // False promises that FieldName is "" everywhere: a scanner then need not ask at each candidate.
  virtual bool HasFieldNames() const { return true; }
};

struct TextPiece {
  // UTF-8. Bytes that are not valid UTF-8 may occur when the source claimed UTF-8.
  std::string_view text;
  // Only detections that begin in [own_begin, own_end) belong to this piece; the bytes around are
  // overlap with the neighbouring pieces, given so that context and long matches are whole.
  size_t own_begin = 0;
  size_t own_end = 0;
  // Offset of text[0] in the text of its member: Location.start = base_offset + begin.
  uint64_t base_offset = 0;
  const Locator* locator = nullptr;  // never null when a scanner sees the piece
  // Path inside archives ("backup.tar/etc/passwd"), "" for the object itself.
  std::string_view member;
};

// Takes pieces in order.
class TextSink {
 public:
  virtual ~TextSink() = default;
  // Returns false when no more pieces are wanted (cancelled): extraction then stops.
  virtual bool OnText(const TextPiece& piece) = 0;
};

}  // namespace assay
