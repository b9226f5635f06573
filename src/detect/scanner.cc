#include "detect/scanner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "detect/scan_state.h"

namespace assay {

namespace {

// Hits that no match still to come can reach are dropped from time to time.
constexpr size_t kKeepBehind = 4 * kMaxMatchBytes;

void DropOldHits(std::vector<KeywordHit>* hits, size_t chunk_begin) {
  if (chunk_begin < kKeepBehind) return;
  const size_t oldest = chunk_begin - kKeepBehind;
  const auto first = std::find_if(hits->begin(), hits->end(),
                                  [oldest](const KeywordHit& hit) { return hit.begin >= oldest; });
  hits->erase(hits->begin(), first);
}

// Puts the hits from `known` on in order with those before, some of which may begin later.
void SortNewHits(std::vector<KeywordHit>* hits, std::ptrdiff_t known) {
  const auto before = [](const KeywordHit& a, const KeywordHit& b) { return a.begin < b.begin; };
  const auto middle = hits->begin() + known;
  if (middle == hits->end()) return;
  std::sort(middle, hits->end(), before);
  const auto first = std::upper_bound(hits->begin(), middle, *middle, before);
  if (first != middle) std::inplace_merge(first, middle, hits->end(), before);
}

// Everything that is found ahead of the lanes that look for it.
void LookAhead(ScanState& state, size_t begin) {
  state.ahead_begin = begin;
  state.ahead_end = std::min(state.text.size(), begin + kChunkBytes);
  // One block more than the chunk: runs are followed over its end.
  const size_t size = std::min(state.text.size() - begin, kChunkBytes + 64);
  ComputeMasks(state.text.data() + begin, size, state.ahead_masks.data());
  state.ahead_masks[(size + 63) / 64] = ByteMasks{};
  DropOldHits(&state.keyword_hits, state.chunk_begin);
  const auto known = static_cast<std::ptrdiff_t>(state.keyword_hits.size());
  FindBeginnings(*state.rules.phrase_filter, state.text, state.ahead_begin, state.ahead_end,
                 {state.phrase_begins.data(), state.literal_begins.data()});
  FindPhrases(state);
  RunLiteralLane(state);
  SortNewHits(&state.keyword_hits, known);
}

}  // namespace

struct Scanner::Impl {
  static constexpr size_t kFewFound = 64;

  explicit Impl(std::shared_ptr<const Ruleset> ruleset)
      : state(std::move(ruleset)), last_end(state.rules.identifiers.size()) {}

  // Sorts what the chunk added to state.found, and merges it with what was there. When it is much,
  // it is dealt to the chunk's blocks first, where most of it lies.
  void SortChunk() {
    std::vector<Detection>& found = state.found;
    const size_t count = found.size() - sorted;
    if (count == 0) return;
    const auto fresh = found.begin() + static_cast<std::ptrdiff_t>(sorted);
    if (count <= kFewFound) {
      std::sort(fresh, found.end(), Before);
    } else {
      DealToBlocks(count);
    }
    const auto first = std::upper_bound(found.begin(), fresh, *fresh, Before);
    if (first != fresh) std::inplace_merge(first, fresh, found.end(), Before);
    sorted = found.size();
  }

  // Sorts the last `count` of state.found.
  void DealToBlocks(size_t count) {
    std::vector<Detection>& found = state.found;
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
