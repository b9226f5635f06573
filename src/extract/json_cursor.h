// Walking JSON text (one document, JSON Lines, or documents one after another) without building
// anything: a cursor that knows the path of the byte it stands on, and a fast check of structure.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Place in a JSON text; copied from window to window.
struct JsonPlace {
  struct Frame {
    bool array = false;
    bool at_key = true;  // objects: the next string is a key
    uint64_t index = 0;
    std::string key;
  };
  std::vector<Frame> frames;
  uint64_t record = 0;  // documents that ended before
  uint64_t beyond = 0;  // levels open below the deepest kept one
  bool in_string = false;
  bool escaped = false;
  bool reading_key = false;
  std::string key;
};

class JsonCursor {
 public:
  // Levels beyond `max_depth` are not told apart.
  JsonCursor(std::string_view text, size_t offset, JsonPlace place, size_t max_depth)
      : text_(text),
        start_offset_(offset),
        offset_(offset),
        place_(std::move(place)),
        max_depth_(max_depth) {}

  // Offsets before the start are taken for the start.
  void MoveTo(size_t offset);
  const JsonPlace& place() const { return place_; }
  // "$.users[3].ssn"
  std::string Path() const;
  // The nearest object key above the position, "" for none.
  std::string_view Key() const;

 private:
  // How often the place is kept for going back: whoever asks does not ask in order.
  static constexpr size_t kMarkStep = 4096;
  // Deep text with long keys makes places large: no more are kept than this many bytes of them.
  static constexpr size_t kMarkBytes = 8 << 20;

  void KeepMark();
  void Pass(size_t end);
  void InString(size_t limit);
  void Structure(char c);

  std::string_view text_;
  size_t start_offset_;
  size_t offset_;
  JsonPlace place_;
  std::vector<JsonPlace> marks_;  // at start_offset_ and every kMarkStep bytes behind it
  size_t mark_bytes_ = 0;
  size_t max_depth_;
};

// Follows the brackets of JSON text at some gigabytes per second.
class JsonStructure {
 public:
  void Feed(std::string_view text);
  uint64_t depth() const { return depth_; }
  uint64_t max_depth() const { return max_depth_; }
  // Documents that ended.
  uint64_t documents() const { return documents_; }
  // Everything that was opened is closed, and nothing else.
  bool balanced() const { return depth_ == 0 && !in_string_ && !broken_; }

 private:
  void Special(char c);

  uint64_t depth_ = 0;
  uint64_t max_depth_ = 0;
  uint64_t documents_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool broken_ = false;
};

// Whether more than one document stands in `text` (which may be cut).
bool HasSeveralDocuments(std::string_view text);

}  // namespace assay
