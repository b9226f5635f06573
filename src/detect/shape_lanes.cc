// The number and code lane: bit masks of the chunk say where runs of digits, upper-case letters and
// token bytes begin; from there one automaton per shape runs all patterns of that shape at once.
#include <array>
#include <bit>

#include "detect/scan_state.h"
#include "detect/wide_bits.h"

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

// The bits from `at` on, over the border to the next block.
uint64_t Window(uint64_t bits, uint64_t next, unsigned at) {
  return bits >> at | (next << 1) << (63 - at);
}
size_t Ones(uint64_t bits) { return static_cast<size_t>(std::countr_one(bits)); }

class ShapeLanes {
 public:
  explicit ShapeLanes(ScanState& state) : s_(state) {}

  void Run() {
    const size_t blocks = (s_.chunk_end - s_.chunk_begin + 63) / 64;
    uint64_t digit_before = 0;
    uint64_t word_before = 0;
    if (s_.chunk_begin > 0) {
      const uint8_t kind = KindBefore(s_.text, s_.chunk_begin);
      digit_before = kind == static_cast<uint8_t>(ByteKind::kDigit);
      word_before = digit_before | (kind == static_cast<uint8_t>(ByteKind::kWord));
    }
    FindNear(blocks);
    for (block_ = 0; block_ < blocks; ++block_) {
      const ByteMasks& m = s_.masks[block_];
      const uint64_t after_digit = m.digit << 1 | digit_before;
      const uint64_t after_word = m.word << 1 | word_before;
      digit_before = m.digit >> 63;
      word_before = m.word >> 63;
      base_ = s_.chunk_begin + block_ * 64;
      lists_ = &s_.rules.immediate_groups;
      if (m.digit != 0) NoteDigits(m, after_digit, after_word);
      Block(m, after_digit, after_word);
      // What needs a keyword is tried only where one is near, or in fields with a name.
      if (s_.active[block_] == 0 && !s_.has_fields) continue;
      lists_ = &s_.rules.deferred_groups;
      if (m.digit != 0) Digits(m.digit & ~StartsBehind(after_digit, after_word), after_word);
      Block(m, after_digit, after_word);
    }
    lists_ = &s_.rules.immediate_groups;
    for (size_t i = 0; i < noted_; ++i) {
      block_ = s_.noted[i] >> 7;
      base_ = s_.chunk_begin + block_ * 64;
      DigitRun(s_.noted[i] & 63, (s_.noted[i] & 64) != 0);
    }
  }

 private:
  // What compile_rules demands at least; longer minima are left to the automata.
  static constexpr uint32_t kUpperLength = 6;
  static constexpr uint32_t kTokenLength = 16;
  static constexpr size_t kColonReach = 4;

  const GroupList& Of(Lane lane) const { return (*lists_)[static_cast<size_t>(lane)]; }
  const ShapeGroup& Group(uint32_t number) const { return s_.rules.groups[number]; }

  // Says per block for which members a match that begins there may have a keyword near.
  void FindNear(size_t blocks) {
    std::fill_n(s_.active.begin(), blocks, uint8_t{0});
    for (const KeywordHit& hit : s_.keyword_hits) {
      const size_t reach = s_.rules.keyword_reach[hit.keyword];
      if (reach == 0 || hit.end + reach + kMaxMatchBytes < s_.chunk_begin) continue;
      const GroupSets& members = s_.rules.keyword_members[hit.keyword];
      for (size_t g = 0; g < s_.rules.groups.size(); ++g) {
        if (members[g] != 0) AddNear(hit, reach, g, members[g]);
      }
    }
  }

  void AddNear(const KeywordHit& hit, size_t reach, size_t g, MemberSet members) {
    const ShapeGroup& group = s_.rules.groups[g];
    const size_t before = reach + group.max_length;
    // Marks are tried from the block of the digit behind them.
    const size_t behind = reach + std::max<size_t>(group.mark_max, kColonReach) + 1;
    const size_t begin = hit.begin > before ? hit.begin - before : 0;
    const size_t end = std::min(hit.end + behind, s_.chunk_end);
    if (end <= s_.chunk_begin || begin >= s_.chunk_end) return;
    const size_t first = begin > s_.chunk_begin ? (begin - s_.chunk_begin) / 64 : 0;
    const size_t last = (end - 1 - s_.chunk_begin) / 64;
    for (size_t b = first; b <= last; ++b) {
      if (s_.active[b] == 0) s_.near[b] = GroupSets{};
      s_.active[b] = 1;
      s_.near[b][g] |= members;
    }
  }

  // The lanes but those of runs of digits.
  void Block(const ByteMasks& m, uint64_t after_digit, uint64_t after_word) {
    const ByteMasks& next = s_.masks[block_ + 1];
    if ((m.digit | next.digit) != 0) Words(m, next, after_digit, after_word);
    if (Of(Lane::kUpperRun).count + Of(Lane::kTokenRun).count != 0) {
      Runs(m, next, m.token & ~after_word);
    }
    if (m.colon != 0 && Of(Lane::kColon).count != 0) Colons(m.colon, next.colon);
  }

  // The members that can match in this block.
  MemberSet Possible(uint32_t number) const {
    const ShapeGroup& group = Group(number);
    if (!group.deferred || s_.has_fields) return group.enabled;
    return s_.near[block_][number];
  }

  // Where no run of digits is looked at.
  uint64_t StartsBehind(uint64_t after_digit, uint64_t after_word) const {
    return Of(Lane::kDigitFirst).word_edge ? after_word : after_digit;
  }

  // Keeps the runs of digits that some immediate group may begin with for later; no branch depends
  // on the text.
  void NoteDigits(const ByteMasks& m, uint64_t after_digit, uint64_t after_word) {
    const uint64_t next = s_.masks[block_ + 1].digit;
    const auto& marks = Of(Lane::kDigitInside).first_mark;
    uint64_t starts = m.digit & ~StartsBehind(after_digit, after_word);
    if (s_.text.size() - base_ <= 2 * 64) return Digits(starts, after_word);
    const char* const text = s_.text.data() + base_;
    const bool has_before = base_ > 0;
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const size_t run = Ones(Window(m.digit, next, bit));
      const auto behind = static_cast<uint8_t>(text[bit + run]);
      const auto before = static_cast<uint8_t>(has_before || bit > 0 ? text[int(bit) - 1] : '0');
      const unsigned edge = ~(after_word >> bit) & 1;
      s_.noted[noted_] = static_cast<uint32_t>(block_ << 7 | edge << 6 | bit);
      noted_ += s_.rules.digit_runs[RunFilter::Row(run)][behind] | (marks[before] ? 1u : 0u);
    }
  }

  void Digits(uint64_t starts, uint64_t after_word) {
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      DigitRun(bit, (after_word >> bit & 1) == 0);
    }
  }

  // Tries what begins with the run of digits at `bit` of the block or with a mark before it;
  // `edge`: no letter, digit or '_' stands before it.
  void DigitRun(unsigned bit, bool edge) {
    const size_t at = base_ + bit;
    const uint64_t window = Window(s_.masks[block_].digit, s_.masks[block_ + 1].digit, bit);
    for (const uint32_t g : Of(Lane::kDigitFirst)) {
      const ShapeGroup& group = Group(g);
      if (group.word_edge && !edge) continue;
      MemberSet may = Possible(g) & ByRuns(*group.filter, at, window);
      may &= group.filter->digit[static_cast<size_t>(s_.text[at] - '0')];
      if (may != 0) Try(g, at, may);
    }
    const GroupList& inside = Of(Lane::kDigitInside);
    if (at > 0 && edge && inside.first_mark[static_cast<uint8_t>(s_.text[at - 1])]) {
      Mark(at, Ones(window));
    }
  }

  // The members that may match at `at`, where a run of digits begins: `window` says where digits
  // stand from there on.
  MemberSet ByRuns(const RunFilter& filter, size_t at, uint64_t window) const {
    const size_t run = Ones(window);
    const size_t behind = at + run;
    if (behind >= s_.text.size()) return ~MemberSet{0};
    const RunFilter::Cell& cell =
        filter.first[RunFilter::Row(run)][static_cast<uint8_t>(s_.text[behind])];
    if ((cell.goes & ~cell.ends) == 0) return cell.ends;
    // There is a second run only behind a short one: see the rows of the filter.
    const size_t second = Ones(window >> (run + 1));
    const size_t last = behind + 1 + second;
    if (second == 0) return cell.ends;
    if (last >= s_.text.size()) return cell.ends | cell.goes;
    return cell.ends |
           (cell.goes & filter.second[RunFilter::Row(second)][static_cast<uint8_t>(s_.text[last])]);
  }

  // Tries what begins with the mark directly before a run of digits that begins at `digit`.
  void Mark(size_t digit, size_t run) {
    for (const uint32_t g : Of(Lane::kDigitInside)) {
      const ShapeGroup& group = Group(g);
      if (group.mark_max != 1) continue;
      if (!group.first_mark[static_cast<uint8_t>(s_.text[digit - 1])]) continue;
      MemberSet may = Possible(g);
      if (digit + run < s_.text.size()) {
        const auto behind = static_cast<uint8_t>(s_.text[digit + run]);
        may &= group.filter->mark[RunFilter::Row(run)][behind];
      }
      if (may != 0) Try(g, digit - 1, may);
    }
  }

  // The same for groups whose marks can stand farther from their digits.
  void FarMarks(uint32_t g, uint64_t starts) {
    const ShapeGroup& group = Group(g);
    for (; starts != 0; starts &= starts - 1) {
      const size_t digit = base_ + static_cast<size_t>(std::countr_zero(starts));
      const size_t lowest = digit > group.mark_max ? digit - group.mark_max : 0;
      for (size_t at = digit; at-- > lowest;) {
        const auto byte = static_cast<uint8_t>(s_.text[at]);
        if (kByteKindTable[byte] == static_cast<uint8_t>(ByteKind::kDigit)) break;
        if (group.first_mark[byte]) Try(g, at, Possible(g));
      }
    }
  }

  // Words that begin with a letter and have a digit close enough behind.
  void Words(const ByteMasks& m, const ByteMasks& next, uint64_t after_digit, uint64_t after_word) {
    const uint64_t letters = m.word & ~m.digit;
    const uint64_t next_letters = next.word & ~next.digit;
    for (const uint32_t g : Of(Lane::kDigitInside)) {
      const ShapeGroup& group = Group(g);
      const MemberSet possible = Possible(g);
      if (possible == 0) continue;
      if (group.mark_max > 1) FarMarks(g, m.digit & ~after_digit);
      uint64_t left = (group.upper_first ? m.upper : letters) & ~after_word;
      left &=
          group.digit_max <= 8 ? Within<8>(m.digit, next.digit) : Within<24>(m.digit, next.digit);
      if (s_.text.size() - base_ > 2 * 64) {
        left = MayBegin(*group.filter, possible, left, letters, next_letters);
      }
      for (; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        const size_t at = base_ + bit;
        const size_t run = Ones(Window(letters, next_letters, bit));
        MemberSet may = possible;
        if (at + run < s_.text.size()) {
          const auto behind = static_cast<uint8_t>(s_.text[at + run]);
          const RunFilter::Cell& cell = group.filter->first[RunFilter::Row(run)][behind];
          may &= cell.ends | cell.goes;
        }
        if (may == 0) continue;
        if (at + 1 < s_.text.size() &&
            !group.filter->PassesPair(static_cast<uint8_t>(s_.text[at]),
                                      static_cast<uint8_t>(s_.text[at + 1]))) {
          continue;
        }
        Try(g, at, may);
      }
    }
  }

  // Those of `starts` that the filter passes, told without a branch that depends on the text.
  uint64_t MayBegin(const RunFilter& filter, MemberSet possible, uint64_t starts, uint64_t letters,
                    uint64_t next_letters) const {
    const char* const text = s_.text.data() + base_;
    uint64_t may_begin = 0;
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const size_t run = Ones(Window(letters, next_letters, bit));
      const auto behind = static_cast<uint8_t>(text[bit + run]);
      const RunFilter::Cell& cell = filter.first[RunFilter::Row(run)][behind];
      const bool by_run = (possible & (cell.ends | cell.goes)) != 0;
      const bool by_pair =
          filter.PassesPair(static_cast<uint8_t>(text[bit]), static_cast<uint8_t>(text[bit + 1]));
      may_begin |= static_cast<uint64_t>(by_run & by_pair) << bit;
    }
    return may_begin;
  }

  void Colons(uint64_t colons, uint64_t next) {
    for (const uint32_t g : Of(Lane::kColon)) {
      const ShapeGroup& group = Group(g);
      uint64_t left = colons;
      if (group.colon_gap != 0) {
        uint64_t second = 0;  // where another colon stands close enough behind
        for (uint32_t i = 1; i <= group.colon_gap; ++i) second |= colons >> i | next << (64 - i);
        left &= second;
      }
      for (; left != 0; left &= left - 1) {
        const size_t colon = base_ + static_cast<size_t>(std::countr_zero(left));
        const size_t lowest = colon > kColonReach ? colon - kColonReach : 0;
        Try(g, colon, Possible(g));
        for (size_t at = colon; at-- > lowest;) {
          const auto byte = static_cast<uint8_t>(s_.text[at]);
          if (byte == ':' || !group.first[byte]) break;
          Try(g, at, Possible(g));
        }
      }
    }
  }

  void Runs(const ByteMasks& m, const ByteMasks& next, uint64_t word_starts) {
    const uint64_t upper = RunsOf<kUpperLength>(m.upper | m.digit) & word_starts;
    if (upper != 0) Sized(Lane::kUpperRun, upper, m, next);
    const uint64_t token = RunsOf<kTokenLength>(m.token) & word_starts;
    if (token != 0) Sized(Lane::kTokenRun, token, m, next);
  }

  void Sized(Lane lane, uint64_t starts, const ByteMasks& m, const ByteMasks& next) {
    for (const uint32_t g : Of(lane)) {
      const ShapeGroup& group = Group(g);
      const MemberSet possible = Possible(g);
      if (possible == 0) continue;
      for (uint64_t left = starts; left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        const size_t at = base_ + bit;
        // Only where a word ends at one of the lengths a match can have, if that is known.
        const bool fits = group.lengths == 0 || (Window(~m.word, ~next.word, bit) & group.lengths);
        if (fits && group.first[static_cast<uint8_t>(s_.text[at])]) Try(g, at, possible);
      }
    }
  }

  // Runs the automaton at `begin` for the members in `may`.
  void Try(uint32_t g, size_t begin, MemberSet may) {
    const ShapeGroup& group = Group(g);
    if (s_.has_fields && group.deferred) {
      const ScanState::FieldSets* field = s_.FieldKeywords(begin);
      const MemberSet near = s_.active[block_] != 0 ? s_.near[block_][g] : 0;
      may &= near | (field == nullptr ? 0 : field->members[g]);
    }
    const size_t start = group.dfa.start[KindBefore(s_.text, begin)];
    const size_t first = group.dfa.classes[static_cast<uint8_t>(s_.text[begin])];
    if (may == 0 || group.dfa.next[start * group.dfa.class_count + first] == 0) return;
    size_t count = 0;
    RunDfa(group.dfa, s_.text, begin, [&](uint16_t set, size_t end) {
      // Of many ends only the last ones matter; an identifier's longest match is among them.
      if (count == kMaxEnds) {
        Keep(group, g, begin, may, count);
        count = 0;
      }
      ends_[count++] = {set, end};
    });
    if (count > 0) Keep(group, g, begin, may, count);
  }

  // Longest first: an identifier's shorter matches from the same place do not count.
  void Keep(const ShapeGroup& group, uint32_t g, size_t begin, MemberSet may, size_t count) {
    for (size_t i = count; i-- > 0 && may != 0;) {
      const MemberSet fresh = group.sets[ends_[i].set - 1] & may;
      may &= ~fresh;
      if (fresh == 0) continue;
      if (group.deferred) {
        s_.deferred.push_back({begin, ends_[i].end, g, fresh});
        continue;
      }
      for (MemberSet left = fresh; left != 0; left &= left - 1) {
        const uint32_t id = group.members[static_cast<size_t>(std::countr_zero(left))];
        s_.Accept(s_.rules.rules[id], begin, ends_[i].end);
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
  size_t block_ = 0;
  const GroupLists* lists_ = nullptr;
  size_t noted_ = 0;                // of s_.noted: block, edge, bit
  std::array<End, kMaxEnds> ends_;  // not cleared: as many as Try counts are set
};

ASSAY_WIDE_BITS void RunWide(ScanState& state) { ShapeLanes(state).Run(); }

}  // namespace

void RunShapeLanes(ScanState& state) {
  if (HasWideBits()) return RunWide(state);
  ShapeLanes(state).Run();
}

}  // namespace assay
