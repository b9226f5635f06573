#include "extract/archive.h"

#include <archive_entry.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "extract/archive_input.h"

namespace assay {
namespace {

// After this many unreadable headers one after the other the rest is given up.
constexpr int kMaxBadHeaders = 16;
// A member that gives this many blocks of nothing in a row is over.
constexpr int kMaxEmptyBlocks = 1024;

ArchiveHandle NewReader() {
  ArchiveHandle reader(archive_read_new());
  if (!reader) return reader;
  archive* a = reader.get();
  archive_read_support_format_tar(a);
  archive_read_support_format_cpio(a);
  archive_read_support_format_ar(a);
  archive_read_support_format_zip(a);
  archive_read_support_format_7zip(a);
  archive_read_support_format_rar(a);
  archive_read_support_format_rar5(a);
  archive_read_support_format_cab(a);
  archive_read_support_format_iso9660(a);
  archive_read_support_format_lha(a);
  archive_read_support_format_xar(a);
  archive_read_support_format_warc(a);
  // An rpm is a lead and a header around a compressed cpio. A compressed archive by itself is
  // decompressed by its own extractor, never here.
  archive_read_support_filter_rpm(a);
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_xz(a);
  archive_read_support_filter_lzma(a);
  archive_read_support_filter_zstd(a);
  return reader;
}

// Pulls the bytes of the current member; remembers why it ended.
class MemberPull {
 public:
  MemberPull(archive* reader, ArchiveInput& input, ExtractContext& context)
      : reader_(reader), input_(input), context_(context) {}

  Result<size_t> Pull(char* out, size_t n) {
    if (block_.empty() && !NextBlock()) return size_t{0};
    const size_t count = std::min(n, block_.size());
    block_.copy(out, count);
    block_.remove_prefix(count);
    return count;
  }

  int code() const { return code_; }
  bool over_limit() const { return over_limit_; }
  uint64_t produced() const { return produced_; }

 private:
  // Blocks come one behind the other, whatever offsets they claim: the holes of sparse files hold
  // no text, and some readers count offsets over the whole archive.
  bool NextBlock() {
    const void* bytes = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int empty_blocks = 0;
    while (!ended_ && size == 0) {
      code_ = archive_read_data_block(reader_, &bytes, &size, &offset);
      // A warning comes with data; what follows an error does not.
      ended_ = code_ == ARCHIVE_EOF || code_ < ARCHIVE_WARN || ++empty_blocks > kMaxEmptyBlocks;
    }
    if (size == 0 || ended_) return false;
    produced_ += size;
    if (!context_.Charge(size, input_.TakeConsumed()).ok()) {
      ended_ = true;  // behind this block, which is here already
      over_limit_ = true;
    }
    block_ = {static_cast<const char*>(bytes), size};
    return true;
  }

  archive* reader_;
  ArchiveInput& input_;
  ExtractContext& context_;
  std::string_view block_;
  uint64_t produced_ = 0;
  bool ended_ = false;
  bool over_limit_ = false;
  int code_ = ARCHIVE_OK;
};

class ArchiveWalk {
 public:
  ArchiveWalk(archive* reader, ArchiveInput& input, ByteSource& source, ExtractContext& context)
      : reader_(reader), input_(input), source_(source), context_(context) {}

  Status Run() {
    int bad_headers = 0;
    while (true) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader_, &entry);
      if (code == ARCHIVE_EOF) return End();
      if (code == ARCHIVE_FATAL || (code < ARCHIVE_WARN && ++bad_headers > kMaxBadHeaders)) {
        return Damaged();
      }
      if (code < ARCHIVE_WARN) {
        damaged_ = true;
        continue;
      }
      bad_headers = 0;
      bool stop = false;
      ASSAY_RETURN_IF_ERROR(ReadMember(entry, &stop));
      if (stop) return Status::Ok();
    }
  }

 private:
  Status ReadMember(archive_entry* entry, bool* stop) {
    seen_++;
    if (archive_entry_is_encrypted(entry) != 0) {
      context_.Partial(PartialReason::kEncrypted);
      return Status::Ok();
    }
    if (archive_entry_filetype(entry) == AE_IFDIR || archive_entry_hardlink(entry) != nullptr) {
      return ChargeEmpty(stop);
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    const std::string label = name == nullptr ? "" : name;
    MemberPull pull(reader_, input_, context_);
    StreamSource member([&pull](char* out, size_t n) { return pull.Pull(out, n); },
                        context_.limits().max_member_bytes, SizeOf(entry));
    ASSAY_RETURN_IF_ERROR(context_.ExtractMember(label, member));
    if (pull.over_limit()) {
      // A bomb is not worth the time that skipping its rest takes; a member that is only large is.
      *stop = pull.produced() <= context_.limits().max_member_bytes;
    }
    return AfterMember(pull.code(), stop);
  }

  // Members without content cost time too.
  Status ChargeEmpty(bool* stop) {
    if (seen_ > context_.limits().max_members) {
      context_.Partial(PartialReason::kArchiveTotalDocumentsOverLimit);
      *stop = true;
    }
    return Status::Ok();
  }

  Status AfterMember(int code, bool* stop) {
    if (code >= ARCHIVE_WARN) return Status::Ok();
    if (archive_read_has_encrypted_entries(reader_) > 0) {
      context_.Partial(PartialReason::kEncrypted);
      return Status::Ok();
    }
    context_.Partial(source_.truncated() ? PartialReason::kFileExceedsSizeLimit
                                         : PartialReason::kMalformedFile);
    if (code == ARCHIVE_FATAL) *stop = true;
    return Status::Ok();
  }

  Status End() {
    if (damaged_) context_.Partial(PartialReason::kMalformedFile);
    return Status::Ok();
  }

  Status Damaged() {
    if (archive_read_has_encrypted_entries(reader_) > 0) {
      context_.Partial(PartialReason::kEncrypted);
      return Status::Ok();
    }
    if (source_.truncated()) context_.Partial(PartialReason::kFileExceedsSizeLimit);
    if (seen_ == 0) return DataLoss("damaged archive");
    context_.Partial(PartialReason::kMalformedFile);
    return Status::Ok();
  }

  static std::optional<uint64_t> SizeOf(archive_entry* entry) {
    if (archive_entry_size_is_set(entry) == 0 || archive_entry_size(entry) < 0) return std::nullopt;
    return static_cast<uint64_t>(archive_entry_size(entry));
  }

  archive* reader_;
  ArchiveInput& input_;
  ByteSource& source_;
  ExtractContext& context_;
  uint64_t seen_ = 0;
  bool damaged_ = false;
};

// Whether the format can only be read with seeking, or much better so.
bool WantsMemory(std::string_view head) {
  using std::string_view_literals::operator""sv;
  return head.starts_with("7z\xbc\xaf\x27\x1c"sv) || head.starts_with("PK\x03\x04"sv) ||
         head.starts_with("PK\x05\x06"sv) || head.starts_with("Rar!\x1a\x07"sv);
}

}  // namespace

Status ExtractArchive(ByteSource& source, ExtractContext& context) {
  ArchiveHandle reader = NewReader();
  if (!reader) return ResourceExhausted("archive reader");
  ASSAY_ASSIGN_OR_RETURN(const std::string_view head, source.Head(512));
  std::string_view memory;
  const uint64_t limit = context.limits().max_document_bytes;
  const bool fits = source.size().value_or(limit + 1) <= limit;
  if (WantsMemory(head) && (fits || source.seekable() || !head.starts_with("PK"))) {
    ASSAY_ASSIGN_OR_RETURN(memory, source.All(limit));
  }
  ArchiveInput input(source, memory);
  if (input.Open(reader.get()) < ARCHIVE_WARN) return DataLoss("not a readable archive");
  return ArchiveWalk(reader.get(), input, source, context).Run();
}

}  // namespace assay
