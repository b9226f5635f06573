#include "extract/compression.h"

#include <brotli/decode.h>
#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "extract/decoded_source.h"

namespace assay {
namespace {

constexpr uint64_t kMemoryLimit = 128ull << 20;
constexpr int kZstdWindowLog = 27;  // 128 MiB
constexpr size_t kMaxStep = std::numeric_limits<int32_t>::max() / 2;

const uint8_t* Bytes(std::string_view in) { return reinterpret_cast<const uint8_t*>(in.data()); }

// Remembers damage behind good bytes for the next call.
class StickyDecoder : public Decoder {
 public:
  Result<Step> Decode(std::string_view in, bool last, char* out, size_t n) final {
    if (!failure_.ok()) return failure_;
    if (done_) return Step{0, 0, true};
    Step step;
    failure_ = Run(in.substr(0, kMaxStep), last, out, std::min(n, kMaxStep), &step);
    if (!failure_.ok() && step.produced == 0) return failure_;
    if (step.ended) done_ = true;
    return step;
  }

 protected:
  virtual Status Run(std::string_view in, bool last, char* out, size_t n, Step* step) = 0;

 private:
  Status failure_;
  bool done_ = false;
};

class Bzip2Decoder final : public StickyDecoder {
 public:
  Bzip2Decoder() = default;
  ~Bzip2Decoder() override { Close(); }
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;

 protected:
  Status Run(std::string_view in, bool last, char* out, size_t n, Step* step) override {
    if (!open_) {
      if (in.empty() && !last) return Status::Ok();
      if (streams_ > 0 && (in.empty() || in[0] != 'B')) {
        step->ended = true;
        return Status::Ok();
      }
      stream_ = {};
      if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) return ResourceExhausted("bzip2");
      open_ = true;
      given_ = false;
    }
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = out;
    stream_.avail_out = static_cast<unsigned>(n);
    const int code = BZ2_bzDecompress(&stream_);
    step->consumed = in.size() - stream_.avail_in;
    step->produced = n - stream_.avail_out;
    given_ = given_ || step->produced > 0;
    if (code == BZ_STREAM_END) {
      Close();
      streams_++;
      return Status::Ok();
    }
    if (code == BZ_OK) return Status::Ok();
    if (streams_ > 0 && code == BZ_DATA_ERROR_MAGIC && !given_) {
      step->ended = true;
      return Status::Ok();
    }
    return DataLoss("damaged bzip2 stream");
  }

 private:
  void Close() {
    if (open_) BZ2_bzDecompressEnd(&stream_);
    open_ = false;
  }

  bz_stream stream_ = {};
  bool open_ = false;
  bool given_ = false;
  uint64_t streams_ = 0;
};

class LzmaDecoder final : public StickyDecoder {
 public:
  explicit LzmaDecoder(bool alone) {
    open_ = (alone ? lzma_alone_decoder(&stream_, kMemoryLimit)
                   : lzma_auto_decoder(&stream_, kMemoryLimit, LZMA_CONCATENATED)) == LZMA_OK;
  }
  ~LzmaDecoder() override { lzma_end(&stream_); }
  LzmaDecoder(const LzmaDecoder&) = delete;
  LzmaDecoder& operator=(const LzmaDecoder&) = delete;

 protected:
  Status Run(std::string_view in, bool last, char* out, size_t n, Step* step) override {
    if (!open_) return ResourceExhausted("xz");
    stream_.next_in = Bytes(in);
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(out);
    stream_.avail_out = n;
    const lzma_ret code = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    step->consumed = in.size() - stream_.avail_in;
    step->produced = n - stream_.avail_out;
    switch (code) {
      case LZMA_STREAM_END:
        step->ended = true;
        return Status::Ok();
      case LZMA_OK:
      case LZMA_BUF_ERROR:
        return Status::Ok();
      case LZMA_MEMLIMIT_ERROR:
        return ResourceExhausted("xz stream needs more memory than allowed");
      default:
        return DataLoss("damaged xz stream");
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool open_ = false;
};

class ZstdDecoder final : public StickyDecoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    if (stream_ != nullptr) ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

 protected:
  Status Run(std::string_view in, bool last, char* out, size_t n, Step* step) override {
    if (stream_ == nullptr) return ResourceExhausted("zstd");
    if (in.empty() && last && between_frames_) {
      step->ended = true;
      return Status::Ok();
    }
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out, n, 0};
    const size_t code = ZSTD_decompressStream(stream_, &output, &input);
    step->consumed = input.pos;
    step->produced = output.pos;
    if (ZSTD_isError(code)) return DataLoss("damaged zstd stream");
    between_frames_ = code == 0;
    return Status::Ok();
  }

 private:
  ZSTD_DStream* stream_;
  bool between_frames_ = false;
};

class BrotliStreamDecoder final : public StickyDecoder {
 public:
  BrotliStreamDecoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
  ~BrotliStreamDecoder() override { BrotliDecoderDestroyInstance(state_); }
  BrotliStreamDecoder(const BrotliStreamDecoder&) = delete;
  BrotliStreamDecoder& operator=(const BrotliStreamDecoder&) = delete;

 protected:
  Status Run(std::string_view in, bool, char* out, size_t n, Step* step) override {
    if (state_ == nullptr) return ResourceExhausted("brotli");
    const uint8_t* next_in = Bytes(in);
    size_t avail_in = in.size();
    auto* next_out = reinterpret_cast<uint8_t*>(out);
    size_t avail_out = n;
    const BrotliDecoderResult code =
        BrotliDecoderDecompressStream(state_, &avail_in, &next_in, &avail_out, &next_out, nullptr);
    step->consumed = in.size() - avail_in;
    step->produced = n - avail_out;
    if (code == BROTLI_DECODER_RESULT_SUCCESS) step->ended = true;
    if (code == BROTLI_DECODER_RESULT_ERROR) return DataLoss("damaged brotli stream");
    return Status::Ok();
  }

 private:
  BrotliDecoderState* state_;
};

}  // namespace

std::unique_ptr<Decoder> NewBzip2Decoder() { return std::make_unique<Bzip2Decoder>(); }
std::unique_ptr<Decoder> NewXzDecoder() { return std::make_unique<LzmaDecoder>(false); }
std::unique_ptr<Decoder> NewLzmaDecoder() { return std::make_unique<LzmaDecoder>(true); }
std::unique_ptr<Decoder> NewZstdDecoder() { return std::make_unique<ZstdDecoder>(); }
std::unique_ptr<Decoder> NewBrotliDecoder() { return std::make_unique<BrotliStreamDecoder>(); }

Status ExtractBzip2(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewBzip2Decoder());
}

Status ExtractXz(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewXzDecoder());
}

Status ExtractLzma(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewLzmaDecoder());
}

Status ExtractZstd(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewZstdDecoder());
}

Status ExtractBrotli(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewBrotliDecoder());
}

Status ExtractLzo(ByteSource& source, ExtractContext& context) {
  ToolRunner* tools = context.tools();
  if (tools == nullptr) return Unimplemented("lzo needs the lzop program");
  ASSAY_ASSIGN_OR_RETURN(const std::string_view packed,
                         source.All(context.limits().max_document_bytes));
  const ExtractLimits& limits = context.limits();
  bool truncated = false;
  ASSAY_ASSIGN_OR_RETURN(
      const std::string plain,
      tools->Run(Tool::kLzop, packed,
                 std::min(limits.max_document_bytes,
                          std::max(limits.ratio_floor_bytes, packed.size() * limits.max_ratio)),
                 &truncated));
  ASSAY_RETURN_IF_ERROR(context.Charge(plain.size(), packed.size()));
  if (source.truncated()) context.Partial(PartialReason::kFileExceedsSizeLimit);
  if (truncated) context.Partial(PartialReason::kArchiveExceedsSizeLimit);
  MemorySource inner(plain);
  return context.ExtractInner(NameWithoutCompression(context.name()), inner);
}

}  // namespace assay
