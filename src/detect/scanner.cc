#include "detect/scanner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "detect/scan_state.h"

namespace assay {

namespace {

// Everything that is found ahead of the lanes that look for it.
void LookAhead(ScanState& state, size_t begin) {
  state.ahead_begin = begin;
  state.ahead_end = std::min(state.text.size(), begin + kChunkBytes);
  // One block more than the chunk: runs are followed over its end.
  const size_t size = std::min(state.text.size() - begin, kChunkBytes + 64);
  ComputeMasks(state.text.data() + begin, size, state.ahead_masks.data());
  state.ahead_masks[(size + 63) / 64] = ByteMasks{};
  const size_t known = state.keyword_hits.size();
  FindPhrases(state);
  const size_t phrases = std::min(known, state.keyword_hits.size());
  RunLiteralLane(state);
  std::sort(state.keyword_hits.begin() + static_cast<std::ptrdiff_t>(phrases),
            state.keyword_hits.end(),
            [](const KeywordHit& a, const KeywordHit& b) { return a.begin < b.begin; });
}

}  // namespace

struct Scanner::Impl {
  explicit Impl(std::shared_ptr<const Ruleset> ruleset)
      : state(std::move(ruleset)), last_end(state.rules.identifiers.size()) {}

  // Sorts what the chunk added to state.found, and merges it with what was there. Most of it lies
  // in the chunk and is dealt to its blocks first.
  void SortChunk() {
    std::vector<Detection>& found = state.found;
    const size_t count = found.size() - sorted;
    if (count == 0) return;
    starts.fill(0);
    const auto block = [this](const Detection& detection) {
      if (detection.begin < state.chunk_begin) return size_t{0};
      return std::min((detection.begin - state.chunk_begin) / 64 + 1, starts.size() - 2);
    };
    for (size_t i = sorted; i < found.size(); ++i) ++starts[block(found[i]) + 1];
    for (size_t b = 1; b < starts.size(); ++b) starts[b] += starts[b - 1];
    dealt.resize(count);
    for (size_t i = sorted; i < found.size(); ++i) dealt[starts[block(found[i])]++] = found[i];
    uint32_t begin = 0;  // each block's start has moved to its end
    for (const uint32_t end : starts) {
      std::sort(dealt.begin() + begin, dealt.begin() + end, Before);
      begin = end;
    }
    std::copy(dealt.begin(), dealt.end(), found.begin() + static_cast<std::ptrdiff_t>(sorted));
    const auto middle = found.begin() + static_cast<std::ptrdiff_t>(sorted);
    const auto first = std::upper_bound(found.begin(), middle, *middle, Before);
    if (first != middle) std::inplace_merge(first, middle, found.end(), Before);
    sorted = found.size();
  }

  // Puts state.found in order: one identifier's matches from left to right, longest first, and none
  // that overlaps the one kept before it.
  void Order(const TextPiece& piece) {
    SortChunk();
    std::vector<Detection>& found = state.found;
    std::fill(last_end.begin(), last_end.end(), size_t{0});
    size_t kept = 0;
    for (const Detection& detection : found) {
      if (detection.begin < last_end[detection.identifier]) continue;
      last_end[detection.identifier] = detection.end;
      if (detection.begin < piece.own_begin || detection.begin >= piece.own_end) continue;
      found[kept++] = detection;
    }
    found.resize(kept);
  }

  static bool Before(const Detection& a, const Detection& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    if (a.identifier != b.identifier) return a.identifier < b.identifier;
    return a.end > b.end;
  }

  ScanState state;
  std::vector<size_t> last_end;  // per identifier, reused
  size_t sorted = 0;             // of state.found
  std::vector<Detection> dealt;  // reused by SortChunk
  std::array<uint32_t, kChunkBytes / 64 + 3> starts{};
};

Scanner::Scanner(std::shared_ptr<const Ruleset> ruleset)
    : impl_(std::make_unique<Impl>(std::move(ruleset))) {}
Scanner::~Scanner() = default;

void Scanner::BeginObject() {
  std::fill(impl_->state.phrases_seen.begin(), impl_->state.phrases_seen.end(), uint8_t{0});
}

void Scanner::Scan(const TextPiece& piece, DetectionSink& sink) {
  ScanState& state = impl_->state;
  state.BeginPiece(piece);
  impl_->sorted = 0;
  if (!piece.text.empty()) LookAhead(state, 0);
  for (size_t begin = 0; begin < piece.text.size(); begin += kChunkBytes) {
    state.chunk_begin = begin;
    state.chunk_end = state.ahead_end;
    state.masks.swap(state.ahead_masks);
    if (state.chunk_end < piece.text.size()) LookAhead(state, state.chunk_end);
    RunShapeLanes(state);
    RunWordLane(state);
    ResolveDeferred(state);
    impl_->SortChunk();
  }
  if (!state.rules.custom.empty()) RunUserLane(state);
  if (state.found.empty()) return;
  impl_->Order(piece);
  if (!state.found.empty()) sink.OnDetections(piece, state.found);
}

std::vector<ThemeHit> Scanner::Themes() const {
  const ScanState& state = impl_->state;
  const RuleBlobView& blob = state.rules.blob;
  const auto phrases = blob.Array<uint32_t>(RuleSection::kCombinationPhrases);
  std::vector<uint32_t> counts(state.rules.theme_output.size());
  for (const CombinationRecord& combination :
       blob.Array<CombinationRecord>(RuleSection::kCombinations)) {
    bool all = true;
    for (uint32_t i = combination.phrases_begin; i < combination.phrases_end; ++i) {
      all = all && state.phrases_seen[phrases[i]] != 0;
    }
    if (all) ++counts[combination.theme];
  }
  std::vector<ThemeHit> hits;
  for (uint32_t theme = 0; theme < counts.size(); ++theme) {
    if (state.rules.theme_output[theme] == UINT32_MAX) continue;
    if (counts[theme] >= state.rules.theme_minimum[theme]) {
      hits.push_back({state.rules.theme_output[theme], counts[theme]});
    }
  }
  return hits;
}

}  // namespace assay
