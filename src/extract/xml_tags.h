// Which elements are open in XML text, tag by tag: faster than MarkupCursor and enough to carry the
// state of a text from window to window and to see how deep it nests.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extract/markup_cursor.h"

namespace assay {

class XmlTags {
 public:
  explicit XmlTags(size_t max_depth) : max_depth_(max_depth) {}

  // Follows the tags of `text`, which must begin outside a tag. False when it ends within a tag,
  // comment or declaration: the place is then not known.
  bool Feed(std::string_view text) {
    inner_.clear();
    for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
      const std::string_view rest = text.substr(at, 9);
      size_t end = std::string_view::npos;
      if (rest.starts_with("<!--")) {
        end = text.find("-->", at + 4);
      } else if (rest.starts_with("<![CDATA[")) {
        end = text.find("]]>", at);
      } else if (rest.starts_with("<!")) {
        end = text.find_first_of("[>", at);
        if (end != std::string_view::npos && text[end] == '[') end = text.find("]>", end);
      } else {
        end = text.find('>', at);
        if (end != std::string_view::npos) Tag(text.substr(at, end - at));
      }
      if (end == std::string_view::npos) return false;
      at = end + 1;
    }
    return true;
  }

  // Puts the open elements behind those of `place`, which were open when Feed began.
  void MoveTo(MarkupPlace* place) {
    const size_t closed = std::min(closed_before_, place->elements.size());
    place->elements.resize(place->elements.size() - closed);
    place->beyond = depth_ > max_depth_ ? depth_ - max_depth_ : 0;
    for (const std::string_view name : inner_) {
      if (place->elements.size() < max_depth_) place->elements.emplace_back(name);
    }
    closed_before_ = 0;
  }

  // Goes on from a place that was found otherwise.
  void Restart(const MarkupPlace& place) {
    depth_ = place.elements.size() + place.beyond;
    beyond_ = 0;
    closed_before_ = 0;
  }

  uint64_t deepest() const { return deepest_; }

 private:
  static constexpr size_t kMaxInner = 1 << 16;

  // `tag` is "<name attributes" without its '>'.
  void Tag(std::string_view tag) {
    if (tag.size() < 2 || tag[1] == '?') return;
    if (tag[1] == '/') {
      depth_ -= depth_ > 0 ? 1 : 0;
      if (beyond_ > 0) {
        --beyond_;
      } else if (inner_.empty()) {
        ++closed_before_;
      } else {
        inner_.pop_back();
      }
      return;
    }
    if (tag.back() == '/') return;
    deepest_ = std::max(deepest_, ++depth_);
    if (inner_.size() >= kMaxInner) {
      ++beyond_;
      return;
    }
    const size_t end = tag.find_first_of(" \t\r\n");
    inner_.push_back(tag.substr(1, std::min(end, tag.size()) - 1));
  }

  size_t max_depth_;
  uint64_t depth_ = 0;
  uint64_t deepest_ = 0;
  uint64_t beyond_ = 0;       // opened in this text beyond kMaxInner
  size_t closed_before_ = 0;  // of the elements that were open before
  std::vector<std::string_view> inner_;
};

}  // namespace assay
