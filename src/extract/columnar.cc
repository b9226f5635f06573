#include "extract/columnar.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "extract/format_list.h"
#include "extract/table_piece.h"

namespace assay {
namespace {

using std::string_view_literals::operator""sv;

ColumnarEntry g_entry = nullptr;

class Host final : public ColumnarHost {
 public:
  Host(ByteSource& source, std::string_view part, ExtractContext& context)
      : source_(source),
        part_(part),
        context_(context),
        cut_(source.truncated()),
        table_(context, TableStyle::kRecords) {}

  uint64_t size() const override { return source_.size().value_or(part_.size()); }

  int64_t ReadAt(uint64_t offset, char* out, uint64_t n) override {
    if (offset <= part_.size() && n <= part_.size() - offset) {
      std::memcpy(out, part_.data() + offset, n);
      return static_cast<int64_t>(n);
    }
    if (!source_.seekable()) return ReadPart(offset, out, n);
    Result<size_t> got = source_.ReadAt(offset, out, n);
    return got.ok() ? static_cast<int64_t>(*got) : -1;
  }

  // A cut object is read as far as its cut would reach, wherever in the file the bytes lie.
  uint64_t input_budget() const override { return cut_ ? part_.size() : UINT64_MAX; }
  uint64_t memory_limit() const override { return context_.limits().max_document_bytes; }

  void NameColumn(uint32_t column, std::string_view name, std::string_view path) override {
    table_.NameColumn(column, name, path);
  }
  void AddCell(uint32_t column, std::string_view text) override {
    bytes_ += text.size();
    table_.AddCell(column, text);
  }
  bool EndRow() override {
    rows_++;
    status_ = table_.EndRow();
    // Dictionaries and run lengths expand like a compressed stream.
    if (status_.ok() && bytes_ > kChargeStep) {
      status_ = context_.Charge(bytes_, std::max<uint64_t>(1, part_.size() / 1024));
      bytes_ = 0;
    }
    return status_.ok();
  }

  uint64_t rows() const { return rows_; }
  // Hands on the last rows; why reading stopped when it did.
  Status Finish() {
    const Status flushed = table_.Flush();
    return flushed.ok() ? status_ : flushed;
  }

 private:
  static constexpr uint64_t kChargeStep = 1 << 20;

  int64_t ReadPart(uint64_t offset, char* out, uint64_t n) const {
    if (offset >= part_.size()) return 0;
    const uint64_t count = std::min<uint64_t>(n, part_.size() - offset);
    std::memcpy(out, part_.data() + offset, count);
    return static_cast<int64_t>(count);
  }

  ByteSource& source_;
  std::string_view part_;
  ExtractContext& context_;
  bool cut_;
  TablePieceBuilder table_;
  Status status_;
  uint64_t bytes_ = 0;
  uint64_t rows_ = 0;
};

Status ExtractColumnar(ByteSource& source, ExtractContext& context, ColumnarFormat format) {
  if (g_entry == nullptr) return Unimplemented("this format needs the columnar plug-in");
  ASSAY_ASSIGN_OR_RETURN(const std::string_view part,
                         source.All(context.limits().max_document_bytes));
  Host host(source, part, context);
  const ColumnarOutcome outcome = g_entry(format, &host);
  ASSAY_RETURN_IF_ERROR(host.Finish());
  switch (outcome) {
    case ColumnarOutcome::kDone:
    case ColumnarOutcome::kStopped:
      return Status::Ok();
    case ColumnarOutcome::kCutByBudget:
      context.Partial(PartialReason::kFileExceedsSizeLimit);
      return Status::Ok();
    case ColumnarOutcome::kUnsupported:
      return Unimplemented("a flavour of a columnar format that is not read");
    case ColumnarOutcome::kOutOfMemory:
      return ResourceExhausted("columnar file needs more memory than allowed");
    case ColumnarOutcome::kEncrypted:
      context.Partial(PartialReason::kEncrypted);
      return Status::Ok();
    case ColumnarOutcome::kDamaged:
      break;
  }
  return DataLoss("damaged columnar file");
}

}  // namespace

Status LoadColumnarPlugin(const std::string& directory) {
  if (g_entry != nullptr) return Status::Ok();
  const std::string path = directory + "/libassay-columnar.so";
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* why = dlerror();
    return NotFound(std::string("columnar plug-in: ") + (why != nullptr ? why : "not loadable"));
  }
  void* symbol = dlsym(module, ASSAY_COLUMNAR_SYMBOL);
  void* prepare = dlsym(module, ASSAY_COLUMNAR_PREPARE_SYMBOL);
  if (symbol == nullptr || prepare == nullptr) {
    dlclose(module);
    return InvalidArgument(path + " belongs to another version of Assay");
  }
  // Never closed: its code runs until the process ends.
  std::memcpy(&g_entry, &symbol, sizeof(g_entry));
  ColumnarPrepare call = nullptr;
  std::memcpy(&call, &prepare, sizeof(call));
  call();
  return Status::Ok();
}

bool ColumnarPluginLoaded() { return g_entry != nullptr; }

ColumnarOutcome ReadColumnarFile(ColumnarFormat format, ColumnarHost* host) {
  return g_entry(format, host);
}

bool NeedsColumnarPlugin(std::string_view head) {
  // The schema message of an Arrow stream is never as long as 16 MiB.
  const bool arrow_stream = head.size() >= 16 && head.starts_with("\xff\xff\xff\xff"sv) &&
                            head[7] == '\0' && head[8] == '\x10';
  return head.starts_with("PAR1"sv) || head.starts_with("PARE"sv) || head.starts_with("ORC"sv) ||
         head.starts_with("ARROW1\0\0"sv) || arrow_stream;
}

Status ExtractParquet(ByteSource& source, ExtractContext& context) {
  return ExtractColumnar(source, context, ColumnarFormat::kParquet);
}

Status ExtractOrc(ByteSource& source, ExtractContext& context) {
  return ExtractColumnar(source, context, ColumnarFormat::kOrc);
}

Status ExtractArrow(ByteSource& source, ExtractContext& context) {
  return ExtractColumnar(source, context, ColumnarFormat::kArrow);
}

}  // namespace assay
