// PhraseFilter: at which bytes of a text can one of many phrases begin, by their first four bytes,
// for 64 places at once. The phrases are dealt to 16 buckets; for each of the four bytes a table
// says which buckets have it there. A place stays when some bucket has all four.
//
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace assay {

struct PhraseFilter {
  static constexpr size_t kBytes = 4;
  // Buckets 0-7 and 8-15 by the byte's lower seven bits.
  std::array<std::array<std::array<uint8_t, 128>, kBytes>, 2> tables{};
};

// Of phrases in lower case, found in either case.
PhraseFilter BuildPhraseFilter(std::vector<std::string> phrases);

// out[b]: bit i is 0 only when no phrase begins at text[64 * b + i]. Reads 3 bytes behind the
// blocks. Where the processor has no fast way to tell, all bits are 1.
void FindBeginnings(const PhraseFilter& filter, const char* text, size_t blocks, uint64_t* out);

// The plain definition, for the test.
bool MayBeginHere(const PhraseFilter& filter, const char* text);
// Whether FindBeginnings does more than to set all bits here.
bool HasFastPhraseFilter();

}  // namespace assay
