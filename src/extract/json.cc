#include <algorithm>

#include "extract/decoded_window.h"
#include "extract/format_list.h"
#include "extract/json_cursor.h"
#include "extract/text_windows.h"

namespace assay {
namespace {

constexpr size_t kSeveralLook = 256 * 1024;
constexpr size_t kWindow = 4 << 20;

class JsonLocator final : public Locator {
 public:
  JsonLocator(const TextWindow& window, JsonCursor cursor, LineCursor lines, bool several)
      : size_(window.text.size()),
        own_begin_(window.own_begin),
        cursor_(std::move(cursor)),
        lines_(lines),
        several_(several) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    cursor_.MoveTo(begin);
    lines_.MoveTo(std::clamp(begin, own_begin_, size_) - own_begin_);
    location->line = lines_.line();
    location->column = lines_.column();
    location->json_path = cursor_.Path();
    if (several_) location->record = cursor_.place().record;
  }

  std::string_view FieldName(size_t offset) const override {
    cursor_.MoveTo(offset);
    return cursor_.Key();
  }

 private:
  size_t size_;
  size_t own_begin_;
  mutable JsonCursor cursor_;
  mutable LineCursor lines_;
  bool several_;
};

class JsonWindows final : public WindowFormat {
 public:
  // Only text with escapes is copied.
  size_t max_window(std::string_view text) const override {
    return text.find('\\') == std::string_view::npos ? SIZE_MAX : kWindow;
  }

  Status Read(const TextWindow& window, ExtractContext& context) override {
    if (first_) several_ = HasSeveralDocuments(window.text.substr(0, kSeveralLook));
    first_ = false;
    const size_t max_depth = context.limits().max_nesting;
    structure_.Feed(window.text.substr(window.own_begin, window.own_end - window.own_begin));
    if (structure_.max_depth() > max_depth) {
      context.Partial(PartialReason::kJsonNestingLevelOverLimit);
    }
    const JsonCursor cursor(window.text, window.own_begin, place_, max_depth);
    const JsonLocator locator(window, cursor, lines_.Cursor(window), several_);
    ASSAY_RETURN_IF_ERROR(EmitDecodedWindow(window, '\\', JsonEscape, locator, context));
    if (!window.last) {
      Advance(cursor, window.own_end);
    }
    lines_.Finish(window);
    return Status::Ok();
  }

  bool balanced() const { return structure_.balanced(); }

 private:
  void Advance(JsonCursor cursor, size_t own_end) {
    if (structure_.depth() == 0 && structure_.balanced()) {
      // Between documents: there is no path to follow.
      place_ = {};
      place_.record = structure_.documents();
      return;
    }
    cursor.MoveTo(own_end);
    place_ = cursor.place();
  }

  bool first_ = true;
  bool several_ = false;
  JsonStructure structure_;
  JsonPlace place_;
  WindowLines lines_;
};

}  // namespace

Status ExtractJson(ByteSource& source, ExtractContext& context) {
  JsonWindows format;
  ASSAY_RETURN_IF_ERROR(ExtractWindows(source, context, format));
  if (!format.balanced() && !source.truncated()) context.Partial(PartialReason::kMalformedFile);
  return Status::Ok();
}

}  // namespace assay
