#include "detect/phrase_filter.h"

#include <algorithm>
#include <set>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay {
namespace {

// Phrases of less than four bytes, which accept more, have buckets of their own.
constexpr size_t kShortBuckets = 4;
constexpr size_t kPhraseBuckets = 16;
constexpr size_t kShortLiteralBuckets = 1;
constexpr size_t kBuckets = PhraseFilter::kParts * 8;
constexpr size_t kValues = 128;  // of a hash

using Hashes = std::array<uint8_t, PhraseFilter::kHashes>;

// Additions only, so that a vector of bytes can do the same: the first hash is of two bytes, the
// second of three, the others of four, in either case.
Hashes HashBeginning(const char* text) {
  std::array<uint32_t, PhraseFilter::kBytes> c{};
  for (size_t i = 0; i < c.size(); ++i) c[i] = static_cast<uint8_t>(text[i]) | 0x20u;
  const uint32_t two = 5 * c[0] + c[1];
  const uint32_t three = 3 * two + c[2];
  const uint32_t four = 5 * three + c[3];
  const uint32_t other = (5 * c[3] + c[1]) ^ (c[0] + 4 * c[2]);
  return {static_cast<uint8_t>(two % kValues), static_cast<uint8_t>(three % kValues),
          static_cast<uint8_t>(four % kValues), static_cast<uint8_t>(other % kValues)};
}

class FilterBuilder {
 public:
  void Add(size_t bucket, const std::string& beginning) {
    std::string padded = beginning;
    padded.resize(PhraseFilter::kBytes);
    const Hashes hashes = HashBeginning(padded.data());
    // The hashes, from the first on, that are of no more bytes than there are.
    const size_t known =
        beginning.size() >= PhraseFilter::kBytes ? hashes.size() : beginning.size() - 1;
    const auto bit = static_cast<uint8_t>(1u << (bucket % 8));
    for (size_t h = 0; h < hashes.size(); ++h) {
      auto& table = filter.tables[bucket / 8][h];
      if (h < known) {
        table[hashes[h]] |= bit;
      } else {
        for (uint8_t& any : table) any |= bit;
      }
    }
  }

  PhraseFilter filter;
};

// Buckets from `first` on, up to `last`.
struct Buckets {
  size_t first, last;
  size_t count() const { return last - first; }
};

// Beginnings with the same first hash share a bucket, and buckets are filled evenly, the largest
// first: each then has few values of the first hash and about as many of the others.
void DealByHash(const std::vector<std::string>& beginnings, Buckets buckets,
                FilterBuilder* builder) {
  std::array<std::vector<std::string>, kValues> by_hash;
  for (const std::string& text : beginnings) {
    by_hash[HashBeginning(text.data())[0]].push_back(text);
  }
  std::stable_sort(by_hash.begin(), by_hash.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::vector<size_t> load(buckets.count());
  for (const auto& group : by_hash) {
    const auto least = std::min_element(load.begin(), load.end()) - load.begin();
    load[static_cast<size_t>(least)] += group.size();
    for (const std::string& text : group) {
      builder->Add(buckets.first + static_cast<size_t>(least), text);
    }
  }
}

// The first bytes of each, once; those of less than kBytes go into the first `short_buckets`.
void Deal(const std::vector<std::string>& texts, Buckets buckets, size_t short_buckets,
          FilterBuilder* builder) {
  std::set<std::string> longer, shorter;
  for (const std::string& text : texts) {
    (text.size() < PhraseFilter::kBytes ? shorter : longer)
        .insert(text.substr(0, PhraseFilter::kBytes));
  }
  size_t i = 0;
  for (const std::string& text : shorter) {
    builder->Add(buckets.first + i++ * short_buckets / shorter.size(), text);
  }
  DealByHash({longer.begin(), longer.end()}, {buckets.first + short_buckets, buckets.last},
             builder);
}

#if defined(__x86_64__)
#define ASSAY_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

ASSAY_VBMI inline __m512i Twice(__m512i x) { return _mm512_add_epi8(x, x); }
ASSAY_VBMI inline __m512i FiveTimes(__m512i x) { return _mm512_add_epi8(Twice(Twice(x)), x); }

ASSAY_VBMI void FindAvx512(const PhraseFilter& filter, const char* text, size_t blocks,
                           const Beginnings& out) {
  constexpr size_t kHashes = PhraseFilter::kHashes;
  constexpr size_t kParts = PhraseFilter::kParts;
  __m512i low[kParts][kHashes];
  __m512i high[kParts][kHashes];
  for (size_t part = 0; part < kParts; ++part) {
    for (size_t hash = 0; hash < kHashes; ++hash) {
      low[part][hash] = _mm512_loadu_si512(filter.tables[part][hash].data());
      high[part][hash] = _mm512_loadu_si512(filter.tables[part][hash].data() + 64);
    }
  }
  const __m512i fold = _mm512_set1_epi8(0x20);
  for (size_t b = 0; b < blocks; ++b, text += 64) {
    __m512i c[PhraseFilter::kBytes];
    for (size_t i = 0; i < PhraseFilter::kBytes; ++i) {
      c[i] = _mm512_or_si512(_mm512_loadu_si512(text + i), fold);
    }
    // As HashBeginning; the permutation looks at the lower seven bits only.
    const __m512i two = _mm512_add_epi8(FiveTimes(c[0]), c[1]);
    const __m512i three = _mm512_add_epi8(_mm512_add_epi8(Twice(two), two), c[2]);
    const __m512i four = _mm512_add_epi8(FiveTimes(three), c[3]);
    const __m512i other = _mm512_xor_si512(_mm512_add_epi8(FiveTimes(c[3]), c[1]),
                                           _mm512_add_epi8(c[0], Twice(Twice(c[2]))));
    const __m512i hashes[kHashes] = {two, three, four, other};
    __m512i found[kParts];
    for (size_t part = 0; part < kParts; ++part) {
      found[part] = _mm512_permutex2var_epi8(low[part][0], hashes[0], high[part][0]);
      for (size_t hash = 1; hash < kHashes; ++hash) {
        found[part] = _mm512_and_si512(
            found[part], _mm512_permutex2var_epi8(low[part][hash], hashes[hash], high[part][hash]));
      }
    }
    const __m512i phrases = _mm512_or_si512(found[0], found[1]);
    out.phrases[b] = _mm512_test_epi8_mask(phrases, phrases);
    uint64_t literals = _mm512_test_epi8_mask(found[2], found[2]);
    for (size_t i = 0; i < filter.pair_count; ++i) {
      const __m512i first = _mm512_set1_epi8(static_cast<char>(filter.pairs[i][0]));
      const __m512i second = _mm512_set1_epi8(static_cast<char>(filter.pairs[i][1]));
      literals |= _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(c[0], first), c[1], second);
    }
    out.literals[b] = literals;
  }
}
#endif

}  // namespace

PhraseFilter BuildPhraseFilter(const std::vector<std::string>& phrases,
                               const std::vector<std::string>& literals) {
  FilterBuilder builder;
  Deal(phrases, {0, kPhraseBuckets}, kShortBuckets, &builder);
  PhraseFilter& filter = builder.filter;
  std::vector<std::string> others;
  for (const std::string& literal : literals) {
    if (literal.size() == 2 && filter.pair_count < PhraseFilter::kMaxPairs) {
      const auto folded = [&literal](size_t i) {
        return static_cast<uint8_t>(static_cast<uint8_t>(literal[i]) | 0x20u);
      };
      filter.pairs[filter.pair_count++] = {folded(0), folded(1)};
    } else {
      others.push_back(literal);
    }
  }
  Deal(others, {kPhraseBuckets, kBuckets}, kShortLiteralBuckets, &builder);
  return builder.filter;
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

void FindBeginnings(const PhraseFilter& filter, std::string_view text, size_t begin, size_t end,
                    const Beginnings& out) {
  const size_t blocks = (end - begin + 63) / 64;
#if defined(__x86_64__)
  if (HasFastPhraseFilter()) {
    constexpr size_t kBehind = PhraseFilter::kBytes - 1;
    const size_t left = text.size() - begin;
    const size_t whole = left < kBehind ? 0 : std::min(blocks, (left - kBehind) / 64);
    FindAvx512(filter, text.data() + begin, whole, out);
    // The last bytes of the text, with zeros behind them.
    for (size_t b = whole; b < blocks; ++b) {
      std::array<char, 64 + kBehind> padded{};
      text.copy(padded.data(), padded.size(), begin + b * 64);
      FindAvx512(filter, padded.data(), 1, {out.phrases + b, out.literals + b});
    }
    return;
  }
#endif
  std::fill_n(out.phrases, blocks, ~uint64_t{0});
}

MayBegin MayBeginHere(const PhraseFilter& filter, const char* text) {
  const Hashes hashes = HashBeginning(text);
  std::array<uint8_t, PhraseFilter::kParts> found{};
  for (size_t part = 0; part < found.size(); ++part) {
    found[part] = 0xFF;
    for (size_t hash = 0; hash < hashes.size(); ++hash) {
      found[part] &= filter.tables[part][hash][hashes[hash]];
    }
  }
  bool pair = false;
  for (size_t i = 0; i < filter.pair_count; ++i) {
    pair |= (static_cast<uint8_t>(text[0]) | 0x20u) == filter.pairs[i][0] &&
            (static_cast<uint8_t>(text[1]) | 0x20u) == filter.pairs[i][1];
  }
  return {(found[0] | found[1]) != 0, found[2] != 0 || pair};
}

}  // namespace assay
