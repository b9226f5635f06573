// Keywords and theme phrases: looked up wherever a word begins.
#include <bit>

#include "detect/scan_state.h"

namespace assay {
namespace {

// Hits that no match still to come can reach are dropped from time to time.
constexpr size_t kKeepBehind = 4 * kMaxMatchBytes;

void DropOldHits(ScanState& state) {
  std::vector<KeywordHit>& hits = state.keyword_hits;
  if (state.chunk_begin < kKeepBehind) return;
  const size_t oldest = state.chunk_begin - kKeepBehind;
  const auto first = std::find_if(hits.begin(), hits.end(),
                                  [oldest](const KeywordHit& hit) { return hit.begin >= oldest; });
  hits.erase(hits.begin(), first);
}

}  // namespace

void FindPhrases(ScanState& state) {
  DropOldHits(state);
  const std::string_view text = state.text;
  const PhraseTableView phrases = state.rules.phrases;
  const size_t blocks = (state.ahead_end - state.ahead_begin + 63) / 64;
  uint64_t word_before = 0;
  uint64_t upper_before = 0;
  if (state.ahead_begin > 0) {
    const char c = text[state.ahead_begin - 1];
    const uint8_t kind = kByteKindTable[static_cast<uint8_t>(c)];
    const bool letter = kind == static_cast<uint8_t>(ByteKind::kWord) && c != '_';
    word_before =
        letter || kind == static_cast<uint8_t>(ByteKind::kDigit) || static_cast<uint8_t>(c) >= 0x80;
    upper_before = c >= 'A' && c <= 'Z';
  }
  for (size_t b = 0; b < blocks; ++b) {
    const ByteMasks& m = state.ahead_masks[b];
    const uint64_t word = (m.word & ~m.under) | m.high;
    // As AtKeywordEdges: behind no letter or digit, or where camel case begins a word.
    uint64_t starts =
        word & (~(word << 1 | word_before) | (m.upper & ~(m.upper << 1 | upper_before)));
    word_before = word >> 63;
    upper_before = m.upper >> 63;
    for (; starts != 0; starts &= starts - 1) {
      const size_t at = state.ahead_begin + b * 64 + static_cast<size_t>(std::countr_zero(starts));
      if (at >= state.ahead_end) return;
      phrases.FindAt(text, at,
                     [&](uint32_t target, size_t end) { state.OnPhrase(target, at, end); });
    }
  }
}

}  // namespace assay
