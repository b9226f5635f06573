// The scanner on arbitrary text, in pieces with overlap: whatever it reports must lie in the
// piece's own part, in order, and never overlap for one identifier.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string_view>

#include "detect/scanner.h"

namespace {

class FuzzLocator final : public assay::Locator {
 public:
  explicit FuzzLocator(std::string_view text) : text_(text) {}
  void Locate(size_t, size_t, assay::Location*) const override {}
  // Some of the text itself, so that field names are hostile too.
  std::string_view FieldName(size_t offset) const override {
    return offset % 3 == 0 ? text_.substr(offset / 2, 24) : std::string_view();
  }

 private:
  std::string_view text_;
};

class CheckingSink final : public assay::DetectionSink {
 public:
  void OnDetections(const assay::TextPiece& piece,
                    const std::vector<assay::Detection>& found) override {
    size_t last_begin = 0;
    std::map<uint32_t, size_t> last_end;
    for (const assay::Detection& detection : found) {
      if (detection.begin < last_begin || detection.begin < piece.own_begin ||
          detection.begin >= piece.own_end || detection.end <= detection.begin ||
          detection.end > piece.text.size() || detection.begin < last_end[detection.identifier]) {
        std::abort();
      }
      last_begin = detection.begin;
      last_end[detection.identifier] = detection.end;
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static assay::Scanner scanner(assay::Ruleset::Load({}).value());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const FuzzLocator locator(text);
  CheckingSink sink;
  scanner.BeginObject();
  for (const size_t begin : {size_t{0}, size / 3}) {
    assay::TextPiece piece;
    piece.text = text.substr(begin);
    piece.own_begin = piece.text.size() / 8;
    piece.own_end = piece.text.size() - piece.text.size() / 8;
    piece.base_offset = begin;
    piece.locator = &locator;
    scanner.Scan(piece, sink);
  }
  scanner.Themes();
  return 0;
}
