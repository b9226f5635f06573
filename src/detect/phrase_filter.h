// PhraseFilter: at which bytes of a text can one of many phrases or literals begin, by their first
// four bytes, for 64 places at once. The phrases are dealt to 16 buckets; for each of four hashes
// of the four bytes a table says which buckets have it. A place stays when some bucket has all
// four. Hashes rather than the bytes themselves: a bucket of a hundred phrases has nearly every
// letter somewhere in each place, but seldom more than half of the 128 values of a hash.
//
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct PhraseFilter {
  static constexpr size_t kBytes = 4;
  static constexpr size_t kHashes = 4;
  static constexpr size_t kParts = 3;
  // Buckets 0-7, 8-15 (phrases) and 16-23 (literals) by the lower seven bits of each hash.
  std::array<std::array<std::array<uint8_t, 128>, kHashes>, kParts> tables{};
  // Literals of two bytes, folded: as one of a bucket they would let too much pass.
  static constexpr size_t kMaxPairs = 4;
  std::array<std::array<uint8_t, 2>, kMaxPairs> pairs{};
  uint32_t pair_count = 0;
};

// Of phrases in lower case, found in either case, and of literals of at least two bytes.
PhraseFilter BuildPhraseFilter(const std::vector<std::string>& phrases,
                               const std::vector<std::string>& literals);

// Bit i of phrases[b] is 0 only when no phrase begins at text[begin + 64 * b + i] and before `end`;
// the same for literals. Where the processor has no fast way to tell, all bits of the phrases are 1
// and the literals' are not set.
struct Beginnings {
  uint64_t* phrases;
  uint64_t* literals;
};
void FindBeginnings(const PhraseFilter& filter, std::string_view text, size_t begin, size_t end,
                    const Beginnings& out);

// The plain definition, for the test; REQUIRES: kBytes bytes at `text`.
struct MayBegin {
  bool phrase, literal;
};
MayBegin MayBeginHere(const PhraseFilter& filter, const char* text);
// Whether FindBeginnings does more than to set all bits here.
bool HasFastPhraseFilter();

}  // namespace assay
