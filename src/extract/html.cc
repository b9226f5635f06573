#include <algorithm>
#include <iterator>
#include <string>

#include "extract/byte_find.h"
#include "extract/decoded_window.h"
#include "extract/format_list.h"
#include "extract/markup_cursor.h"
#include "extract/markup_locator.h"
#include "extract/text_windows.h"

namespace assay {
namespace {

constexpr size_t kWindow = 4 << 20;
// Elements that do not interrupt a word or number: "123-<b>45</b>-6789" is one.
constexpr std::string_view kInline[] = {"abbr",   "bdi",  "bdo", "big",  "cite", "code",  "dfn",
                                        "em",     "font", "kbd", "mark", "samp", "small", "span",
                                        "strong", "sub",  "sup", "tt",   "var",  "wbr"};

bool IsInline(std::string_view name) {
  if (name.size() == 1) return std::string_view("abiqsu").find(name[0]) != std::string_view::npos;
  return std::find(std::begin(kInline), std::end(kInline), name) != std::end(kInline);
}

// Text collected from the raw window, with the way back.
struct Strand {
  std::string text;
  OffsetMap map;
  size_t next_raw = SIZE_MAX;

  void Append(std::string_view raw_text, size_t raw, size_t raw_length) {
    if (raw != next_raw) map.Add(text.size(), raw);
    text.append(raw_text);
    next_raw = raw_text.size() == raw_length ? raw + raw_length : SIZE_MAX;
  }
  void Drop(size_t bytes) {
    text.resize(text.size() - std::min(bytes, text.size()));
    next_raw = SIZE_MAX;
  }
  void Break(char c) {
    if (!text.empty() && text.back() != '\n') text.push_back(c);
    next_raw = SIZE_MAX;
  }
};

// Takes the visible text, scripts and styles into one strand, attribute values and comments into
// another.
class HtmlReader {
 public:
  HtmlReader(const TextWindow& window, MarkupCursor& cursor) : window_(window), cursor_(cursor) {}

  void Read() {
    while (cursor_.offset() < window_.own_end) {
      if (TakeRun()) continue;
      const size_t at = cursor_.offset();
      const MarkupMode before = cursor_.place().mode;
      cursor_.Step();
      const MarkupMode after = cursor_.place().mode;
      if (before == MarkupMode::kText && after == MarkupMode::kTagStart) continue;
      if (before == MarkupMode::kTagStart && after == MarkupMode::kText) {
        // A '<' that begins no tag, and what follows it.
        const size_t from = at > window_.own_begin ? at - 1 : at;
        visible_.Append(window_.text.substr(from, at + 1 - from), from, at + 1 - from);
      } else if (before == MarkupMode::kText || before == MarkupMode::kRaw ||
                 before == MarkupMode::kCdata) {
        Take(visible_, at);
      } else if (before == MarkupMode::kValue || before == MarkupMode::kComment) {
        if (after == before) Take(side_, at);
      } else if (before == MarkupMode::kBeforeValue && after == MarkupMode::kValue &&
                 cursor_.place().quote == 0) {
        Take(side_, at);
      }
      if (before != after) Boundary(before, after);
    }
  }

  const Strand& visible() const { return visible_; }
  const Strand& side() const { return side_; }

 private:
  // Takes the bytes up to the next that may mean something, at once.
  bool TakeRun() {
    const size_t at = cursor_.offset();
    const MarkupPlace& place = cursor_.place();
    const bool value = place.mode == MarkupMode::kValue && place.quote != 0;
    const bool text =
        place.mode == MarkupMode::kText || (place.mode == MarkupMode::kRaw && place.tail.empty());
    if (!value && !text) return false;
    const size_t end =
        FindAnyByte(window_.text, at, window_.own_end, text ? '<' : place.quote, '&');
    if (end == at) return false;
    (text ? visible_ : side_).Append(window_.text.substr(at, end - at), at, end - at);
    cursor_.MoveTo(end);
    return true;
  }

  void Take(Strand& strand, size_t at) {
    if (window_.text[at] == '&') {
      const Replacement entity = XmlEntity(window_.text, at);
      if (entity.length > 0 && at + entity.length <= window_.own_end) {
        strand.Append({entity.bytes, entity.size}, at, entity.length);
        cursor_.MoveTo(at + entity.length);
        return;
      }
    }
    strand.Append(window_.text.substr(at, 1), at, 1);
  }

  void Boundary(MarkupMode before, MarkupMode after) {
    // The marks that ended a section were taken for its content until they were whole.
    if (before == MarkupMode::kRaw) visible_.Drop(cursor_.place().name.size() + 2);
    if (before == MarkupMode::kComment) side_.Drop(2);
    if (before == MarkupMode::kValue || before == MarkupMode::kComment) side_.Break('\n');
    const bool tag_ended = after == MarkupMode::kText || after == MarkupMode::kRaw;
    if (!tag_ended || before == MarkupMode::kTagStart || before == MarkupMode::kComment) return;
    const std::string& name = cursor_.place().name;
    if (name == "td" || name == "th") {
      visible_.Break('\t');
    } else if (!IsInline(name)) {
      visible_.Break('\n');
    } else {
      visible_.next_raw = SIZE_MAX;
    }
  }

  const TextWindow& window_;
  MarkupCursor& cursor_;
  Strand visible_;
  Strand side_;
};

class HtmlWindows final : public WindowFormat {
 public:
  size_t max_window(std::string_view) const override { return kWindow; }

  Status Read(const TextWindow& window, ExtractContext& context) override {
    const MarkupCursor start(window.text, window.own_begin, place_, MarkupCursor::Language::kHtml,
                             context.limits().max_nesting);
    MarkupCursor cursor = start;
    HtmlReader reader(window, cursor);
    reader.Read();
    ASSAY_RETURN_IF_ERROR(EmitStrand(reader.visible(), window, start, context));
    ASSAY_RETURN_IF_ERROR(EmitStrand(reader.side(), window, start, context));
    cursor.MoveTo(window.own_end);
    place_ = cursor.place();
    lines_.Finish(window);
    return Status::Ok();
  }

 private:
  Status EmitStrand(const Strand& strand, const TextWindow& window, const MarkupCursor& start,
                    ExtractContext& context) {
    if (strand.text.empty()) return Status::Ok();
    const MarkupLocator raw(window, start, lines_.Cursor(window));
    const MappedLocator locator(raw, strand.map, window.base_offset);
    return EmitWindow({strand.text, 0, strand.text.size(), window.base_offset, window.last},
                      locator, context);
  }

  MarkupPlace place_;
  WindowLines lines_;
};

}  // namespace

Status ExtractHtml(ByteSource& source, ExtractContext& context) {
  HtmlWindows format;
  return ExtractWindows(source, context, format);
}

}  // namespace assay
