#include "detect/run_filter.h"

#include <algorithm>
#include <vector>

#include "detect/pattern_facts.h"

namespace assay {
namespace {

using States = std::vector<uint32_t>;

class RunFilterBuilder {
 public:
  RunFilterBuilder(const DfaView& dfa, size_t member, RunFilter* filter)
      : dfa_(dfa), member_(MemberSet{1} << member), filter_(filter) {
    for (unsigned digit = '0'; digit <= '9'; ++digit) digits_.set(digit);
  }

  void Run(const ByteSet& run_bytes) {
    const States starts(dfa_.start.begin(), dfa_.start.end());
    for (const uint32_t start : starts) {
      for (size_t digit = 0; digit < 10 && start != 0; ++digit) {
        if (NextState(dfa_, start, '0' + static_cast<unsigned>(digit)) != 0) {
          filter_->digit[digit] |= member_;
        }
      }
    }
    States second;  // behind a run, a byte and one digit
    Walk(starts, run_bytes, [&](size_t run, unsigned byte, uint32_t state) {
      RunFilter::Cell& cell = filter_->first[run][byte];
      if (MatchEnds(state, byte)) cell.ends |= member_;
      const uint32_t behind = NextState(dfa_, state, byte);
      if (behind == 0) return;
      if (Accepts(dfa_, behind)) cell.ends |= member_;
      for (unsigned after = 0; after < 256; ++after) {
        const uint32_t target = NextState(dfa_, behind, after);
        if (target == 0) continue;
        (digits_[after] ? cell.goes : cell.ends) |= member_;
        if (digits_[after]) second.push_back(target);
      }
    });
    // From here the first digit has been read.
    WalkFrom(std::move(second), 1, digits_, [&](size_t run, unsigned byte, uint32_t state) {
      if (GoesOn(state, byte)) filter_->second[run][byte] |= member_;
    });
    Walk(StatesAfterMark(dfa_), digits_, [&](size_t run, unsigned byte, uint32_t state) {
      if (GoesOn(state, byte)) filter_->mark[run][byte] |= member_;
    });
    AddPairs(starts);
  }

 private:
  bool MatchEnds(uint32_t state, unsigned byte) const {
    return Accepts(dfa_, state) &&
           dfa_.accepts[(state - dfa_.first_accept) * kByteKinds + kByteKindTable[byte]] != 0;
  }
  bool GoesOn(uint32_t state, unsigned byte) const {
    return MatchEnds(state, byte) || NextState(dfa_, state, byte) != 0;
  }

  // Calls see(run, byte, state) for each state that is reached by `run` bytes of the kind, and for
  // each byte that does not make the run longer. Long runs, which share a row, see every byte.
  template <typename See>
  void Walk(const States& starts, const ByteSet& kind, See&& see) const {
    WalkFrom(Step(starts, kind), 1, kind, see);
  }
  template <typename See>
  void WalkFrom(States level, size_t run, const ByteSet& kind, See&& see) const {
    for (; run < RunFilter::kMaxRun && !level.empty(); ++run) {
      std::sort(level.begin(), level.end());
      level.erase(std::unique(level.begin(), level.end()), level.end());
      for (const uint32_t state : level) {
        for (unsigned byte = 0; byte < 256; ++byte) {
          if (!kind[byte]) see(run, byte, state);
        }
      }
      level = Step(level, kind);
    }
    if (level.empty()) return;
    for (size_t byte = 0; byte < 256; ++byte) {
      filter_->first[RunFilter::kMaxRun][byte].ends |= member_;
      filter_->second[RunFilter::kMaxRun][byte] |= member_;
      filter_->mark[RunFilter::kMaxRun][byte] |= member_;
    }
  }

  States Step(const States& from, const ByteSet& kind) const {
    States to;
    for (const uint32_t state : from) {
      for (unsigned byte = 0; byte < 256 && state != 0; ++byte) {
        const uint32_t target = kind[byte] ? NextState(dfa_, state, byte) : 0;
        if (target != 0) to.push_back(target);
      }
    }
    return to;
  }

  void AddPairs(const States& starts) {
    for (const uint32_t start : starts) {
      for (size_t a = 0; a < 256 && start != 0; ++a) {
        const uint32_t first = NextState(dfa_, start, static_cast<unsigned>(a));
        for (size_t b = 0; b < 256 && first != 0; ++b) {
          const size_t bit = a * 256 + b;
          if (NextState(dfa_, first, static_cast<unsigned>(b)) != 0 || Accepts(dfa_, first)) {
            filter_->pairs[bit / 64] |= uint64_t{1} << (bit % 64);
          }
        }
      }
    }
  }

  const DfaView& dfa_;
  const MemberSet member_;
  RunFilter* filter_;
  ByteSet digits_;
};

}  // namespace

void AddToRunFilter(const DfaView& dfa, const ByteSet& run_bytes, size_t member,
                    RunFilter* filter) {
  RunFilterBuilder(dfa, member, filter).Run(run_bytes);
}

}  // namespace assay
