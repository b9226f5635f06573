#include "detect/byte_masks.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay {
namespace {

enum : uint16_t {
  kDigit = 1,
  kUpper = 2,
  kWord = 4,
  kToken = 8,
  kHigh = 16,
  kColon = 32,
  kUnder = 64,
  kAnchor = 128,
  kGap = 256
};

constexpr std::array<uint16_t, 256> MakeClasses() {
  std::array<uint16_t, 256> classes{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    uint16_t bits = 0;
    const bool digit = byte >= '0' && byte <= '9';
    const bool upper = byte >= 'A' && byte <= 'Z';
    const bool word = digit || upper || (byte >= 'a' && byte <= 'z') || byte == '_';
    if (digit) bits |= kDigit;
    if (upper) bits |= kUpper;
    if (word) bits |= kWord;
    if (word || byte == '+' || byte == '/' || byte == '=' || byte == '-') bits |= kToken;
    if (byte >= 0x80) bits |= kHigh;
    if (byte == ':') bits |= kColon;
    if (byte == '_') bits |= kUnder;
    if (byte == '@' || byte == '=') bits |= kAnchor;
    if (kGapBytes.find(static_cast<char>(byte)) != std::string_view::npos) bits |= kGap;
    classes[byte] = bits;
  }
  return classes;
}
constexpr std::array<uint16_t, 256> kClasses = MakeClasses();

void ComputePortable(const char* text, size_t blocks, ByteMasks* out) {
  for (size_t b = 0; b < blocks; ++b, text += 64) {
    ByteMasks masks{};
    for (unsigned i = 0; i < 64; ++i) {
      const uint64_t bits = kClasses[static_cast<uint8_t>(text[i])];
      masks.digit |= (bits & 1) << i;
      masks.upper |= (bits >> 1 & 1) << i;
      masks.word |= (bits >> 2 & 1) << i;
      masks.token |= (bits >> 3 & 1) << i;
      masks.high |= (bits >> 4 & 1) << i;
      masks.colon |= (bits >> 5 & 1) << i;
      masks.under |= (bits >> 6 & 1) << i;
      masks.anchor |= (bits >> 7 & 1) << i;
      masks.gap |= (bits >> 8 & 1) << i;
    }
    out[b] = masks;
  }
}
bool Always() { return true; }

#if defined(__x86_64__)
struct Bits32 {
  uint32_t digit, upper, word, token, high, colon, under, anchor, gap;
};

__attribute__((target("avx2"))) inline uint32_t InRange(__m256i bytes, char low, char span) {
  const __m256i shifted = _mm256_sub_epi8(bytes, _mm256_set1_epi8(low));
  const __m256i capped = _mm256_min_epu8(shifted, _mm256_set1_epi8(span));
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(capped, shifted)));
}
__attribute__((target("avx2"))) inline uint32_t Equal(__m256i bytes, char c) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))));
}

__attribute__((target("avx2"))) Bits32 Half(const char* text) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  Bits32 bits{};
  bits.digit = InRange(bytes, '0', 9);
  bits.upper = InRange(bytes, 'A', 25);
  const uint32_t letter = InRange(_mm256_or_si256(bytes, _mm256_set1_epi8(32)), 'a', 25);
  bits.under = Equal(bytes, '_');
  bits.word = bits.digit | letter | bits.under;
  // '-' and '/' are one apart from '.'; '+' and '=' stand alone.
  const uint32_t equal = Equal(bytes, '=');
  bits.token = bits.word | Equal(bytes, '+') | Equal(bytes, '-') | Equal(bytes, '/') | equal;
  bits.anchor = Equal(bytes, '@') | equal;
  bits.high = static_cast<uint32_t>(_mm256_movemask_epi8(bytes));
  bits.colon = Equal(bytes, ':');
  bits.gap = InRange(bytes, ',', 2) | Equal(bytes, ' ') | Equal(bytes, '\'');
  return bits;
}

__attribute__((target("avx2"))) void ComputeAvx2(const char* text, size_t blocks, ByteMasks* out) {
  const auto join = [](uint32_t low, uint32_t high) { return low | uint64_t{high} << 32; };
  for (size_t b = 0; b < blocks; ++b, text += 64) {
    const Bits32 low = Half(text);
    const Bits32 high = Half(text + 32);
    out[b] = {
        join(low.digit, high.digit), join(low.upper, high.upper),   join(low.word, high.word),
        join(low.token, high.token), join(low.high, high.high),     join(low.colon, high.colon),
        join(low.under, high.under), join(low.anchor, high.anchor), join(low.gap, high.gap)};
  }
}
bool HasAvx2() { return __builtin_cpu_supports("avx2") != 0; }

__attribute__((target("avx512bw,avx512f"))) inline uint64_t InRange512(__m512i bytes, char low,
                                                                       char span) {
  return _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(low)),
                                _mm512_set1_epi8(span));
}

__attribute__((target("avx512bw,avx512f"))) void ComputeAvx512(const char* text, size_t blocks,
                                                               ByteMasks* out) {
  for (size_t b = 0; b < blocks; ++b, text += 64) {
    const __m512i bytes = _mm512_loadu_si512(text);
    const auto equal = [&bytes](char c) __attribute__((target("avx512bw,avx512f"))) {
      return static_cast<uint64_t>(_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)));
    };
    ByteMasks masks{};
    masks.digit = InRange512(bytes, '0', 9);
    masks.upper = InRange512(bytes, 'A', 25);
    const uint64_t letter = InRange512(_mm512_or_si512(bytes, _mm512_set1_epi8(32)), 'a', 25);
    masks.under = equal('_');
    masks.word = masks.digit | letter | masks.under;
    const uint64_t equals = equal('=');
    masks.token = masks.word | equal('+') | equal('-') | equal('/') | equals;
    masks.anchor = equal('@') | equals;
    masks.high = static_cast<uint64_t>(_mm512_movepi8_mask(bytes));
    masks.colon = equal(':');
    masks.gap = InRange512(bytes, ',', 2) | equal(' ') | equal('\'');
    out[b] = masks;
  }
}
bool HasAvx512() {
  return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512f") != 0;
}
#else
void ComputeAvx2(const char* text, size_t blocks, ByteMasks* out) {
  ComputePortable(text, blocks, out);
}
void ComputeAvx512(const char* text, size_t blocks, ByteMasks* out) {
  ComputePortable(text, blocks, out);
}
bool HasAvx2() { return false; }
bool HasAvx512() { return false; }
#endif

const MaskKernel& Best() {
  for (const MaskKernel& kernel : kMaskKernelTable) {
    if (kernel.supported()) return kernel;
  }
  return kMaskKernelTable[kMaskKernels - 1];
}

}  // namespace

const MaskKernel kMaskKernelTable[kMaskKernels] = {
    {"avx512", HasAvx512, ComputeAvx512},
    {"avx2", HasAvx2, ComputeAvx2},
    {"portable", Always, ComputePortable},
};

void ComputeMasks(const char* text, size_t size, ByteMasks* out) {
  static const MaskKernel& kernel = Best();
  const size_t blocks = size / 64;
  kernel.compute(text, blocks, out);
  if (const size_t rest = size % 64; rest != 0) {
    std::array<char, 64> last{};
    std::memcpy(last.data(), text + blocks * 64, rest);
    kernel.compute(last.data(), 1, out + blocks);
  }
}

}  // namespace assay
