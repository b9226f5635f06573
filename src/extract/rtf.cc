#include "extract/rtf.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "extract/charset.h"
#include "extract/format_list.h"

namespace assay {
namespace {

constexpr size_t kMaxGroups = 1000;
constexpr uint32_t kDefaultCodePage = 1252;

enum class Destination { kText, kSkip, kFonts, kField, kObjectData };

struct Group {
  Destination destination = Destination::kText;
  uint32_t code_page = kDefaultCodePage;
  uint32_t unicode_skip = 1;  // \ucN: characters to skip after each \u
};

// Destinations whose content is no text of the document.
constexpr std::array<std::string_view, 22> kSkipped = {"colortbl",
                                                       "stylesheet",
                                                       "pict",
                                                       "themedata",
                                                       "colorschememapping",
                                                       "datastore",
                                                       "latentstyles",
                                                       "listtable",
                                                       "listoverridetable",
                                                       "rsidtbl",
                                                       "generator",
                                                       "xmlnstbl",
                                                       "filetbl",
                                                       "revtbl",
                                                       "pgptbl",
                                                       "mmathPr",
                                                       "fontemb",
                                                       "falt",
                                                       "panose",
                                                       "wgrffmtfilter",
                                                       "objclass",
                                                       "blipuid"};

// \* destinations (which a reader may skip) that do hold text.
constexpr std::array<std::string_view, 12> kStarredText = {
    "fldinst", "annotation", "atnauthor", "atnid",    "shptxt",  "userprops",
    "company", "manager",    "hlinkbase", "footnote", "shpinst", "bkmkstart"};

constexpr std::array<std::string_view, 11> kProperties = {
    "title",    "subject",  "author",  "manager", "company",  "operator",
    "category", "keywords", "comment", "doccomm", "hlinkbase"};

struct Symbol {
  std::string_view word;
  std::string_view text;
};
constexpr std::array<Symbol, 17> kSymbols = {{{"par", "\n"},
                                              {"line", "\n"},
                                              {"sect", "\n"},
                                              {"page", "\n"},
                                              {"row", "\n"},
                                              {"nestrow", "\n"},
                                              {"cell", "\t"},
                                              {"nestcell", "\t"},
                                              {"tab", "\t"},
                                              {"emdash", "\u2014"},
                                              {"endash", "\u2013"},
                                              {"lquote", "\u2018"},
                                              {"rquote", "\u2019"},
                                              {"ldblquote", "\u201C"},
                                              {"rdblquote", "\u201D"},
                                              {"bullet", "\u2022"},
                                              {"softline", "\n"}}};

template <typename Array>
bool Contains(const Array& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Code page of an \fcharset value (the Windows charset numbers of the specification).
uint32_t CharsetCodePage(int charset) {
  switch (charset) {
    case 77:
      return 10000;
    case 128:
      return 932;
    case 129:
      return 949;
    case 130:
      return 1361;
    case 134:
      return 936;
    case 136:
      return 950;
    case 161:
      return 1253;
    case 162:
      return 1254;
    case 163:
      return 1258;
    case 177:
      return 1255;
    case 178:
      return 1256;
    case 186:
      return 1257;
    case 204:
      return 1251;
    case 222:
      return 874;
    case 238:
      return 1250;
    default:
      return 0;  // the document's own
  }
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class RtfReader {
 public:
  RtfReader(std::string_view rtf, ExtractContext& context, DocumentWriter& writer)
      : rtf_(rtf), context_(context), writer_(writer) {}

  Status Read();

 private:
  Group& group() { return groups_.back(); }
  void OpenGroup();
  Status CloseGroup();
  void ReadControl();
  void ReadHexByte();
  void ControlWord(std::string_view word, bool has_value, int value);
  bool Destinations(std::string_view word);
  void CharacterFormat(std::string_view word, bool has_value, int value);
  void Unicode(int value);
  void Byte(char c);
  void Literal(std::string_view text);
  // Decodes the bytes that wait for the rest of their character.
  void FlushBytes();
  // The name of the current code page's character set.
  const std::string& Charset();
  void Put(std::string_view text);
  Status EndObject();

  std::string_view rtf_;
  ExtractContext& context_;
  DocumentWriter& writer_;
  size_t at_ = 0;
  std::vector<Group> groups_{Group()};
  size_t groups_too_deep_ = 0;
  bool starred_ = false;  // \* came just before
  uint32_t to_skip_ = 0;  // fallback characters after \u
  uint32_t high_surrogate_ = 0;
  std::string bytes_;  // undecoded text
  uint32_t charset_code_page_ = 0;
  std::string charset_;
  std::string property_;  // name of the property being read
  size_t property_depth_ = 0;
  std::string property_value_;
  std::string object_hex_;
  uint32_t objects_ = 0;
  int font_ = 0;  // in the font table
  std::map<int, uint32_t> font_code_pages_;
};

Status RtfReader::Read() {
  while (at_ < rtf_.size() && !writer_.stopped()) {
    const char c = rtf_[at_];
    if (c == '{') {
      OpenGroup();
    } else if (c == '}') {
      ASSAY_RETURN_IF_ERROR(CloseGroup());
    } else if (c == '\\') {
      ReadControl();
    } else {
      ++at_;
      if (c != '\r' && c != '\n' && c != '\0') Byte(c);
    }
  }
  FlushBytes();
  writer_.EndLine();
  return Status::Ok();
}

void RtfReader::OpenGroup() {
  FlushBytes();
  ++at_;
  to_skip_ = 0;
  starred_ = false;
  if (groups_.size() < kMaxGroups) {
    groups_.push_back(group());
  } else {
    ++groups_too_deep_;
    context_.Partial(PartialReason::kNestingLevelOverLimit);
  }
}

Status RtfReader::CloseGroup() {
  FlushBytes();
  ++at_;
  to_skip_ = 0;
  starred_ = false;
  if (groups_too_deep_ > 0) {
    --groups_too_deep_;
    return Status::Ok();
  }
  if (groups_.size() == 1) return Status::Ok();  // a stray brace
  if (!property_.empty() && groups_.size() == property_depth_) {
    writer_.Field(property_, property_value_);
    property_.clear();
    property_value_.clear();
  }
  const Destination ended = group().destination;
  groups_.pop_back();
  if (ended == Destination::kField && group().destination != Destination::kField) Put(" ");
  if (ended == Destination::kObjectData && group().destination != Destination::kObjectData) {
    return EndObject();
  }
  return Status::Ok();
}

void RtfReader::ReadControl() {
  ++at_;
  if (at_ >= rtf_.size()) return;
  const char c = rtf_[at_];
  if (!IsLetter(c)) {
    ++at_;
    switch (c) {
      case '\'':
        return ReadHexByte();
      case '*':
        starred_ = true;
        return;
      case '~':
        return Literal("\u00A0");
      case '_':
        return Literal("-");
      case '\n':
      case '\r':
        return Literal("\n");
      case '\\':
      case '{':
      case '}':
        return Byte(c);
      default:
        return;
    }
  }
  const size_t begin = at_;
  while (at_ < rtf_.size() && at_ - begin < 32 && IsLetter(rtf_[at_])) ++at_;
  const std::string_view word = rtf_.substr(begin, at_ - begin);
  const bool negative = at_ < rtf_.size() && rtf_[at_] == '-';
  if (negative) ++at_;
  const size_t digits = at_;
  int64_t value = 0;
  while (at_ < rtf_.size() && at_ - digits < 10 && IsDigit(rtf_[at_])) {
    value = value * 10 + (rtf_[at_++] - '0');
  }
  const bool has_value = at_ > digits;
  if (at_ < rtf_.size() && rtf_[at_] == ' ') ++at_;
  value = std::min<int64_t>(value, 0x7FFFFFFF);
  ControlWord(word, has_value, static_cast<int>(negative ? -value : value));
}

void RtfReader::ReadHexByte() {
  if (rtf_.size() - at_ < 2) {
    at_ = rtf_.size();
    return;
  }
  const int high = HexValue(rtf_[at_]);
  const int low = HexValue(rtf_[at_ + 1]);
  if (high < 0 || low < 0) return;
  at_ += 2;
  Byte(static_cast<char>(high * 16 + low));
}

void RtfReader::ControlWord(std::string_view word, bool has_value, int value) {
  if (word == "bin" && value > 0) {
    at_ += std::min(rtf_.size() - at_, static_cast<size_t>(value));
    return;
  }
  if (word == "u" && has_value) return Unicode(value);
  FlushBytes();
  const auto symbol = std::find_if(kSymbols.begin(), kSymbols.end(),
                                   [&](const Symbol& each) { return each.word == word; });
  if (symbol != kSymbols.end()) {
    Literal(symbol->text);
  } else if (!Destinations(word)) {
    CharacterFormat(word, has_value, value);
  }
  starred_ = false;
}

// Handles words that begin a destination; false for all others.
bool RtfReader::Destinations(std::string_view word) {
  if (group().destination == Destination::kSkip) return true;
  if (word == "fonttbl") {
    group().destination = Destination::kFonts;
  } else if (word == "objdata") {
    group().destination = Destination::kObjectData;
  } else if (word == "fldinst") {
    group().destination = Destination::kField;
  } else if (property_.empty() && Contains(kProperties, word)) {
    property_ = word == "doccomm" ? "comment" : word;
    property_depth_ = groups_.size();
  } else if (Contains(kSkipped, word) || (starred_ && !Contains(kStarredText, word))) {
    group().destination = Destination::kSkip;
  } else {
    return false;
  }
  return true;
}

void RtfReader::CharacterFormat(std::string_view word, bool has_value, int value) {
  if (word == "ansicpg" && value > 0) {
    for (Group& each : groups_) each.code_page = static_cast<uint32_t>(value);
  } else if (word == "mac") {
    group().code_page = 10000;
  } else if (word == "pc") {
    group().code_page = 437;
  } else if (word == "pca") {
    group().code_page = 850;
  } else if (word == "uc" && value >= 0) {
    group().unicode_skip = static_cast<uint32_t>(std::min(value, 16));
  } else if (word == "f" && has_value) {
    font_ = value;
    if (group().destination == Destination::kFonts) return;
    const auto found = font_code_pages_.find(value);
    group().code_page = found != font_code_pages_.end() ? found->second : groups_[0].code_page;
  } else if (word == "fcharset" && group().destination == Destination::kFonts) {
    const uint32_t code_page = CharsetCodePage(value);
    if (code_page != 0 && font_code_pages_.size() < 10'000) font_code_pages_[font_] = code_page;
  }
}

void RtfReader::Unicode(int value) {
  FlushBytes();
  const auto unit = static_cast<uint32_t>(value < 0 ? value + 0x10000 : value);
  if (unit >= 0xD800 && unit < 0xDC00) {
    high_surrogate_ = unit;
  } else {
    uint32_t code_point = unit;
    if (unit >= 0xDC00 && unit < 0xE000 && high_surrogate_ != 0) {
      code_point = 0x10000 + ((high_surrogate_ - 0xD800) << 10) + (unit - 0xDC00);
    }
    high_surrogate_ = 0;
    std::string encoded;
    AppendUtf8(code_point, &encoded);
    Put(encoded);
  }
  to_skip_ = group().unicode_skip;
}

void RtfReader::Byte(char c) {
  starred_ = false;
  if (to_skip_ > 0) {
    --to_skip_;
    return;
  }
  if (group().destination == Destination::kObjectData) {
    if (HexValue(c) >= 0 && object_hex_.size() < context_.limits().max_document_bytes) {
      object_hex_ += c;
    }
    return;
  }
  if (group().destination == Destination::kSkip || group().destination == Destination::kFonts) {
    return;
  }
  bytes_ += c;
  if (bytes_.size() >= 64 * 1024 && static_cast<unsigned char>(c) < 0x80) FlushBytes();
}

void RtfReader::Literal(std::string_view text) {
  FlushBytes();
  if (to_skip_ > 0) {
    --to_skip_;
    return;
  }
  Put(text);
}

void RtfReader::FlushBytes() {
  if (bytes_.empty()) return;
  const bool ascii = std::all_of(bytes_.begin(), bytes_.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  Put(ascii ? bytes_ : DecodeCharset(bytes_, Charset()));
  bytes_.clear();
}

const std::string& RtfReader::Charset() {
  if (group().code_page != charset_code_page_) {
    charset_code_page_ = group().code_page;
    charset_ = CodePageCharset(charset_code_page_);
  }
  return charset_;
}

void RtfReader::Put(std::string_view text) {
  const Destination destination = group().destination;
  if (destination != Destination::kText && destination != Destination::kField) return;
  if (!property_.empty()) {
    if (property_value_.size() < 64 * 1024) property_value_ += text;
  } else {
    writer_.Text(text);
  }
}

Status RtfReader::EndObject() {
  std::string data;
  data.reserve(object_hex_.size() / 2);
  for (size_t i = 0; i + 1 < object_hex_.size(); i += 2) {
    data += static_cast<char>(HexValue(object_hex_[i]) * 16 + HexValue(object_hex_[i + 1]));
  }
  object_hex_.clear();
  // An OLE 1 object ([MS-OLEDS] 2.2.5): the native data behind a short header is most often a
  // compound file; what is none of the known containers is left out.
  const size_t compound = std::string_view(data).substr(0, 1024).find("\xD0\xCF\x11\xE0\xA1\xB1");
  if (compound == std::string_view::npos) return Status::Ok();
  MemorySource member(std::string_view(data).substr(compound));
  return context_.ExtractMember("object-" + std::to_string(++objects_), member);
}

}  // namespace

Status ReadRtf(std::string_view rtf, ExtractContext& context, DocumentWriter& writer) {
  return RtfReader(rtf, context, writer).Read();
}

Status ExtractRtf(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view rtf,
                         source.All(context.limits().max_document_bytes));
  DocumentWriter writer(context);
  ASSAY_RETURN_IF_ERROR(ReadRtf(rtf, context, writer));
  return writer.Finish();
}

}  // namespace assay
