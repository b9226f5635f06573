// libassay-columnar.so: Parquet, ORC and Arrow through Arrow C++. One thread, memory from a capped
// pool, batch by batch; nothing that Arrow throws leaves this file.
#include <arrow/adapters/orc/adapter.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "extract/columnar_cells.h"
#include "extract/orc_time_zones.h"

namespace assay {
namespace {

constexpr int64_t kBatchRows = 1024;

// The object as Arrow reads it; counts what is read.
class HostFile final : public arrow::io::RandomAccessFile {
 public:
  HostFile(ColumnarHost* host, arrow::MemoryPool* pool) : host_(host), pool_(pool) {}

  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(host_->size()); }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t n, void* out) override {
    if (position < 0 || n < 0) return arrow::Status::IOError("bad range");
    const int64_t got = host_->ReadAt(static_cast<uint64_t>(position), static_cast<char*>(out),
                                      static_cast<uint64_t>(n));
    if (got < 0) return arrow::Status::IOError("read failed");
    bytes_read_ += static_cast<uint64_t>(got);
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t n) override {
    if (n < 0 || position < 0) return arrow::Status::IOError("bad range");
    const int64_t left = static_cast<int64_t>(host_->size()) - position;
    n = std::max<int64_t>(0, std::min(n, left));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(n, pool_));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position, n, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(got));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<int64_t> Read(int64_t n, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position_, n, out));
    position_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t n) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, n));
    position_ += buffer->size();
    return buffer;
  }

  uint64_t bytes_read() const { return bytes_read_; }

 private:
  ColumnarHost* host_;
  arrow::MemoryPool* pool_;
  int64_t position_ = 0;
  uint64_t bytes_read_ = 0;
  bool closed_ = false;
};

ColumnarOutcome OutcomeOf(const arrow::Status& status) {
  if (status.ok()) return ColumnarOutcome::kDone;
  if (status.IsOutOfMemory() || status.IsCapacityError()) return ColumnarOutcome::kOutOfMemory;
  if (status.IsNotImplemented()) return ColumnarOutcome::kUnsupported;
  return ColumnarOutcome::kDamaged;
}

class Reader {
 public:
  explicit Reader(ColumnarHost* host)
      : host_(host),
        pool_(arrow::system_memory_pool(), static_cast<int64_t>(host->memory_limit())),
        file_(std::make_shared<HostFile>(host, &pool_)),
        cells_(host) {}

  ColumnarOutcome Read(ColumnarFormat format) {
    switch (format) {
      case ColumnarFormat::kParquet:
        return Parquet();
      case ColumnarFormat::kOrc:
        return Orc();
      case ColumnarFormat::kArrow:
        return Arrow();
    }
    return ColumnarOutcome::kUnsupported;
  }

 private:
  ColumnarOutcome Parquet() {
    char magic[4] = {};
    if (host_->ReadAt(0, magic, 4) == 4 && magic[3] == 'E') return ColumnarOutcome::kEncrypted;
    parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();
    properties.set_buffer_size(64 * 1024);
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    arrow::Status status = builder.Open(file_, properties);
    if (!status.ok()) return OutcomeOf(status);
    builder.memory_pool(&pool_);
    builder.properties(arrow_properties);
    auto reader = builder.Build();
    if (!reader.ok()) return OutcomeOf(reader.status());
    auto batches = (*reader)->GetRecordBatchReader();
    if (!batches.ok()) return OutcomeOf(batches.status());
    return Batches(**batches, /*full=*/false);
  }

  ColumnarOutcome Orc() {
    auto reader = arrow::adapters::orc::ORCFileReader::Open(file_, &pool_);
    if (!reader.ok()) return OutcomeOf(reader.status());
    auto batches = (*reader)->GetRecordBatchReader(kBatchRows, std::vector<std::string>());
    if (!batches.ok()) return OutcomeOf(batches.status());
    return Batches(**batches, /*full=*/false);
  }

  ColumnarOutcome Arrow() {
    char magic[8] = {};
    if (host_->ReadAt(0, magic, 8) != 8) return ColumnarOutcome::kDamaged;
    // An IPC file is a stream behind eight bytes; read as one, it needs no footer.
    if (std::string_view(magic, 6) == "ARROW1") (void)file_->Seek(8);
    arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
    options.memory_pool = &pool_;
    options.use_threads = false;
    options.max_recursion_depth = 32;
    auto reader = arrow::ipc::RecordBatchStreamReader::Open(file_, options);
    if (!reader.ok()) return OutcomeOf(reader.status());
    return Batches(**reader, /*full=*/true);
  }

  ColumnarOutcome Batches(arrow::RecordBatchReader& batches, bool full) {
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      arrow::Status status = batches.ReadNext(&batch);
      if (!status.ok()) {
        return file_->bytes_read() >= host_->input_budget() ? ColumnarOutcome::kCutByBudget
                                                            : OutcomeOf(status);
      }
      if (batch == nullptr) return ColumnarOutcome::kDone;
      status = full ? batch->ValidateFull() : batch->Validate();
      if (!status.ok()) return OutcomeOf(status);
      if (!cells_.Write(*batch)) return ColumnarOutcome::kStopped;
      if (file_->bytes_read() > host_->input_budget()) return ColumnarOutcome::kCutByBudget;
    }
  }

  ColumnarHost* host_;
  arrow::CappedMemoryPool pool_;
  std::shared_ptr<HostFile> file_;
  ColumnarCells cells_;
};

}  // namespace
}  // namespace assay

extern "C" __attribute__((visibility("default"))) assay::ColumnarOutcome assay_extract_columnar_v1(
    assay::ColumnarFormat format, assay::ColumnarHost* host) {
  try {
    return assay::Reader(host).Read(format);
  } catch (const std::bad_alloc&) {
    return assay::ColumnarOutcome::kOutOfMemory;
  } catch (const std::exception&) {
    return assay::ColumnarOutcome::kDamaged;
  } catch (...) {
    return assay::ColumnarOutcome::kDamaged;
  }
}

extern "C" __attribute__((visibility("default"))) void assay_prepare_columnar_v1() {
  assay::LoadOrcTimeZones();
}
