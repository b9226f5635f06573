#include "cli/json_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "base/utf8.h"

namespace assay {

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const auto c = static_cast<uint8_t>(text[0]);
    if (length == 0) {
      *out += "\xEF\xBF\xBD";
    } else if (length > 1) {
      const std::string_view sequence = text.substr(0, length);
      if (sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9") {
        *out += sequence.back() == '\xA8' ? "\\u2028" : "\\u2029";
      } else {
        *out += sequence;
      }
    } else if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(text[0]);
    } else if (c < 0x20 || c == 0x7F || c == '<' || c == '>' || c == '&') {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", c);
    } else {
      out->push_back(text[0]);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out->push_back('"');
}

void AppendJsonMember(std::string_view name, std::string_view text, std::string* out) {
  if (!out->empty() && out->back() != '{' && out->back() != '[') out->push_back(',');
  AppendJsonString(name, out);
  out->push_back(':');
  AppendJsonString(text, out);
}

}  // namespace assay
