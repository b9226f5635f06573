// Any bytes through the whole path: format detection, extractor, members.
#include "fuzz_extract.h"

namespace {

class CheckingSink final : public assay::TextSink {
 public:
  bool OnText(const assay::TextPiece& piece) override {
    assay::CheckPiece(piece, seed_++);
    return true;
  }

 private:
  uint32_t seed_ = 1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  assay::MemorySource source(bytes);
  CheckingSink sink;
  assay::ExtractReport report;
  (void)assay::ExtractObject(source, "", assay::FuzzLimits(), nullptr, sink, &report).ok();
  assay::FuzzRequire(!report.content_type.empty());
  return 0;
}
