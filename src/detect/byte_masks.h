// ByteMasks: which bytes of a block of 64 are digits, upper-case letters, and so on, one bit a
// byte. The fast first look at every byte; AVX-512, AVX2 or plain code, chosen once at run time.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay {

// Bit i stands for byte i of the block.
struct ByteMasks {
  uint64_t digit;   // 0-9
  uint64_t upper;   // A-Z
  uint64_t word;    // letters, digits, '_'
  uint64_t token;   // word and + / = -
  uint64_t high;    // >= 0x80
  uint64_t colon;   // ':'
  uint64_t under;   // '_'
  uint64_t anchor;  // kAnchorBytes
  uint64_t gap;     // kGapBytes
};

// Bytes that identifiers are found by and that are too frequent for a search among other literals.
inline constexpr std::string_view kAnchorBytes = "@=";

// Bytes that stand between the words of a name or an address.
inline constexpr std::string_view kGapBytes = " ',-.";

// Fills out[0 .. ceil(size / 64)) for text[0 .. size); bits behind the end are 0.
void ComputeMasks(const char* text, size_t size, ByteMasks* out);

// The three implementations, for the test that all are equal. `Supported` says whether this
// processor has what an implementation needs.
struct MaskKernel {
  std::string_view name;
  bool (*supported)();
  void (*compute)(const char* text, size_t blocks, ByteMasks* out);  // whole blocks only
};
inline constexpr size_t kMaskKernels = 3;
extern const MaskKernel kMaskKernelTable[kMaskKernels];  // best first

}  // namespace assay
