#include "extract/msg.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "extract/charset.h"
#include "extract/document_writer.h"
#include "extract/mail.h"
#include "extract/ole.h"
#include "extract/rtf.h"

namespace assay {
namespace {

constexpr uint32_t kMaxMessageDepth = 10;
constexpr std::string_view kPropertyStream = "__properties_version1.0";

// Property types ([MS-OXCDATA] 2.11.1).
constexpr uint32_t kString8 = 0x001E;
constexpr uint32_t kUnicode = 0x001F;
constexpr uint32_t kBinary = 0x0102;
constexpr uint32_t kObject = 0x000D;
constexpr uint32_t kInteger32 = 0x0003;
constexpr uint32_t kTime = 0x0040;

// Property ids ([MS-OXPROPS]).
constexpr uint32_t kBody = 0x1000;
constexpr uint32_t kRtfCompressed = 0x1009;
constexpr uint32_t kHtml = 0x1013;
constexpr uint32_t kAttachData = 0x3701;
constexpr uint32_t kAttachFileName = 0x3704;
constexpr uint32_t kAttachLongFileName = 0x3707;
constexpr uint32_t kInternetCodePage = 0x3FDE;
constexpr uint32_t kMessageCodePage = 0x3FFD;

struct NamedProperty {
  uint32_t id;
  std::string_view name;
};
constexpr std::array<NamedProperty, 51> kNames = {{
    {0x0037, "Subject"},
    {0x0039, "Sent"},
    {0x0042, "Sent representing"},
    {0x0065, "Sent representing email"},
    {0x0070, "Conversation topic"},
    {0x0075, "Received by"},
    {0x0076, "Received by email"},
    {0x007D, "Headers"},
    {0x0C1A, "From"},
    {0x0C1F, "From email"},
    {0x0E02, "Bcc"},
    {0x0E03, "Cc"},
    {0x0E04, "To"},
    {0x0E06, "Received"},
    {0x1035, "Message-ID"},
    {0x1042, "In-Reply-To"},
    {0x3001, "Name"},
    {0x3003, "Email"},
    {0x39FE, "SMTP address"},
    {0x3A00, "Account"},
    {0x3A02, "Callback telephone"},
    {0x3A05, "Generation"},
    {0x3A06, "Given name"},
    {0x3A08, "Business telephone"},
    {0x3A09, "Home telephone"},
    {0x3A0A, "Initials"},
    {0x3A11, "Surname"},
    {0x3A15, "Postal address"},
    {0x3A16, "Company"},
    {0x3A17, "Title"},
    {0x3A18, "Department"},
    {0x3A1B, "Business telephone 2"},
    {0x3A1C, "Mobile telephone"},
    {0x3A24, "Business fax"},
    {0x3A25, "Home fax"},
    {0x3A26, "Country"},
    {0x3A27, "City"},
    {0x3A28, "State"},
    {0x3A29, "Street"},
    {0x3A2A, "Postal code"},
    {0x3A42, "Birth date"},
    {0x3A44, "Middle name"},
    {0x3A45, "Display name prefix"},
    {0x3A48, "Spouse"},
    {0x3A4F, "Nickname"},
    {0x3A58, "Children"},
    {0x3A59, "Home city"},
    {0x3A5B, "Home postal code"},
    {0x3A5C, "Home state"},
    {0x3A5D, "Home street"},
    {0x5D01, "From SMTP address"},
}};

std::string PropertyName(uint32_t id) {
  for (const NamedProperty& each : kNames) {
    if (each.id == id) return std::string(each.name);
  }
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, id, 16).ptr;
  return "Property " + std::string(digits, end);
}

// Strings that only say how the message is kept: class, sender address type and the like.
bool IsTechnical(uint32_t id) {
  static constexpr std::array<uint32_t, 10> kIds = {0x001A, 0x0064, 0x0077, 0x0C1E, 0x3002,
                                                    0x003D, 0x0E1D, 0x3703, 0x370D, 0x3705};
  return std::find(kIds.begin(), kIds.end(), id) != kIds.end();
}

// "__substg1.0_0037001F" -> 0x0037, 0x001F.
struct PropertyTag {
  uint32_t id;
  uint32_t type;
};
std::optional<PropertyTag> ParseTag(std::string_view name) {
  constexpr std::string_view kPrefix = "__substg1.0_";
  if (!name.starts_with(kPrefix) || name.size() < kPrefix.size() + 8) return std::nullopt;
  const char* digits = name.data() + kPrefix.size();
  uint32_t tag = 0;
  if (std::from_chars(digits, digits + 8, tag, 16).ptr != digits + 8) return std::nullopt;
  return PropertyTag{tag >> 16, tag & 0xFFFF};
}

class MsgReader {
 public:
  MsgReader(OleFile& file, ExtractContext& context, DocumentWriter& writer)
      : file_(file), context_(context), writer_(writer) {}

  Status ReadMessage(const OleFile::Entry& storage, size_t property_header, uint32_t depth);

 private:
  // Properties of a message, recipient or attachment as fields. `header` is the size of what
  // precedes the fixed properties in the property stream.
  void ReadProperties(const OleFile::Entry& storage, size_t header);
  void ReadFixedProperties(const OleFile::Entry& storage, size_t header);
  Status ReadBodies(const OleFile::Entry& storage);
  Status ReadAttachment(const OleFile::Entry& storage, uint32_t depth);
  std::string String(const OleFile::Entry& stream, uint32_t type);
  const OleFile::Entry* FindProperty(const OleFile::Entry& storage, uint32_t id, uint32_t* type);

  OleFile& file_;
  ExtractContext& context_;
  DocumentWriter& writer_;
  std::string charset_;
  uint32_t attachments_ = 0;
};

std::string MsgReader::String(const OleFile::Entry& stream, uint32_t type) {
  const std::string bytes = file_.Read(stream, context_.limits().max_document_bytes);
  std::string text = type == kUnicode ? DecodeUtf16Le(bytes) : DecodeCharset(bytes, charset_);
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

const OleFile::Entry* MsgReader::FindProperty(const OleFile::Entry& storage, uint32_t id,
                                              uint32_t* type) {
  for (const uint32_t child : storage.children) {
    const auto tag = ParseTag(file_.entries()[child].name);
    if (tag && tag->id == id) {
      *type = tag->type;
      return &file_.entries()[child];
    }
  }
  return nullptr;
}

void MsgReader::ReadFixedProperties(const OleFile::Entry& storage, size_t header) {
  const OleFile::Entry* stream = file_.Find(storage, kPropertyStream);
  if (stream == nullptr) return;
  const std::string bytes = file_.Read(*stream, 1 << 20);
  for (size_t at = header; at + 16 <= bytes.size(); at += 16) {
    const uint32_t type = ReadLe16(bytes, at);
    const uint32_t id = ReadLe16(bytes, at + 2);
    if (type == kInteger32 && (id == kInternetCodePage || id == kMessageCodePage)) {
      if (charset_.empty()) charset_ = CodePageCharset(ReadLe32(bytes, at + 8));
    } else if (type == kTime && (id == 0x0039 || id == 0x0E06 || id == 0x3A42)) {
      writer_.Field(PropertyName(id), FileTimeText(ReadLe64(bytes, at + 8)));
    }
  }
}

void MsgReader::ReadProperties(const OleFile::Entry& storage, size_t header) {
  ReadFixedProperties(storage, header);
  std::vector<std::pair<PropertyTag, uint32_t>> strings;
  for (const uint32_t child : storage.children) {
    const OleFile::Entry& entry = file_.entries()[child];
    const auto tag = ParseTag(entry.name);
    if (entry.is_storage || !tag || IsTechnical(tag->id)) continue;
    if (tag->id == kBody || tag->id == kHtml) continue;
    if (tag->type == kUnicode || tag->type == kString8) strings.emplace_back(*tag, child);
  }
  std::sort(strings.begin(), strings.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.id, a.second) < std::pair(b.first.id, b.second);
  });
  for (const auto& [tag, child] : strings) {
    writer_.Field(PropertyName(tag.id), String(file_.entries()[child], tag.type));
  }
}

Status MsgReader::ReadBodies(const OleFile::Entry& storage) {
  uint32_t type = 0;
  bool any = false;
  if (const auto* body = FindProperty(storage, kBody, &type);
      body != nullptr && (type == kUnicode || type == kString8)) {
    writer_.Text(String(*body, type));
    writer_.EndLine();
    any = body->size > 0;
  }
  const uint64_t max = context_.limits().max_document_bytes;
  if (const auto* html = FindProperty(storage, kHtml, &type); html != nullptr) {
    const bool binary = type == kBinary;
    return AppendHtml(binary ? file_.Read(*html, max) : String(*html, type),
                      binary ? charset_ : "UTF-8", writer_);
  }
  // Outlook keeps plain text beside the RTF: then the RTF says the same again.
  if (const auto* rtf = FindProperty(storage, kRtfCompressed, &type); rtf != nullptr && !any) {
    const std::string compressed = file_.Read(*rtf, max);
    const std::string text = DecompressRtf(compressed, max);
    ASSAY_RETURN_IF_ERROR(context_.Charge(text.size(), compressed.size()));
    return ReadRtf(text, context_, writer_);
  }
  return Status::Ok();
}

Status MsgReader::ReadAttachment(const OleFile::Entry& storage, uint32_t depth) {
  uint32_t type = 0;
  const OleFile::Entry* named = FindProperty(storage, kAttachLongFileName, &type);
  if (named == nullptr) named = FindProperty(storage, kAttachFileName, &type);
  std::string name = named != nullptr ? String(*named, type) : std::string();
  ++attachments_;
  if (name.empty()) name = "attachment-" + std::to_string(attachments_);
  const OleFile::Entry* data = FindProperty(storage, kAttachData, &type);
  if (data == nullptr) return Status::Ok();
  if (type == kObject && data->is_storage) return ReadMessage(*data, 24, depth + 1);
  const std::string content = file_.Read(*data, context_.limits().max_document_bytes);
  MemorySource member(content);
  return context_.ExtractMember(name, member);
}

Status MsgReader::ReadMessage(const OleFile::Entry& storage, size_t property_header,
                              uint32_t depth) {
  if (depth > kMaxMessageDepth) {
    context_.Partial(PartialReason::kArchiveNestingLevelOverLimit);
    return Status::Ok();
  }
  ReadProperties(storage, property_header);
  std::vector<std::pair<std::string_view, uint32_t>> parts;
  for (const uint32_t child : storage.children) {
    const OleFile::Entry& entry = file_.entries()[child];
    if (entry.is_storage) parts.emplace_back(entry.name, child);
  }
  std::sort(parts.begin(), parts.end());
  for (const auto& [name, child] : parts) {
    if (name.starts_with("__recip_version1.0_")) ReadProperties(file_.entries()[child], 8);
  }
  ASSAY_RETURN_IF_ERROR(ReadBodies(storage));
  for (const auto& [name, child] : parts) {
    if (writer_.stopped()) return Cancelled("the reader of the text stopped");
    if (!name.starts_with("__attach_version1.0_")) continue;
    ASSAY_RETURN_IF_ERROR(ReadAttachment(file_.entries()[child], depth));
  }
  return Status::Ok();
}

}  // namespace

std::string DecompressRtf(std::string_view compressed, uint64_t max) {
  constexpr size_t kHeaderBytes = 16;
  constexpr size_t kWindow = 4096;
  // What the dictionary holds at the start ([MS-OXRTFCP] 2.1.2.1).
  constexpr std::string_view kInitial =
      "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
      "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
      "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
  if (compressed.size() < kHeaderBytes) return {};
  const uint32_t raw_size = ReadLe32(compressed, 4);
  const std::string_view kind = compressed.substr(8, 4);
  max = std::min<uint64_t>(max, raw_size);
  if (kind == "MELA") return std::string(compressed.substr(kHeaderBytes, max));
  if (kind != "LZFu") return {};
  std::string window(kInitial);
  size_t write = window.size();
  window.resize(kWindow, ' ');
  std::string out;
  const auto put = [&](char c) {
    out += c;
    window[write] = c;
    write = (write + 1) % kWindow;
  };
  size_t at = kHeaderBytes;
  while (at < compressed.size() && out.size() < max) {
    const auto flags = static_cast<uint8_t>(compressed[at++]);
    for (int bit = 0; bit < 8 && at < compressed.size() && out.size() < max; ++bit) {
      if ((flags >> bit & 1) == 0) {
        put(compressed[at++]);
        continue;
      }
      if (at + 1 >= compressed.size()) return out;
      const uint32_t reference =
          static_cast<uint8_t>(compressed[at]) << 8 | static_cast<uint8_t>(compressed[at + 1]);
      at += 2;
      const size_t offset = reference >> 4;
      if (offset == write) return out;  // the end mark
      for (size_t i = 0; i < (reference & 0xF) + 2; ++i) put(window[(offset + i) % kWindow]);
    }
  }
  return out;
}

Status ExtractMsg(OleFile& file, ExtractContext& context) {
  DocumentWriter writer(context);
  ASSAY_RETURN_IF_ERROR(MsgReader(file, context, writer).ReadMessage(file.root(), 32, 0));
  return writer.Finish();
}

}  // namespace assay
