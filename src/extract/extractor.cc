#include "extract/extractor.h"

#include <algorithm>
#include <utility>

#include "extract/columnar.h"
#include "extract/formats.h"

namespace assay {
namespace {

// Content types beyond this many are not listed: an archive may hold anything.
constexpr size_t kMaxContentTypes = 64;

class NullLocator final : public Locator {
 public:
  void Locate(size_t, size_t, Location*) const override {}
  bool HasFieldNames() const override { return false; }
};

// What all levels of one object share.
struct Run {
  const ExtractLimits& limits;
  ToolRunner* tools;
  TextSink& sink;
  ExtractReport& report;
  uint64_t expanded = 0;
  bool cancelled = false;
  bool exhausted = false;  // a limit on the total is reached: nothing more is opened

  void Mark(PartialReason reason) {
    if (report.partial == PartialReason::kNone) report.partial = reason;
  }
  void AddContentType(std::string_view type) {
    std::vector<std::string>& types = report.content_types;
    if (types.size() >= kMaxContentTypes) return;
    if (std::find(types.begin(), types.end(), type) == types.end()) types.emplace_back(type);
  }
};

// One level: the object, a member, or the inside of a compressed stream.
class Level final : public ExtractContext {
 public:
  Level(Run& run, std::string_view name, std::string path, uint32_t depth)
      : run_(run), name_(name), path_(std::move(path)), depth_(depth) {}

  bool Emit(TextPiece piece) override {
    static const NullLocator null_locator;
    piece.member = path_;
    if (piece.locator == nullptr) piece.locator = &null_locator;
    run_.report.text_bytes += piece.own_end - piece.own_begin;
    if (!run_.cancelled && !run_.sink.OnText(piece)) run_.cancelled = true;
    return !run_.cancelled;
  }

  void Partial(PartialReason reason) override { run_.Mark(reason); }

  void SetEncoding(std::string_view encoding) override {
    if (run_.report.encoding.empty()) run_.report.encoding = encoding;
  }

  Status ExtractMember(std::string_view name, ByteSource& member) override {
    std::string path = path_;
    if (!path.empty()) path.push_back('/');
    path.append(name);
    return Descend(name, std::move(path), member);
  }

  Status ExtractInner(std::string_view name_hint, ByteSource& inner) override {
    return Descend(name_hint, path_, inner);
  }

  ToolRunner* tools() override { return run_.tools; }
  const ExtractLimits& limits() const override { return run_.limits; }
  std::string_view name() const override { return name_; }

  Status Charge(uint64_t produced, uint64_t consumed) override {
    child_produced_ += produced;
    child_consumed_ += consumed;
    run_.expanded += produced;
    if (run_.expanded > run_.limits.max_expanded_bytes) {
      run_.exhausted = true;
      return Over(PartialReason::kArchiveTotalBytesOverLimit);
    }
    if (child_produced_ > run_.limits.max_member_bytes) {
      return Over(PartialReason::kArchiveExceedsSizeLimit);
    }
    if (child_produced_ > run_.limits.ratio_floor_bytes && child_consumed_ > 0 &&
        child_produced_ / child_consumed_ > run_.limits.max_ratio) {
      return Over(PartialReason::kCompressionRatioOverLimit);
    }
    return Status::Ok();
  }

 private:
  Status Over(PartialReason reason) {
    run_.Mark(reason);
    return ResourceExhausted(std::string(PartialReasonCode(reason)));
  }

  Status Descend(std::string_view name, std::string path, ByteSource& source) {
    if (run_.cancelled) return Cancelled("stopped");
    if (run_.exhausted) return ResourceExhausted("a limit of the whole object is reached");
    if (depth_ + 1 > run_.limits.max_depth) {
      run_.Mark(PartialReason::kArchiveNestingLevelOverLimit);
      return Status::Ok();
    }
    if (run_.report.members >= run_.limits.max_members) {
      run_.exhausted = true;
      return Over(PartialReason::kArchiveTotalDocumentsOverLimit);
    }
    ++run_.report.members;
    Level child(run_, name, std::move(path), depth_ + 1);
    const Status status = child.Read(source);
    child_produced_ = 0;
    child_consumed_ = 0;
    return MarkChild(status, source.truncated());
  }

  // A child's bad end is a mark on the whole; only a stop for everybody goes up.
  Status MarkChild(const Status& status, bool truncated) {
    if (run_.cancelled) return Cancelled("stopped");
    if (run_.exhausted) return ResourceExhausted("a limit of the whole object is reached");
    if (truncated) run_.Mark(PartialReason::kArchiveExceedsSizeLimit);
    switch (status.code()) {
      case StatusCode::kOk:
        break;
      case StatusCode::kUnimplemented:
        run_.Mark(PartialReason::kArchiveContainsUnprocessedFiles);
        break;
      case StatusCode::kResourceExhausted:
        run_.Mark(PartialReason::kArchiveExceedsSizeLimit);
        break;
      case StatusCode::kDeadlineExceeded:
        run_.Mark(PartialReason::kTimeCutOff);
        break;
      default:
        run_.Mark(PartialReason::kUnparsableMember);
        break;
    }
    return Status::Ok();
  }

 public:
  // Finds the format of `source` and reads it.
  Status Read(ByteSource& source) {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view head, source.Head(ByteSource::kMaxHead));
    const Format format = DetectFormat(head, name_);
    if (depth_ == 0) run_.report.content_type = format.content_type;
    run_.AddContentType(format.content_type);
    if (head.empty()) return Status::Ok();
    if (NeedsColumnarPlugin(head) && !ColumnarPluginLoaded()) run_.report.needs_columnar = true;
    if (format.extract == nullptr) return Unimplemented(std::string(format.content_type));
    return format.extract(source, *this);
  }

 private:
  Run& run_;
  std::string_view name_;
  std::string path_;
  uint32_t depth_;
  uint64_t child_produced_ = 0;
  uint64_t child_consumed_ = 0;
};

// How the outermost extractor's end reads for the whole object.
Status Conclude(const Status& status, bool truncated, Run& run) {
  if (run.cancelled) return Cancelled("the reader of the text stopped");
  if (truncated) run.Mark(PartialReason::kFileExceedsSizeLimit);
  const bool has_text = run.report.text_bytes > 0 || run.report.members > 0;
  switch (status.code()) {
    case StatusCode::kOk:
      return status;
    case StatusCode::kDataLoss:
      if (!has_text && !truncated) return status;
      run.Mark(PartialReason::kMalformedFile);
      return Status::Ok();
    case StatusCode::kResourceExhausted:
      if (!has_text) return status;
      run.Mark(PartialReason::kArchiveExceedsSizeLimit);
      return Status::Ok();
    case StatusCode::kDeadlineExceeded:
      if (!has_text) return status;
      run.Mark(PartialReason::kTimeCutOff);
      return Status::Ok();
    default:
      return status;
  }
}

}  // namespace

std::string_view PartialReasonCode(PartialReason reason) {
  switch (reason) {
    case PartialReason::kNone:
      return "";
    case PartialReason::kFileExceedsSizeLimit:
      return "FILE_EXCEEDS_SIZE_LIMIT";
    case PartialReason::kArchiveContainsUnprocessedFiles:
      return "ARCHIVE_CONTAINS_UNPROCESSED_FILES";
    case PartialReason::kArchiveNestingLevelOverLimit:
      return "ARCHIVE_NESTING_LEVEL_OVER_LIMIT";
    case PartialReason::kArchiveTotalBytesOverLimit:
      return "ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT";
    case PartialReason::kArchiveTotalDocumentsOverLimit:
      return "ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT";
    case PartialReason::kArchiveExceedsSizeLimit:
      return "ARCHIVE_EXCEEDS_SIZE_LIMIT";
    case PartialReason::kCompressionRatioOverLimit:
      return "COMPRESSION_RATIO_OVER_LIMIT";
    case PartialReason::kJsonNestingLevelOverLimit:
      return "JSON_NESTING_LEVEL_OVER_LIMIT";
    case PartialReason::kNestingLevelOverLimit:
      return "NESTING_LEVEL_OVER_LIMIT";
    case PartialReason::kMalformedFile:
      return "MALFORMED_FILE";
    case PartialReason::kEncrypted:
      return "INVALID_ENCRYPTION";
    case PartialReason::kUnparsableMember:
      return "UNABLE_TO_PARSE_FILE";
    case PartialReason::kTimeCutOff:
      return "TIME_CUT_OFF_REACHED";
  }
  return "";
}

Status ExtractObject(ByteSource& source, std::string_view name, const ExtractLimits& limits,
                     ToolRunner* tools, TextSink& sink, ExtractReport* report) {
  *report = {};
  Run run{limits, tools, sink, *report};
  // A cut object is partial for that reason first, whatever damage the cut then causes.
  if (source.size() && source.truncated()) run.Mark(PartialReason::kFileExceedsSizeLimit);
  Level level(run, name, "", 0);
  const Status status = level.Read(source);
  return Conclude(status, source.truncated(), run);
}

}  // namespace assay
