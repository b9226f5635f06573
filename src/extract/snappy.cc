#include <snappy.h>

#include <algorithm>
#include <cstring>

#include "extract/compression.h"
#include "extract/decoded_source.h"

namespace assay {
namespace {

// The framing format of google/snappy framing_format.txt.
constexpr size_t kHeaderSize = 4;
constexpr size_t kCrcSize = 4;
constexpr size_t kMaxPlain = 65536;
constexpr unsigned char kCompressed = 0x00;
constexpr unsigned char kUncompressed = 0x01;
constexpr unsigned char kFirstSkippable = 0x80;

class SnappyFramedDecoder final : public Decoder {
 public:
  Result<Step> Decode(std::string_view in, bool last, char* out, size_t n) override {
    Step step;
    if (plain_given_ < plain_.size()) return Give(out, n, step);
    // A chunk is gathered whole: it is at most 16 MiB long, in practice 64 KiB.
    while (true) {
      const size_t want = Want();
      if (chunk_.size() >= kHeaderSize && chunk_.size() == want) break;
      const size_t take = std::min(want - chunk_.size(), in.size() - step.consumed);
      chunk_.append(in.substr(step.consumed, take));
      step.consumed += take;
      if (take == 0) {
        if (last && chunk_.empty()) step.ended = true;
        return step;
      }
    }
    Status status = TakeChunk();
    chunk_.clear();
    if (!status.ok()) return status;
    return Give(out, n, step);
  }

 private:
  size_t Want() const {
    if (chunk_.size() < kHeaderSize) return kHeaderSize;
    uint32_t size = 0;
    std::memcpy(&size, chunk_.data() + 1, 3);
    return kHeaderSize + size;
  }

  Status TakeChunk() {
    const auto type = static_cast<unsigned char>(chunk_[0]);
    std::string_view body = std::string_view(chunk_).substr(kHeaderSize);
    plain_.clear();
    plain_given_ = 0;
    if (type >= kFirstSkippable) return Status::Ok();
    if (type > kUncompressed || body.size() < kCrcSize) return DataLoss("damaged snappy chunk");
    body.remove_prefix(kCrcSize);
    if (type == kUncompressed) {
      plain_.assign(body);
      return Status::Ok();
    }
    static_assert(kCompressed == 0);
    size_t size = 0;
    if (!snappy::GetUncompressedLength(body.data(), body.size(), &size) || size > kMaxPlain ||
        !snappy::Uncompress(body.data(), body.size(), &plain_)) {
      plain_.clear();
      return DataLoss("damaged snappy chunk");
    }
    return Status::Ok();
  }

  Result<Step> Give(char* out, size_t n, Step step) {
    step.produced = std::min(n, plain_.size() - plain_given_);
    std::memcpy(out, plain_.data() + plain_given_, step.produced);
    plain_given_ += step.produced;
    return step;
  }

  std::string chunk_;
  std::string plain_;
  size_t plain_given_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> NewSnappyFramedDecoder() {
  return std::make_unique<SnappyFramedDecoder>();
}

Status ExtractSnappyFramed(ByteSource& source, ExtractContext& context) {
  return ExtractDecoded(source, context, *NewSnappyFramedDecoder());
}

Status ExtractSnappyRaw(ByteSource& source, ExtractContext& context) {
  const uint64_t limit = context.limits().max_document_bytes;
  ASSAY_ASSIGN_OR_RETURN(const std::string_view packed, source.All(limit));
  size_t size = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) {
    return DataLoss("not a snappy block");
  }
  // A block grows at most 64 / 3 times: a copy of up to 64 bytes takes 3.
  if (size > limit || size / 32 > packed.size()) {
    return DataLoss("snappy block claims an impossible size");
  }
  ASSAY_RETURN_IF_ERROR(context.Charge(size, packed.size()));
  std::string plain;
  if (!snappy::Uncompress(packed.data(), packed.size(), &plain)) {
    return DataLoss("damaged snappy block");
  }
  MemorySource inner(plain);
  return context.ExtractInner(NameWithoutCompression(context.name()), inner);
}

}  // namespace assay
