// The literal lane: anchors and theme phrases found by the filter of beginnings, or by Vectorscan
// where the processor has no such filter; around each anchor the pattern is run from the places a
// match could begin at.
#include <bit>

#include "detect/scan_state.h"

namespace assay {
namespace {

// Work a rule may spend in one piece: beyond it the text is hostile, and its further candidates are
// dropped rather than the whole scan slowed down.
constexpr uint64_t kFreeSteps = 1u << 20;
constexpr uint64_t kStepsPerByte = 4;

class LiteralLane {
 public:
  explicit LiteralLane(ScanState& state)
      : s_(state),
        literals_(state.rules.blob.Array<LiteralRecord>(RuleSection::kLiterals)),
        byte_anchors_(state.rules.blob.Array<ByteAnchor>(RuleSection::kByteAnchors)),
        targets_(state.rules.blob.Array<AnchorTarget>(RuleSection::kAnchorTargets)),
        byte_sets_(state.rules.blob.Array<uint8_t>(RuleSection::kByteSets)) {}

  void Run() {
    const size_t blocks = (s_.ahead_end - s_.ahead_begin + 63) / 64;
    if (HasFastPhraseFilter()) {
      LookUp(blocks);
    } else {
      Search();
    }
    for (size_t b = 0; b < blocks; ++b) {
      for (uint64_t left = s_.ahead_masks[b].anchor; left != 0; left &= left - 1) {
        OnByte(s_.ahead_begin + b * 64 + static_cast<size_t>(std::countr_zero(left)));
      }
    }
  }

 private:
  // Where the filter leaves something.
  void LookUp(size_t blocks) {
    for (size_t b = 0; b < blocks; ++b) {
      for (uint64_t left = s_.literal_begins[b]; left != 0; left &= left - 1) {
        const size_t at = s_.ahead_begin + b * 64 + static_cast<size_t>(std::countr_zero(left));
        if (at >= s_.ahead_end) break;
        s_.rules.literal_table.FindAt(s_.text, at, [this, at](uint32_t number) {
          OnLiteral(literals_[number], at + literals_[number].length);
        });
      }
    }
  }

  void Search() {
    const size_t overlap = s_.rules.longest_literal - 1;
    window_ = s_.ahead_begin > overlap ? s_.ahead_begin - overlap : 0;
    hs_scan(s_.rules.literals.get(), s_.text.data() + window_,
            static_cast<unsigned>(s_.ahead_end - window_), 0, s_.scratch.get(), OnMatch, this);
  }

  static int OnMatch(unsigned id, unsigned long long /*from*/, unsigned long long to,
                     unsigned /*flags*/, void* context) {
    auto& lane = *static_cast<LiteralLane*>(context);
    const size_t end = lane.window_ + to;
    if (end > lane.s_.ahead_begin) lane.OnLiteral(lane.literals_[id], end);
    return 0;
  }

  void OnLiteral(const LiteralRecord& literal, size_t end) {
    const size_t begin = end - literal.length;
    if (literal.phrase != UINT32_MAX) return s_.OnPhrase(literal.phrase, begin, end);
    TryTargets(literal.targets_begin, literal.targets_end, begin);
  }

  void OnByte(size_t at) {
    for (const ByteAnchor& anchor : byte_anchors_) {
      if (anchor.byte != static_cast<uint8_t>(s_.text[at])) continue;
      TryTargets(anchor.targets_begin, anchor.targets_end, at);
    }
  }

  void TryTargets(uint32_t first, uint32_t last, size_t begin) {
    for (uint32_t t = first; t < last; ++t) {
      const Rule& rule = s_.rules.rules[targets_[t].identifier];
      if (rule.definition != nullptr) TryTarget(t, rule, begin);
    }
  }

  bool MayPrecede(const AnchorTarget& target, char c) const {
    const auto byte = static_cast<uint8_t>(c);
    return (byte_sets_[target.byte_set * 32 + byte / 8] >> (byte % 8) & 1) != 0;
  }

  // The first place a match with the anchor at `anchor` could begin at.
  size_t Earliest(const AnchorTarget& target, const Rule& rule, size_t anchor,
                  size_t lowest) const {
    size_t at = anchor;
    while (at > lowest && MayPrecede(target, s_.text[at - 1])) {
      if (rule.line_start && s_.text[at - 1] == '\n') break;
      --at;
    }
    return at;
  }

  void TryTarget(uint32_t t, const Rule& rule, size_t anchor) {
    const AnchorTarget& target = targets_[t];
    if (anchor < target.min) return;
    const size_t highest = anchor - target.min;
    const size_t reach = anchor > target.max ? anchor - target.max : 0;
    const size_t lowest = std::max(reach, s_.tried_until[t]);
    if (lowest > highest) return;
    uint64_t& steps = s_.steps[target.identifier];
    if (steps > kFreeSteps + kStepsPerByte * anchor) return;
    size_t at = target.max == 0 ? anchor : Earliest(target, rule, anchor, lowest);
    steps += anchor - at;
    s_.tried_until[t] = highest + 1;
    for (; at <= highest; ++at) {
      const size_t end = MatchAt(rule, at, &steps);
      if (end == 0) continue;
      if (!rule.definition->keyword_required) {
        // What begins later and holds this anchor too would overlap.
        if (s_.Accept(rule, at, end) && end > anchor) {
          s_.tried_until[t] = std::max(s_.tried_until[t], end);
          return;
        }
      } else {
        s_.deferred.push_back({at, end, UINT32_MAX, target.identifier});
      }
      if (rule.line_start) return;
    }
  }

  // End of the longest match at `begin`, or 0.
  size_t MatchAt(const Rule& rule, size_t begin, uint64_t* steps) {
    if (rule.pcre != nullptr) {
      *steps += 64;
      return rule.pcre->LongestAt(s_.text, begin, s_.pcre).value_or(0);
    }
    const DfaView& dfa = rule.dfa;
    const uint32_t start = dfa.start[KindBefore(s_.text, begin)];
    const uint8_t first = static_cast<uint8_t>(s_.text[begin]);
    if (start == 0 || dfa.next[start * dfa.class_count + dfa.classes[first]] == 0) return 0;
    size_t end = 0;
    *steps += RunDfa(dfa, s_.text, begin, [&end](uint16_t, size_t at) { end = at; });
    return end;
  }

  ScanState& s_;
  std::span<const LiteralRecord> literals_;
  std::span<const ByteAnchor> byte_anchors_;
  std::span<const AnchorTarget> targets_;
  std::span<const uint8_t> byte_sets_;
  size_t window_ = 0;
};

}  // namespace

void RunLiteralLane(ScanState& state) { LiteralLane(state).Run(); }

}  // namespace assay
