#include "extract/mail.h"

#include <string>

#include "extract/charset.h"
#include "extract/format_list.h"
#include "extract/mime.h"

namespace assay {
namespace {

// Multiparts and messages within each other; a message of the world has at most five or six.
constexpr uint32_t kMaxParts = 10'000;
constexpr uint32_t kMaxMimeDepth = 20;

class MessageReader {
 public:
  MessageReader(ExtractContext& context, DocumentWriter& writer, std::string member_prefix)
      : context_(context), writer_(writer), member_prefix_(std::move(member_prefix)) {}

  // A whole message with its header fields.
  Status ReadMessage(std::string_view message, uint32_t depth);

 private:
  Status ReadEntity(const MimeEntity& entity, uint32_t depth);
  Status ReadMultipart(const MimeEntity& entity, const MimeValue& type, uint32_t depth);
  Status ReadText(const MimeEntity& entity, const MimeValue& type);
  Status ReadAttachment(const MimeEntity& entity, const MimeValue& type, std::string name);

  ExtractContext& context_;
  DocumentWriter& writer_;
  std::string member_prefix_;
  uint32_t parts_ = 0;
};

Status MessageReader::ReadMessage(std::string_view message, uint32_t depth) {
  const MimeEntity entity = ParseEntity(message);
  for (const HeaderField& field : entity.fields) {
    writer_.Field(field.name, DecodeHeaderText(field.value));
  }
  writer_.EndLine();
  return ReadEntity(entity, depth);
}

std::string AttachmentName(const MimeEntity& entity, const MimeValue& type,
                           const MimeValue& disposition) {
  std::string name(disposition.Find("filename"));
  if (name.empty()) name = type.Find("name");
  if (name.empty() && disposition.value == "attachment") {
    name = DecodeHeaderText(entity.Find("Content-Description"));
  }
  return name;
}

Status MessageReader::ReadEntity(const MimeEntity& entity, uint32_t depth) {
  if (writer_.stopped()) return Cancelled("the reader of the text stopped");
  if (++parts_ > kMaxParts || depth > kMaxMimeDepth) {
    context_.Partial(PartialReason::kArchiveNestingLevelOverLimit);
    return Status::Ok();
  }
  MimeValue type = ParseMimeValue(entity.Find("Content-Type"));
  if (type.value.empty()) type.value = "text/plain";
  if (type.value.starts_with("multipart/")) return ReadMultipart(entity, type, depth);
  const MimeValue disposition = ParseMimeValue(entity.Find("Content-Disposition"));
  std::string name = AttachmentName(entity, type, disposition);
  if (type.value == "message/rfc822" || type.value == "message/global") {
    writer_.EndLine();
    const std::string inner = DecodeTransfer(entity.body, entity.Find("Content-Transfer-Encoding"));
    return ReadMessage(inner, depth + 1);
  }
  const bool attached = disposition.value == "attachment" || !name.empty();
  const bool text = type.value.starts_with("text/") || type.value.starts_with("message/");
  if (text && !attached && type.value != "text/calendar") return ReadText(entity, type);
  return ReadAttachment(entity, type, std::move(name));
}

Status MessageReader::ReadMultipart(const MimeEntity& entity, const MimeValue& type,
                                    uint32_t depth) {
  const auto parts =
      SplitMultipart(entity.body, type.Find("boundary"), kMaxParts - std::min(parts_, kMaxParts));
  if (parts.empty()) {  // no boundary, or none found: read it as the text it is
    writer_.Text(DecodeCharset(entity.body, {}));
    writer_.EndLine();
  }
  for (const std::string_view part : parts) {
    ASSAY_RETURN_IF_ERROR(ReadEntity(ParseEntity(part), depth + 1));
  }
  return Status::Ok();
}

Status MessageReader::ReadText(const MimeEntity& entity, const MimeValue& type) {
  const std::string body = DecodeTransfer(entity.body, entity.Find("Content-Transfer-Encoding"));
  if (type.value == "text/html") return AppendHtml(body, type.Find("charset"), writer_);
  writer_.Text(DecodeCharset(body, type.Find("charset")));
  writer_.EndLine();
  return Status::Ok();
}

Status MessageReader::ReadAttachment(const MimeEntity& entity, const MimeValue& type,
                                     std::string name) {
  std::string content = DecodeTransfer(entity.body, entity.Find("Content-Transfer-Encoding"));
  if (content.empty()) return Status::Ok();
  if (const std::string_view charset = type.Find("charset");
      type.value.starts_with("text/") && !charset.empty()) {
    content = DecodeCharset(content, charset);
  }
  if (name.empty()) name = "part-" + std::to_string(parts_);
  MemorySource member(content);
  return context_.ExtractMember(member_prefix_ + name, member);
}

bool IsMboxSeparator(std::string_view line) { return line.starts_with("From "); }

// Undoes the quoting of "From " lines (mboxrd): ">From " -> "From ".
std::string UnquoteFromLines(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  for (size_t line = 0; line < message.size();) {
    const size_t end = std::min(message.find('\n', line), message.size() - 1) + 1;
    size_t text = line;
    while (text < end && message[text] == '>') ++text;
    const bool quoted = text > line && IsMboxSeparator(message.substr(text, end - text));
    out.append(message.substr(quoted ? line + 1 : line, end - line - (quoted ? 1 : 0)));
    line = end;
  }
  return out;
}

// The end of the message that begins behind a separator line: the next separator after an empty
// line, or the end of the mailbox.
size_t MessageEnd(std::string_view mailbox, size_t begin) {
  size_t at = begin;
  while ((at = mailbox.find("\nFrom ", at)) != mailbox.npos) {
    const bool after_empty_line = at == begin || mailbox[at - 1] == '\n' ||
                                  (at >= 2 && mailbox[at - 1] == '\r' && mailbox[at - 2] == '\n');
    if (after_empty_line) return at + 1;
    ++at;
  }
  return mailbox.size();
}

}  // namespace

Status AppendHtml(std::string_view html, std::string_view charset, DocumentWriter& writer) {
  // The mark makes the HTML reader take it as UTF-8 whatever its own <meta> says.
  const std::string text = "\xEF\xBB\xBF" + DecodeCharset(html, charset);
  return writer.AppendFrom([&](ExtractContext& context) {
    MemorySource source(text);
    return ExtractHtml(source, context);
  });
}

Status ExtractEml(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view message,
                         source.All(context.limits().max_document_bytes));
  DocumentWriter writer(context);
  ASSAY_RETURN_IF_ERROR(MessageReader(context, writer, "").ReadMessage(message, 0));
  return writer.Finish();
}

Status ExtractMbox(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view mailbox,
                         source.All(context.limits().max_document_bytes));
  DocumentWriter writer(context);
  uint64_t record = 0;
  for (size_t at = 0; at < mailbox.size() && !writer.stopped();) {
    const size_t line_end = std::min(mailbox.find('\n', at), mailbox.size() - 1);
    const size_t end = MessageEnd(mailbox, line_end);
    const std::string message = UnquoteFromLines(mailbox.substr(line_end + 1, end - line_end - 1));
    writer.BeginRecord(record++);
    MessageReader reader(context, writer, "message-" + std::to_string(record) + "/");
    ASSAY_RETURN_IF_ERROR(reader.ReadMessage(message, 0));
    at = end;
  }
  return writer.Finish();
}

}  // namespace assay
