// OffsetMap: where decoded text (escapes and entities replaced) stood in the raw text.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

class OffsetMap {
 public:
  // From decoded offset `decoded` on, text is a copy of the raw text from `raw` on. Ascending.
  void Add(size_t decoded, size_t raw) {
    steps_.push_back({static_cast<uint32_t>(decoded), static_cast<uint32_t>(raw)});
  }
  // The raw offset of a decoded one; the same offset when nothing was replaced.
  size_t ToRaw(size_t decoded) const {
    auto after =
        std::upper_bound(steps_.begin(), steps_.end(), decoded,
                         [](size_t value, const Step& step) { return value < step.decoded; });
    if (after == steps_.begin()) return decoded;
    --after;
    size_t raw = after->raw + (decoded - after->decoded);
    if (after + 1 != steps_.end()) raw = std::min<size_t>(raw, (after + 1)->raw);
    return raw;
  }
  // The smallest decoded offset that stands at or behind raw offset `raw`.
  size_t ToDecoded(size_t raw) const {
    auto after = std::upper_bound(steps_.begin(), steps_.end(), raw,
                                  [](size_t value, const Step& step) { return value < step.raw; });
    if (after == steps_.begin()) {
      return steps_.empty() ? raw : std::min<size_t>(raw, steps_.front().decoded);
    }
    --after;
    const size_t decoded = after->decoded + (raw - after->raw);
    if (after + 1 != steps_.end()) return std::min<size_t>(decoded, (after + 1)->decoded);
    return decoded;
  }
  bool empty() const { return steps_.empty(); }

 private:
  struct Step {
    uint32_t decoded;
    uint32_t raw;
  };
  std::vector<Step> steps_;
};

}  // namespace assay
