#include <algorithm>

#include "extract/decoded_window.h"
#include "extract/format_list.h"
#include "extract/markup_cursor.h"
#include "extract/markup_locator.h"
#include "extract/text_windows.h"
#include "extract/xml_tags.h"

namespace assay {
namespace {

constexpr size_t kWindow = 4 << 20;

// The encoding an XML declaration names, "" for none.
std::string_view DeclaredEncoding(std::string_view head) {
  if (!head.starts_with("<?xml")) return {};
  head = head.substr(0, std::min<size_t>(head.find("?>"), 256));
  const size_t at = head.find("encoding");
  if (at == std::string_view::npos) return {};
  const size_t quote = head.find_first_of("\"'", at);
  if (quote == std::string_view::npos) return {};
  const size_t end = head.find(head[quote], quote + 1);
  if (end == std::string_view::npos || end - quote > 40) return {};
  return head.substr(quote + 1, end - quote - 1);
}

class XmlWindows final : public WindowFormat {
 public:
  explicit XmlWindows(size_t max_depth) : tags_(max_depth) {}

  // Only text with entities is copied.
  size_t max_window(std::string_view text) const override {
    return text.find('&') == std::string_view::npos ? SIZE_MAX : kWindow;
  }

  Status Read(const TextWindow& window, ExtractContext& context) override {
    const size_t max_depth = context.limits().max_nesting;
    const bool whole_tags =
        tags_.Feed(window.text.substr(window.own_begin, window.own_end - window.own_begin));
    if (tags_.deepest() > max_depth) context.Partial(PartialReason::kNestingLevelOverLimit);
    const MarkupCursor cursor(window.text, window.own_begin, place_, MarkupCursor::Language::kXml,
                              max_depth);
    const MarkupLocator locator(window, cursor, lines_.Cursor(window));
    ASSAY_RETURN_IF_ERROR(EmitDecodedWindow(window, '&', XmlEntity, locator, context));
    if (!window.last) {
      if (whole_tags && place_.mode == MarkupMode::kText) {
        tags_.MoveTo(&place_);
      } else {
        MarkupCursor end = cursor;
        end.MoveTo(window.own_end);
        place_ = end.place();
        tags_.Restart(place_);
      }
    }
    lines_.Finish(window);
    return Status::Ok();
  }

 private:
  XmlTags tags_;
  MarkupPlace place_;
  WindowLines lines_;
};

}  // namespace

Status ExtractXml(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view head, source.Head(1024));
  XmlWindows format(context.limits().max_nesting);
  return ExtractWindows(source, context, format, DeclaredEncoding(head));
}

}  // namespace assay
