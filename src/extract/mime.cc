#include "extract/mime.h"

#include <algorithm>
#include <map>

#include "extract/charset.h"

namespace assay {
namespace {

constexpr size_t kMaxFields = 10'000;
constexpr size_t kMaxParameters = 100;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next line off `rest`, without its line end.
std::string_view TakeLine(std::string_view* rest) {
  const size_t end = std::min(rest->find('\n'), rest->size());
  std::string_view line = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

std::string DecodeBase64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') {  // the end of one run; some mail joins several
      bits = 0;
      count = 0;
      continue;
    }
    const int value = Base64Value(c);
    if (value < 0) continue;
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xFF);
    }
  }
  return out;
}

// `escape` is '=' (quoted-printable, encoded words) or '%' (RFC 2231).
std::string DecodeEscapes(std::string_view text, char escape, bool underscore_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_' && underscore_is_space) {
      out += ' ';
    } else if (c != escape) {
      out += c;
    } else if (i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else if (i + 1 < text.size() && text[i + 1] == '\n') {
      i += 1;
    } else if (i + 2 < text.size() && text[i + 1] == '\r' && text[i + 2] == '\n') {
      i += 2;
    } else if (i + 1 < text.size()) {
      out += c;
    }
  }
  return out;
}

// One encoded word at the start of `text`; its length, or 0 when there is none.
size_t DecodeWord(std::string_view text, std::string* out) {
  const size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end > 64) return 0;
  if (charset_end + 2 >= text.size() || text[charset_end + 2] != '?') return 0;
  const size_t end = text.substr(0, charset_end + 4096).find("?=", charset_end + 3);
  if (end == std::string_view::npos) return 0;
  std::string_view charset = text.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));  // RFC 2231 language
  const std::string_view word = text.substr(charset_end + 3, end - charset_end - 3);
  const char kind = Lower(text[charset_end + 1]);
  if (kind != 'q' && kind != 'b') return 0;
  *out += DecodeCharset(kind == 'b' ? DecodeBase64(word) : DecodeEscapes(word, '=', true), charset);
  return end + 2;
}

// Reads a parameter's value, quoted or not, off `rest` up to the next ';'.
std::string TakeParameterValue(std::string_view* rest) {
  *rest = Trim(*rest);
  std::string value;
  if (!rest->empty() && rest->front() == '"') {
    size_t i = 1;
    for (; i < rest->size() && (*rest)[i] != '"'; ++i) {
      if ((*rest)[i] == '\\' && i + 1 < rest->size()) ++i;
      value += (*rest)[i];
    }
    rest->remove_prefix(std::min(i + 1, rest->size()));
  } else {
    value = Trim(rest->substr(0, rest->find(';')));
  }
  rest->remove_prefix(std::min(rest->find(';'), rest->size()));
  return value;
}

// The pieces of a parameter that RFC 2231 lets a sender split up: name*0*, name*1 ...
struct SplitParameter {
  std::map<int, std::pair<std::string, bool>> pieces;  // number -> value, percent-encoded
};

std::string JoinSplit(const SplitParameter& split) {
  std::string charset;
  std::string bytes;
  for (const auto& [number, piece] : split.pieces) {
    std::string_view value = piece.first;
    if (piece.second && number == 0) {
      const size_t first = value.find('\'');
      const size_t second = first == value.npos ? first : value.find('\'', first + 1);
      if (second != value.npos) {
        charset = value.substr(0, first);
        value.remove_prefix(second + 1);
      }
    }
    bytes += piece.second ? DecodeEscapes(value, '%', false) : std::string(value);
  }
  return DecodeCharset(bytes, charset);
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view MimeEntity::Find(std::string_view name) const {
  for (const HeaderField& field : fields) {
    if (EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return {};
}

std::string_view MimeValue::Find(std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

MimeEntity ParseEntity(std::string_view message) {
  MimeEntity entity;
  std::string_view rest = message;
  while (!rest.empty()) {
    std::string_view after = rest;
    const std::string_view line = TakeLine(&after);
    if (line.empty()) {
      rest = after;
      break;
    }
    if (IsBlank(line.front()) && !entity.fields.empty()) {
      std::string& value = entity.fields.back().value;
      value += ' ';
      value += Trim(line);
    } else {
      const size_t colon = line.find(':');
      const std::string_view name = line.substr(0, std::min(colon, line.size()));
      if (colon == 0 || colon == line.npos || name.find_first_of(" \t") != name.npos) break;
      if (entity.fields.size() < kMaxFields) {
        entity.fields.push_back({name, std::string(Trim(line.substr(colon + 1)))});
      }
    }
    rest = after;
  }
  entity.body = rest;
  return entity;
}

std::string DecodeHeaderText(std::string_view value) {
  std::string out;
  std::string plain;
  const auto flush = [&] {
    out += DecodeCharset(plain, {});
    plain.clear();
  };
  bool after_word = false;
  for (size_t i = 0; i < value.size();) {
    std::string word;
    const size_t length =
        value.substr(i, 2) == "=?" ? DecodeWord(value.substr(i), &word) : size_t{0};
    if (length > 0) {
      // White space between two encoded words is not part of the text.
      if (!after_word || !Trim(plain).empty()) flush();
      plain.clear();
      out += word;
      i += length;
    } else {
      if (!IsBlank(value[i])) after_word = false;
      plain += value[i++];
      continue;
    }
    after_word = true;
  }
  flush();
  return out;
}

MimeValue ParseMimeValue(std::string_view text) {
  MimeValue parsed;
  const size_t end = std::min(text.find(';'), text.size());
  parsed.value = LowerCase(Trim(text.substr(0, end)));
  std::string_view rest = text.substr(end);
  std::map<std::string, SplitParameter> splits;
  for (size_t count = 0; !rest.empty() && count < kMaxParameters; ++count) {
    rest.remove_prefix(1);  // the ';'
    const size_t equals = rest.find_first_of("=;");
    if (equals == rest.npos) break;
    std::string name = LowerCase(Trim(rest.substr(0, equals)));
    if (rest[equals] == ';') {
      rest.remove_prefix(equals);
      continue;
    }
    rest.remove_prefix(equals + 1);
    std::string value = TakeParameterValue(&rest);
    const size_t star = name.find('*');
    if (star == name.npos) {
      parsed.parameters.push_back({std::move(name), DecodeHeaderText(value)});
      continue;
    }
    const bool encoded = name.back() == '*';
    int number = 0;
    for (size_t i = star + 1; i < name.size() && i < star + 4; ++i) {
      if (name[i] >= '0' && name[i] <= '9') number = number * 10 + (name[i] - '0');
    }
    splits[name.substr(0, star)].pieces[number] = {std::move(value), encoded};
  }
  for (const auto& [name, split] : splits) parsed.parameters.push_back({name, JoinSplit(split)});
  return parsed;
}

std::string DecodeTransfer(std::string_view body, std::string_view encoding) {
  encoding = Trim(encoding);
  if (EqualsIgnoreCase(encoding, "base64")) return DecodeBase64(body);
  if (EqualsIgnoreCase(encoding, "quoted-printable")) return DecodeEscapes(body, '=', false);
  return std::string(body);
}

std::vector<std::string_view> SplitMultipart(std::string_view body, std::string_view boundary,
                                             size_t max_parts) {
  std::vector<std::string_view> parts;
  if (boundary.empty()) return parts;
  const std::string delimiter = "--" + std::string(boundary);
  size_t part_begin = body.npos;
  for (size_t line = 0; line < body.size();) {
    const size_t line_end = std::min(body.find('\n', line), body.size());
    if (body.compare(line, delimiter.size(), delimiter) == 0) {
      std::string_view tail = body.substr(line + delimiter.size(),
                                          line_end - std::min(line_end, line + delimiter.size()));
      const bool closing = tail.substr(0, 2) == "--";
      if (closing) tail.remove_prefix(2);
      if (Trim(tail).empty()) {
        if (part_begin != body.npos) {
          size_t end = line;  // the line end before the delimiter belongs to it
          if (end > part_begin) --end;
          if (end > part_begin && body[end - 1] == '\r') --end;
          parts.push_back(body.substr(part_begin, end - part_begin));
        }
        part_begin = std::min(line_end + 1, body.size());
        if (closing || parts.size() >= max_parts) return parts;
      }
    }
    line = line_end + 1;
  }
  if (part_begin != body.npos) parts.push_back(body.substr(part_begin));
  return parts;
}

}  // namespace assay
