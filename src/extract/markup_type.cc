#include "extract/markup_type.h"

#include <cstring>
#include <string>

namespace assay {
namespace {

constexpr size_t kJsonLook = 512;
constexpr size_t kMarkupLook = 4096;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
         c == '_' || c == '-' || c == '.' || (c & 0x80) != 0;
}

struct Root {
  std::string_view name;
  std::string_view type;
};
constexpr Root kRoots[] = {
    {"rdf:rdf", "application/rdf+xml"},
    {"rss", "application/rss+xml"},
    {"mxfile", "application/vnd.jgraph.mxfile"},
    {"mxgraphmodel", "application/vnd.jgraph.mxfile"},
    {"map", "application/x-freemind"},
    {"relationships", "application/vnd.ms-package.relationships+xml"},
    {"window", "application/vnd.mozilla.xul+xml"},
    {"overlay", "application/vnd.mozilla.xul+xml"},
    {"public:component", "text/x-component"},
    {"svg", "image/svg+xml"},
};

constexpr std::string_view kHtmlTags[] = {
    "html",  "head", "body", "title", "script", "table", "div",    "p",   "a",    "h1", "meta",
    "style", "span", "ul",   "link",  "br",     "font",  "center", "img", "form", "b"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// Skips white space, comments, processing instructions and the document type.
struct Prologue {
  bool xml = false;
  std::string doctype;
  std::string root;      // lower case
  std::string root_tag;  // the start tag's inside, lower case, cut
};

Prologue ReadPrologue(std::string_view text) {
  Prologue result;
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && IsSpace(text[at])) ++at;
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--")) {
      const size_t end = text.find("-->", at);
      if (end == std::string_view::npos) return result;
      at = end + 3;
    } else if (rest.starts_with("<?")) {
      result.xml = result.xml || rest.starts_with("<?xml");
      const size_t end = text.find("?>", at);
      if (end == std::string_view::npos) return result;
      at = end + 2;
    } else if (rest.starts_with("<!")) {
      size_t end = text.find_first_of("[>", at);
      if (end != std::string_view::npos && text[end] == '[') end = text.find("]>", end);
      if (end == std::string_view::npos) return result;
      result.doctype = Lower(text.substr(at, end - at));
      at = text.find('>', end) + 1;
    } else if (rest.starts_with("<")) {
      size_t end = at + 1;
      while (end < text.size() && IsNameByte(text[end])) ++end;
      result.root = Lower(text.substr(at + 1, end - at - 1));
      result.root_tag = Lower(text.substr(end, std::min(text.find('>', end), text.size()) - end));
      return result;
    } else {
      return result;
    }
  }
  return result;
}

}  // namespace

std::string_view MarkupType(std::string_view text) {
  const Prologue prologue = ReadPrologue(text.substr(0, kMarkupLook));
  const bool xhtml_namespace =
      prologue.root_tag.find("http://www.w3.org/1999/xhtml") != std::string::npos;
  if (prologue.root == "html" && (prologue.xml || xhtml_namespace)) return "application/xhtml+xml";
  if (prologue.doctype.starts_with("<!doctype html")) return "text/html";
  for (const Root& root : kRoots) {
    if (prologue.root == root.name && (prologue.xml || root.name != "map")) return root.type;
  }
  if (prologue.root == "map" && prologue.root_tag.find("version") != std::string::npos) {
    return "application/x-freemind";
  }
  if (prologue.xml) return "application/xml";
  for (const std::string_view tag : kHtmlTags) {
    if (prologue.root == tag) return "text/html";
  }
  // An element that is closed, or has a namespace, is XML without its declaration.
  if (!prologue.root.empty()) {
    const std::string lower = Lower(text.substr(0, kMarkupLook));
    if (prologue.root_tag.find("xmlns") != std::string::npos ||
        lower.find("</") != std::string::npos || lower.find("/>") != std::string::npos) {
      return "application/xml";
    }
  }
  return !prologue.doctype.empty() ? "application/xml" : "";
}

bool LooksLikeJson(std::string_view text) {
  text = text.substr(0, kJsonLook);
  std::string stack;
  // What may come next: 'v' value, 'k' key, ':' colon, ',' comma or end.
  char expect = 'v';
  bool may_close = false;
  size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (IsSpace(c)) {
      ++i;
      continue;
    }
    if (stack.empty() && i > 0) return c == '{' || c == '[';  // another document, or none at all
    if ((c == '}' || c == ']')) {
      if ((expect != ',' && !may_close) || stack.back() != (c == '}' ? '{' : '[')) return false;
      stack.pop_back();
      expect = ',';
      may_close = false;
      ++i;
    } else if (expect == ',') {
      if (c != ',') return false;
      expect = stack.back() == '{' ? 'k' : 'v';
      may_close = false;
      ++i;
    } else if (expect == ':') {
      if (c != ':') return false;
      expect = 'v';
      ++i;
    } else if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      ++i;
      expect = expect == 'k' ? ':' : ',';
      may_close = false;
    } else if (expect == 'k') {
      return false;
    } else if (c == '{' || c == '[') {
      stack.push_back(c);
      expect = c == '{' ? 'k' : 'v';
      may_close = true;
      ++i;
    } else {
      if (std::strchr("-0123456789tfn", c) == nullptr) return false;
      const size_t begin = i;
      while (i < text.size() && (IsNameByte(text[i]) || text[i] == '+')) ++i;
      const std::string_view word = text.substr(begin, i - begin);
      if (i < text.size() && (c == 't' || c == 'f' || c == 'n') && word != "true" &&
          word != "false" && word != "null") {
        return false;
      }
      if (word.find(':') != std::string_view::npos) return false;
      expect = ',';
      may_close = false;
    }
  }
  return true;
}

}  // namespace assay
