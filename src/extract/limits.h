// Limits of extraction. Every byte of an object is hostile: whatever can nest, repeat or expand is
// bounded here, and reaching a bound keeps what was read and marks the object PARTIAL.
#pragma once

#include <cstdint>

namespace assay {

struct ExtractLimits {
  uint32_t max_depth = 10;                    // archives within archives
  uint64_t max_members = 1'000'000;           // members over all levels of one object
  uint64_t max_member_bytes = 3ull << 30;     // expanded size of one member
  uint64_t max_expanded_bytes = 10ull << 30;  // expanded size of all members together
  // Expanded bytes allowed per compressed byte, once more than ratio_floor_bytes came out.
  uint64_t max_ratio = 1000;
  uint64_t ratio_floor_bytes = 64ull << 20;
  uint64_t max_document_bytes = 256ull << 20;  // formats that must be wholly in memory
  uint32_t max_nesting = 256;                  // JSON, XML, HTML, YAML
};

}  // namespace assay
