#include <algorithm>

#include "extract/format_list.h"
#include "extract/text_windows.h"

namespace assay {
namespace {

constexpr size_t kMaxKey = 128;
constexpr size_t kMaxLine = 4096;

// The key of a YAML line ("key: value", "- key: value", "'key': value"), "" when it has none.
// Aliases and anchors are text like any other: nothing is expanded.
std::string_view KeyOfLine(std::string_view line) {
  while (!line.empty() && (line[0] == ' ' || line[0] == '-' || line[0] == '\t')) {
    line.remove_prefix(1);
  }
  size_t colon = line.find(':');
  while (colon != std::string_view::npos && colon + 1 < line.size() && line[colon + 1] != ' ') {
    colon = line.find(':', colon + 1);
  }
  if (colon == std::string_view::npos || colon > kMaxKey) return {};
  std::string_view key = line.substr(0, colon);
  if (key.size() >= 2 && (key[0] == '"' || key[0] == '\'') && key.back() == key[0]) {
    key = key.substr(1, key.size() - 2);
  }
  return key;
}

// Field names are the keys of the line, or of the nearest line above that has one.
class YamlLocator final : public Locator {
 public:
  YamlLocator(const TextWindow& window, LineCursor lines)
      : text_(window.text), own_begin_(window.own_begin), lines_(lines) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    lines_.MoveTo(std::clamp(begin, own_begin_, text_.size()) - own_begin_);
    location->line = lines_.line();
    location->column = lines_.column();
  }

  std::string_view FieldName(size_t offset) const override {
    size_t end = std::min(offset, text_.size());
    for (int lines_up = 0; lines_up < 16; ++lines_up) {
      const std::string_view before = text_.substr(0, end);
      const size_t newline =
          before.substr(before.size() - std::min(before.size(), kMaxLine)).rfind('\n');
      const size_t floor = before.size() - std::min(before.size(), kMaxLine);
      if (newline == std::string_view::npos && floor > 0) return {};
      const size_t begin = newline == std::string_view::npos ? 0 : floor + newline + 1;
      const std::string_view line = text_.substr(begin, end - begin);
      if (const std::string_view key = KeyOfLine(line); !key.empty()) return key;
      if (begin == 0) return {};
      end = begin - 1;
    }
    return {};
  }

 private:
  std::string_view text_;
  size_t own_begin_;
  mutable LineCursor lines_;
};

class YamlWindows final : public WindowFormat {
 public:
  Status Read(const TextWindow& window, ExtractContext& context) override {
    const YamlLocator locator(window, lines_.Cursor(window));
    ASSAY_RETURN_IF_ERROR(EmitWindow(window, locator, context));
    lines_.Finish(window);
    return Status::Ok();
  }

 private:
  WindowLines lines_;
};

}  // namespace

Status ExtractYaml(ByteSource& source, ExtractContext& context) {
  YamlWindows format;
  return ExtractWindows(source, context, format);
}

}  // namespace assay
