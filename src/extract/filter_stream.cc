#include <archive_entry.h>

#include "extract/archive_input.h"
#include "extract/compression.h"
#include "extract/decoded_source.h"

namespace assay {
namespace {

using FilterFn = int (*)(archive*);

// Reads a stream that has one of libarchive's filters around it and nothing inside that it knows.
Status ExtractFiltered(ByteSource& source, ExtractContext& context, FilterFn filter) {
  ArchiveHandle reader(archive_read_new());
  if (!reader) return ResourceExhausted("archive reader");
  archive_read_support_format_raw(reader.get());
  filter(reader.get());
  ArchiveInput input(source, {});
  archive_entry* entry = nullptr;
  if (input.Open(reader.get()) < ARCHIVE_WARN ||
      archive_read_next_header(reader.get(), &entry) < ARCHIVE_WARN) {
    return DataLoss("damaged compressed stream");
  }
  bool ended = false;
  uint64_t produced = 0;
  auto pull = [&](char* out, size_t n) -> Result<size_t> {
    if (ended) return size_t{0};
    const la_ssize_t got = archive_read_data(reader.get(), out, n);
    if (got > 0 && context.Charge(static_cast<uint64_t>(got), input.TakeConsumed()).ok()) {
      produced += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    ended = true;
    if (got < 0 && produced > 0) {
      context.Partial(source.truncated() ? PartialReason::kFileExceedsSizeLimit
                                         : PartialReason::kMalformedFile);
    }
    return size_t{0};
  };
  StreamSource inner(pull, context.limits().max_member_bytes);
  ASSAY_ASSIGN_OR_RETURN(const std::string_view head, inner.Head(1));
  if (head.empty()) return DataLoss("damaged compressed stream");
  return context.ExtractInner(NameWithoutCompression(context.name()), inner);
}

}  // namespace

Status ExtractCompressZ(ByteSource& source, ExtractContext& context) {
  return ExtractFiltered(source, context, archive_read_support_filter_compress);
}

Status ExtractLz4(ByteSource& source, ExtractContext& context) {
  return ExtractFiltered(source, context, archive_read_support_filter_lz4);
}

}  // namespace assay
