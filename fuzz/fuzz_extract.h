// What every fuzz target of an extractor does with its input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "extract/extractor.h"

namespace assay {

inline void FuzzRequire(bool condition) {
  if (!condition) std::abort();
}

// Checks what a piece promises: ranges inside the text, a locator that answers for any span.
inline void CheckPiece(const TextPiece& piece, uint32_t seed) {
  FuzzRequire(piece.own_begin <= piece.own_end && piece.own_end <= piece.text.size());
  FuzzRequire(piece.locator != nullptr);
  if (piece.text.empty()) return;
  for (int i = 0; i < 8; ++i) {
    seed = seed * 1664525u + 1013904223u;
    const size_t begin = seed % piece.text.size();
    const size_t end = begin + (seed >> 8) % (piece.text.size() - begin + 1);
    Location location;
    location.start = piece.base_offset + begin;
    location.end = piece.base_offset + end;
    FuzzRequire(piece.locator->FieldName(begin).size() <= 1 << 20);
    piece.locator->Locate(begin, end, &location);
    FuzzRequire(location.start <= location.end);
    FuzzRequire(!location.line || *location.line >= 1);
    FuzzRequire(!location.column || *location.column >= 1);
  }
}

inline ExtractLimits FuzzLimits() {
  ExtractLimits limits;
  limits.max_depth = 4;
  limits.max_members = 200;
  limits.max_member_bytes = 4 << 20;
  limits.max_expanded_bytes = 8 << 20;
  limits.ratio_floor_bytes = 1 << 20;
  limits.max_document_bytes = 4 << 20;
  limits.max_nesting = 64;
  return limits;
}

class FuzzContext final : public ExtractContext {
 public:
  FuzzContext(std::string_view name, uint32_t seed, uint64_t pieces)
      : limits_(FuzzLimits()), name_(name), seed_(seed), pieces_left_(pieces) {}

  bool Emit(TextPiece piece) override {
    static const Plain plain;
    if (piece.locator == nullptr) piece.locator = &plain;
    FuzzRequire(!stopped_);
    CheckPiece(piece, seed_++);
    text_ += piece.own_end - piece.own_begin;
    FuzzRequire(text_ <= 1u << 30);
    stopped_ = --pieces_left_ == 0;
    return !stopped_;
  }
  void Partial(PartialReason reason) override { FuzzRequire(!PartialReasonCode(reason).empty()); }
  void SetEncoding(std::string_view) override {}
  Status ExtractMember(std::string_view, ByteSource& member) override {
    if (stopped_) return Cancelled("stopped");
    if (++members_ > limits_.max_members) return ResourceExhausted("members");
    while (true) {
      const Result<std::string_view> chunk = member.Next(64 * 1024);
      if (!chunk.ok() || chunk->empty()) return Status::Ok();
    }
  }
  Status ExtractInner(std::string_view name, ByteSource& inner) override {
    return ExtractMember(name, inner);
  }
  ToolRunner* tools() override { return nullptr; }
  const ExtractLimits& limits() const override { return limits_; }
  std::string_view name() const override { return name_; }
  Status Charge(uint64_t produced, uint64_t) override {
    expanded_ += produced;
    return expanded_ > limits_.max_expanded_bytes ? ResourceExhausted("bytes") : Status::Ok();
  }

 private:
  class Plain final : public Locator {
   public:
    void Locate(size_t, size_t, Location*) const override {}
  };

  ExtractLimits limits_;
  std::string_view name_;
  uint32_t seed_;
  uint64_t pieces_left_;
  bool stopped_ = false;
  uint64_t text_ = 0;
  uint64_t members_ = 0;
  uint64_t expanded_ = 0;
};

// Bytes given in chunks of `step`.
inline StreamSource::PullFn ChunksOf(std::string_view bytes, size_t step) {
  return [bytes, step, at = size_t{0}](char* out, size_t n) mutable -> Result<size_t> {
    const size_t count = std::min({n, step, bytes.size() - at});
    bytes.copy(out, count, at);
    at += count;
    return count;
  };
}

inline int FuzzExtractor(ExtractFn extract, std::string_view name, const uint8_t* data,
                         size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const uint32_t seed = size > 0 ? data[size / 2] : 0;
  {
    MemorySource source(bytes, size + (seed % 3 == 0 ? 1000 : 0));
    FuzzContext context(name, seed, seed % 5 == 0 ? 2 : 1'000'000);
    (void)extract(source, context).ok();
  }
  StreamSource source(ChunksOf(bytes, 1 + seed * 7), seed % 2 == 0 ? UINT64_MAX : size / 2 + 1);
  FuzzContext context(name, seed, 1'000'000);
  (void)extract(source, context).ok();
  return 0;
}

}  // namespace assay
