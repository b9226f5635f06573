// The number and code lane: bit masks of the chunk say where runs of digits, upper-case letters and
// token bytes begin; from there one automaton per shape runs all patterns of that shape at once.
#include <array>
#include <bit>

#include "detect/scan_state.h"

namespace assay {
namespace {

// Shifts and joins until `bits` has gathered kReach neighbours above each bit.
template <uint32_t kReach>
uint64_t Smear(uint64_t bits) {
  constexpr uint32_t kSteps[] = {1, 2, 4, 8, 16};
  uint32_t have = 1;
  for (const uint32_t step : kSteps) {
    if (have >= kReach) break;
    bits |= bits >> std::min(step, kReach - have);
    have += std::min(step, kReach - have);
  }
  return bits;
}

// Bits at which a run of at least kLength set bits goes on; runs that reach the end of the block
// are taken for long enough.
template <uint32_t kLength>
uint64_t RunsOf(uint64_t bits) {
  return ~Smear<kLength>(~bits);
}

// Bits that have a set bit among the kReach bits behind them; those near the end of the block when
// the next block has one at all.
template <uint32_t kReach>
uint64_t Within(uint64_t bits, uint64_t next) {
  const uint64_t all = Smear<kReach>(bits >> 1);
  return next != 0 ? all | ~uint64_t{0} << (64 - kReach) : all;
}

// Set bits in a row from bit `at` on, over the border to the next block.
size_t RunLength(uint64_t bits, uint64_t next, unsigned at) {
  const auto here = static_cast<size_t>(std::countr_one(bits >> at));
  return here + at < 64 ? here : here + static_cast<size_t>(std::countr_one(next));
}

class ShapeLanes {
 public:
  explicit ShapeLanes(ScanState& state) : s_(state) {
    for (const ShapeGroup& group : s_.rules.groups) {
      List& list = lists_[group.deferred ? 1 : 0][static_cast<size_t>(group.lane)];
      if (list.count < kMaxGroups) list.groups[list.count++] = &group;
    }
  }

  void Run() {
    blocks_ = (s_.chunk_end - s_.chunk_begin + 63) / 64;
    if (s_.chunk_begin > 0) {
      const uint8_t kind = KindBefore(s_.text, s_.chunk_begin);
      digit_before_ = kind == static_cast<uint8_t>(ByteKind::kDigit);
      word_before_ = digit_before_ | (kind == static_cast<uint8_t>(ByteKind::kWord));
    }
    current_ = lists_[0];
    for (size_t b = 0; b < blocks_; ++b) Block(b);
    // What needs a keyword is tried only where one is near, or in fields with a name.
    const bool any_active = FindActive();
    fields_ = s_.has_fields;
    if (!any_active && !fields_) return;
    current_ = lists_[1];
    deferred_ = true;
    for (size_t b = 0; b < blocks_; ++b) {
      active_ = s_.active[b] != 0;
      if (active_ || fields_) Block(b);
    }
  }

 private:
  // What compile_rules demands at least; longer minima are left to the automata.
  static constexpr uint32_t kUpperLength = 6;
  static constexpr uint32_t kTokenLength = 16;
  static constexpr size_t kMaxGroups = 8;
  static constexpr size_t kColonReach = 4;
  struct List {
    std::array<const ShapeGroup*, kMaxGroups> groups{};
    size_t count = 0;
  };

  void Block(size_t b) {
    const ByteMasks& m = s_.masks[b];
    const ByteMasks& next = s_.masks[b + 1];
    base_ = s_.chunk_begin + b * 64;
    const uint64_t after_digit =
        m.digit << 1 | (b == 0 ? digit_before_ : s_.masks[b - 1].digit >> 63);
    const uint64_t after_word = m.word << 1 | (b == 0 ? word_before_ : s_.masks[b - 1].word >> 63);
    if ((m.digit | next.digit) != 0) Digits(m, next, after_digit, after_word);
    const uint64_t word_starts = m.token & ~after_word;
    if (word_starts != 0) Runs(m, next, word_starts);
    if (m.colon != 0) Colons(m.colon);
  }

  // Marks the blocks in which a match with a keyword near could begin.
  bool FindActive() {
    std::fill_n(s_.active.begin(), blocks_, uint8_t{0});
    bool any = false;
    const size_t slack = s_.rules.deferred_length;
    for (const KeywordHit& hit : s_.keyword_hits) {
      const size_t reach = s_.rules.keyword_reach[hit.keyword];
      const size_t begin = hit.begin > reach + slack ? hit.begin - reach - slack : 0;
      const size_t end = hit.end + reach + 1;
      if (end <= s_.chunk_begin || begin >= s_.chunk_end || reach == 0) continue;
      const size_t first = begin > s_.chunk_begin ? (begin - s_.chunk_begin) / 64 : 0;
      const size_t last = (std::min(end, s_.chunk_end) - 1 - s_.chunk_begin) / 64;
      for (size_t b = first; b <= last; ++b) s_.active[b] = 1;
      any = true;
    }
    return any;
  }

  void Digits(const ByteMasks& m, const ByteMasks& next, uint64_t after_digit,
              uint64_t after_word) {
    const uint64_t starts = m.digit & ~after_digit;
    ForLane(Lane::kDigitFirst, [&](const ShapeGroup& group) {
      uint64_t left = group.word_edge ? starts & ~after_word : starts;
      for (; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        const size_t run = RunLength(m.digit, next.digit, bit);
        const size_t behind = base_ + bit + run;
        if (behind < s_.text.size() &&
            !group.filter->Passes(run, static_cast<uint8_t>(s_.text[behind]))) {
          continue;
        }
        Try(group, base_ + bit);
      }
    });
    ForLane(Lane::kDigitInside, [&](const ShapeGroup& group) {
      // Words that begin with a letter and have a digit close enough behind.
      const uint64_t letters = m.word & ~m.digit;
      uint64_t left = letters & ~after_word;
      left &=
          group.digit_max <= 8 ? Within<8>(m.digit, next.digit) : Within<24>(m.digit, next.digit);
      for (; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        const size_t at = base_ + bit;
        if (at + 1 < s_.text.size() &&
            !group.filter->PassesPair(static_cast<uint8_t>(s_.text[at]),
                                      static_cast<uint8_t>(s_.text[at + 1]))) {
          continue;
        }
        const size_t run = RunLength(letters, next.word & ~next.digit, bit);
        if (at + run < s_.text.size() &&
            !group.filter->Passes(run, static_cast<uint8_t>(s_.text[at + run]))) {
          continue;
        }
        Try(group, at);
      }
      if (group.mark_max == 1) Marks(group, starts & ~after_word);
      if (group.mark_max > 1) Marks(group, starts);
    });
  }

  // Tries what begins with neither letter nor digit directly before a run of digits.
  void Marks(const ShapeGroup& group, uint64_t starts) {
    for (; starts != 0; starts &= starts - 1) {
      const size_t digit = base_ + static_cast<size_t>(std::countr_zero(starts));
      const size_t lowest = digit > group.mark_max ? digit - group.mark_max : 0;
      for (size_t at = digit; at-- > lowest;) {
        const auto byte = static_cast<uint8_t>(s_.text[at]);
        if (kByteKindTable[byte] == static_cast<uint8_t>(ByteKind::kDigit)) break;
        if (group.first_mark[byte]) Try(group, at);
      }
    }
  }

  void Colons(uint64_t colons) {
    for (; colons != 0; colons &= colons - 1) {
      const size_t colon = base_ + static_cast<size_t>(std::countr_zero(colons));
      const size_t lowest = colon > kColonReach ? colon - kColonReach : 0;
      ForLane(Lane::kColon, [&](const ShapeGroup& group) {
        Try(group, colon);
        for (size_t at = colon; at-- > lowest;) {
          const auto byte = static_cast<uint8_t>(s_.text[at]);
          if (byte == ':' || !group.first[byte]) break;
          Try(group, at);
        }
      });
    }
  }

  void Runs(const ByteMasks& m, const ByteMasks& next, uint64_t word_starts) {
    const uint64_t upper = RunsOf<kUpperLength>(m.upper | m.digit) & word_starts;
    if (upper != 0) Sized(Lane::kUpperRun, upper, m, next);
    const uint64_t token = RunsOf<kTokenLength>(m.token) & word_starts;
    if (token != 0) Sized(Lane::kTokenRun, token, m, next);
  }

  void Sized(Lane lane, uint64_t starts, const ByteMasks& m, const ByteMasks& next) {
    ForLane(lane, [&](const ShapeGroup& group) {
      if (group.lengths == 0) return Each(group, starts);
      // Only where a word ends at one of the lengths a match can have.
      for (uint64_t left = starts; left != 0; left &= left - 1) {
        const int bit = std::countr_zero(left);
        const uint64_t here = ~m.word >> bit;
        const uint64_t ends = bit == 0 ? here : here | ~next.word << (64 - bit);
        if ((ends & group.lengths) != 0) Try(group, base_ + static_cast<size_t>(bit));
      }
    });
  }

  void Each(const ShapeGroup& group, uint64_t starts) {
    for (; starts != 0; starts &= starts - 1) {
      const size_t at = base_ + static_cast<size_t>(std::countr_zero(starts));
      if (group.first[static_cast<uint8_t>(s_.text[at])]) Try(group, at);
    }
  }

  template <typename Fn>
  void ForLane(Lane lane, Fn&& fn) {
    const List& list = current_[static_cast<size_t>(lane)];
    for (size_t i = 0; i < list.count; ++i) fn(*list.groups[i]);
  }

  void Try(const ShapeGroup& group, size_t begin) {
    if (deferred_ && !active_ && s_.FieldKeywords(begin) == nullptr) return;
    const DfaView& dfa = group.dfa;
    if (dfa.start[KindBefore(s_.text, begin)] == 0) return;
    size_t count = 0;
    RunDfa(dfa, s_.text, begin, [&](uint16_t set, size_t end) {
      // Of many ends only the last ones matter; an identifier's longest match is among them.
      if (count == kMaxEnds) {
        Keep(group, begin, count);
        count = 0;
      }
      ends_[count++] = {set, end};
    });
    if (count > 0) Keep(group, begin, count);
  }

  // Longest first: an identifier's shorter matches from the same place do not count.
  void Keep(const ShapeGroup& group, size_t begin, size_t count) {
    const IdSet& enabled = group.deferred ? s_.rules.deferred : s_.rules.immediate;
    IdSet done;
    for (size_t i = count; i-- > 0;) {
      const IdSet& set = group.sets[ends_[i].set - 1];
      IdSet fresh;
      for (size_t w = 0; w < kIdSetWords; ++w) {
        fresh.words[w] = set.words[w] & ~done.words[w] & enabled.words[w];
        done.words[w] |= set.words[w];
      }
      if (!group.deferred) {
        AcceptAll(fresh, begin, ends_[i].end);
      } else if (fresh.Any()) {
        s_.deferred.push_back({begin, ends_[i].end, fresh});
      }
    }
  }

  void AcceptAll(const IdSet& ids, size_t begin, size_t end) {
    for (size_t w = 0; w < kIdSetWords; ++w) {
      for (uint64_t left = ids.words[w]; left != 0; left &= left - 1) {
        const size_t id = w * 64 + static_cast<size_t>(std::countr_zero(left));
        s_.Accept(s_.rules.rules[id], begin, end);
      }
    }
  }

  struct End {
    uint16_t set;
    size_t end;
  };
  static constexpr size_t kMaxEnds = 64;

  ScanState& s_;
  size_t base_ = 0;
  size_t blocks_ = 0;
  uint64_t digit_before_ = 0, word_before_ = 0;
  std::array<std::array<List, 8>, 2> lists_{};  // without and with need of a keyword, by lane
  std::array<List, 8> current_{};
  bool deferred_ = false;  // in the second pass
  bool active_ = false;    // the block has keywords near
  bool fields_ = false;
  std::array<End, kMaxEnds> ends_{};
};

}  // namespace

void RunShapeLanes(ScanState& state) { ShapeLanes(state).Run(); }

}  // namespace assay
