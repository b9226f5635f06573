#include "extract/document_writer.h"
#include "extract/format_list.h"

namespace assay {
namespace {

// Text that a PDF of the largest size we read can hold; far more is a bomb.
constexpr uint64_t kMaxTextBytes = 256ull << 20;

}  // namespace

// pdftotext reads it, in a sandbox of its own; pages are separated by form feeds.
Status ExtractPdf(ByteSource& source, ExtractContext& context) {
  if (context.tools() == nullptr) {
    return Unimplemented("PDF needs the program pdftotext (package poppler-utils)");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view pdf,
                         source.All(context.limits().max_document_bytes));
  bool cut = false;
  Result<std::string> text = context.tools()->Run(Tool::kPdfToText, pdf, kMaxTextBytes, &cut);
  if (!text.ok()) {
    // A document that needs no password to be opened is encrypted too, but pdftotext reads it.
    const bool refused = text.status().code() == StatusCode::kDataLoss;
    if (!refused || pdf.find("/Encrypt") == pdf.npos) return text.status();
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  if (cut) context.Partial(PartialReason::kArchiveTotalBytesOverLimit);
  DocumentWriter writer(context);
  uint32_t page = 0;
  for (std::string_view rest = *text; !rest.empty() && !writer.stopped();) {
    const size_t end = std::min(rest.find('\f'), rest.size());
    writer.BeginPage(++page);
    writer.Text(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return writer.Finish();
}

}  // namespace assay
