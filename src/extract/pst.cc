#include "extract/format_list.h"

namespace assay {
namespace {

constexpr uint64_t kMaxTextBytes = 1ull << 30;

}  // namespace

// readpst turns the folders into mailboxes, one behind the other.
Status ExtractPst(ByteSource& source, ExtractContext& context) {
  if (context.tools() == nullptr) {
    return Unimplemented("Outlook PST needs the program readpst (package pst-utils)");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view bytes,
                         source.All(context.limits().max_document_bytes));
  bool cut = false;
  ASSAY_ASSIGN_OR_RETURN(const std::string mailboxes,
                         context.tools()->Run(Tool::kReadPst, bytes, kMaxTextBytes, &cut));
  ASSAY_RETURN_IF_ERROR(context.Charge(mailboxes.size(), bytes.size()));
  if (cut) context.Partial(PartialReason::kArchiveTotalBytesOverLimit);
  MemorySource mailbox(mailboxes);
  return ExtractMbox(mailbox, context);
}

}  // namespace assay
