#include "detect/phrase_filter.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay {
namespace {

constexpr size_t kShortBuckets = 4;  // for phrases of less than four bytes, which accept more
constexpr size_t kBuckets = 16;

void AddByte(PhraseFilter* filter, size_t bucket, size_t place, uint8_t byte) {
  auto& table = filter->tables[bucket / 8][place];
  const auto bit = static_cast<uint8_t>(1u << (bucket % 8));
  table[byte & 127] |= bit;
  if (byte >= 'a' && byte <= 'z') table[byte - 32] |= bit;
}

// Phrases alike share a bucket, so that its tables stay thin.
void Deal(const std::vector<std::string>& sorted, size_t first_bucket, size_t buckets,
          PhraseFilter* filter) {
  for (size_t i = 0; i < sorted.size(); ++i) {
    const size_t bucket = first_bucket + i * buckets / sorted.size();
    for (size_t place = 0; place < PhraseFilter::kBytes; ++place) {
      if (place < sorted[i].size()) {
        AddByte(filter, bucket, place, static_cast<uint8_t>(sorted[i][place]));
        continue;
      }
      for (unsigned any = 0; any < 128; ++any) {
        AddByte(filter, bucket, place, static_cast<uint8_t>(any));
      }
    }
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) void FindAvx512(const PhraseFilter& filter,
                                                                       const char* text,
                                                                       size_t blocks,
                                                                       uint64_t* out) {
  __m512i low[2][PhraseFilter::kBytes];
  __m512i high[2][PhraseFilter::kBytes];
  for (size_t half = 0; half < 2; ++half) {
    for (size_t place = 0; place < PhraseFilter::kBytes; ++place) {
      low[half][place] = _mm512_loadu_si512(filter.tables[half][place].data());
      high[half][place] = _mm512_loadu_si512(filter.tables[half][place].data() + 64);
    }
  }
  for (size_t b = 0; b < blocks; ++b, text += 64) {
    __m512i found[2] = {_mm512_set1_epi8(-1), _mm512_set1_epi8(-1)};
    for (size_t place = 0; place < PhraseFilter::kBytes; ++place) {
      const __m512i bytes = _mm512_loadu_si512(text + place);
      for (size_t half = 0; half < 2; ++half) {
        const __m512i buckets =
            _mm512_permutex2var_epi8(low[half][place], bytes, high[half][place]);
        found[half] = _mm512_and_si512(found[half], buckets);
      }
    }
    const __m512i any = _mm512_or_si512(found[0], found[1]);
    out[b] = _mm512_test_epi8_mask(any, any);
  }
}
#endif

}  // namespace

PhraseFilter BuildPhraseFilter(std::vector<std::string> phrases) {
  std::sort(phrases.begin(), phrases.end());
  std::vector<std::string> longer, shorter;
  for (const std::string& phrase : phrases) {
    std::vector<std::string>& list = phrase.size() < PhraseFilter::kBytes ? shorter : longer;
    const std::string beginning = phrase.substr(0, PhraseFilter::kBytes);
    if (list.empty() || list.back() != beginning) list.push_back(beginning);
  }
  PhraseFilter filter;
  Deal(shorter, 0, kShortBuckets, &filter);
  Deal(longer, kShortBuckets, kBuckets - kShortBuckets, &filter);
  return filter;
}

bool HasFastPhraseFilter() {
#if defined(__x86_64__)
  static const bool kFast = __builtin_cpu_supports("avx512vbmi") != 0 &&
                            __builtin_cpu_supports("avx512bw") != 0 &&
                            __builtin_cpu_supports("avx512f") != 0;
  return kFast;
#else
  return false;
#endif
}

void FindBeginnings(const PhraseFilter& filter, const char* text, size_t blocks, uint64_t* out) {
#if defined(__x86_64__)
  if (HasFastPhraseFilter()) return FindAvx512(filter, text, blocks, out);
#endif
  std::fill_n(out, blocks, ~uint64_t{0});
}

bool MayBeginHere(const PhraseFilter& filter, const char* text) {
  uint8_t found[2] = {0xFF, 0xFF};
  for (size_t place = 0; place < PhraseFilter::kBytes; ++place) {
    const size_t byte = static_cast<uint8_t>(text[place]) & 127;
    for (size_t half = 0; half < 2; ++half) found[half] &= filter.tables[half][place][byte];
  }
  return (found[0] | found[1]) != 0;
}

}  // namespace assay
