#include <algorithm>

#include "extract/charset.h"
#include "extract/document_writer.h"
#include "extract/format_list.h"
#include "extract/msg.h"
#include "extract/ole.h"
#include "extract/xls.h"

namespace assay {
namespace {

constexpr uint64_t kMaxTextBytes = 256ull << 20;

struct PropertyName {
  uint32_t id;
  std::string_view name;
};
// Properties of the summary information set ([MS-OLEPS] 3.1) that hold text.
constexpr PropertyName kSummaryNames[] = {{2, "title"},    {3, "subject"},  {4, "author"},
                                          {5, "keywords"}, {6, "comments"}, {8, "last author"}};

// Writes the text properties of the compound file's summary information.
void WriteSummary(OleFile& file, DocumentWriter& writer) {
  const OleFile::Entry* stream = file.Find(file.root(), "\005SummaryInformation");
  if (stream == nullptr) return;
  const std::string bytes = file.Read(*stream, 1 << 20);
  const size_t set = ReadLe32(bytes, 44);
  const uint32_t count = std::min(ReadLe32(bytes, set + 4), 1000u);
  std::string charset;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t id = ReadLe32(bytes, set + 8 + size_t{i} * 8);
    const size_t at = set + ReadLe32(bytes, set + 12 + size_t{i} * 8);
    constexpr uint32_t kInteger16 = 2;
    constexpr uint32_t kString = 30;
    if (id == 1 && ReadLe32(bytes, at) == kInteger16) {
      charset = CodePageCharset(ReadLe16(bytes, at + 4));
    }
    if (ReadLe32(bytes, at) != kString || at + 8 > bytes.size()) continue;
    for (const PropertyName& property : kSummaryNames) {
      if (property.id != id) continue;
      std::string_view text = std::string_view(bytes).substr(at + 8, ReadLe32(bytes, at + 4));
      text = text.substr(0, text.find('\0'));
      writer.Field(property.name, DecodeCharset(text, charset));
    }
  }
}

bool IsEncryptedWord(OleFile& file) {
  const OleFile::Entry* stream = file.Find(file.root(), "WordDocument");
  // FibBase.fEncrypted, [MS-DOC] 2.5.2.
  return stream != nullptr && (ReadLe16(file.Read(*stream, 32), 10) & 0x0100) != 0;
}

bool IsEncryptedPowerPoint(OleFile& file) {
  const OleFile::Entry* stream = file.Find(file.root(), "Current User");
  // CurrentUserAtom.headerToken, [MS-PPT] 2.3.2.
  return stream != nullptr && ReadLe32(file.Read(*stream, 32), 12) == 0xF3D1C4DF;
}

// Opens the compound file and hands it to `program`; "" with a mark when it is encrypted.
Result<std::string> RunProgram(Tool tool, std::string_view name, std::string_view bytes,
                               ExtractContext& context) {
  if (context.tools() == nullptr) {
    return Unimplemented("this format needs the program " + std::string(name) +
                         " (package catdoc)");
  }
  bool cut = false;
  ASSAY_ASSIGN_OR_RETURN(std::string text, context.tools()->Run(tool, bytes, kMaxTextBytes, &cut));
  if (cut) context.Partial(PartialReason::kArchiveTotalBytesOverLimit);
  std::replace(text.begin(), text.end(), '\f', '\n');  // they do not stand between slides
  return text;
}

Status ExtractDoc(std::string_view bytes, OleFile& file, ExtractContext& context) {
  if (IsEncryptedWord(file)) {
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string text,
                         RunProgram(Tool::kCatDoc, "catdoc", bytes, context));
  DocumentWriter writer(context);
  writer.Text(text);
  WriteSummary(file, writer);
  return writer.Finish();
}

Status ExtractPpt(std::string_view bytes, OleFile& file, ExtractContext& context) {
  if (IsEncryptedPowerPoint(file)) {
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string text,
                         RunProgram(Tool::kCatPpt, "catppt", bytes, context));
  DocumentWriter writer(context);
  writer.Text(text);
  WriteSummary(file, writer);
  return writer.Finish();
}

Status ExtractXls(std::string_view bytes, OleFile& file, ExtractContext& context) {
  const OleFile::Entry* stream = file.Find(file.root(), "Workbook");
  if (stream == nullptr) stream = file.Find(file.root(), "Book");
  if (stream == nullptr) return DataLoss("a compound file without a workbook");
  DocumentWriter writer(context);
  const std::string workbook = file.Read(*stream, context.limits().max_document_bytes);
  const Status status = WriteXls(workbook, context, writer);
  if (status.code() == StatusCode::kPermissionDenied) {
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  if (status.code() == StatusCode::kUnimplemented) {  // Excel 5 and 95: text without cell names
    ASSAY_ASSIGN_OR_RETURN(const std::string text,
                           RunProgram(Tool::kXls2Csv, "xls2csv", bytes, context));
    writer.Text(text);
  } else {
    ASSAY_RETURN_IF_ERROR(status);
  }
  WriteSummary(file, writer);
  return writer.Finish();
}

}  // namespace

// Goes by the streams there are, whatever the name says. An encrypted OOXML document is a compound
// file with an EncryptedPackage stream.
Status ExtractOle(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view bytes,
                         source.All(context.limits().max_document_bytes));
  ASSAY_ASSIGN_OR_RETURN(OleFile file, OleFile::Open(bytes));
  const auto has = [&](std::string_view name) { return file.Find(file.root(), name) != nullptr; };
  if (has("EncryptedPackage")) {
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  if (has("WordDocument")) return ExtractDoc(bytes, file, context);
  if (has("Workbook") || has("Book")) return ExtractXls(bytes, file, context);
  if (has("PowerPoint Document")) return ExtractPpt(bytes, file, context);
  if (has("__properties_version1.0")) return ExtractMsg(file, context);
  return Unimplemented("application/x-ole-storage");
}

}  // namespace assay
