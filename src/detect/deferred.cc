// Matches that count only with a keyword near: decided when all keywords around them are known.
#include <bit>

#include "detect/keywords.h"
#include "detect/scan_state.h"

namespace assay {
namespace {

class Resolver {
 public:
  explicit Resolver(ScanState& state)
      : s_(state), sets_(state.rules.blob.Array<IdSet>(RuleSection::kKeywordSets)) {}

  void Run() {
    std::sort(s_.deferred.begin(), s_.deferred.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    const bool last = s_.ahead_end == s_.text.size();
    size_t from = 0;
    size_t kept = 0;
    for (const ScanState::Deferred& match : s_.deferred) {
      if (!last && match.end + kReach > s_.ahead_end) {
        s_.deferred[kept++] = match;
        continue;
      }
      // Hits come by ascending begin; those too far before this match are so for all that follow.
      while (from < s_.keyword_hits.size() && s_.keyword_hits[from].begin + kReach < match.begin) {
        ++from;
      }
      Resolve(match, from);
    }
    s_.deferred.resize(kept);
  }

 private:
  static constexpr size_t kReach = kMaxProximity + kMaxKeywordBytes;

  void Resolve(const ScanState::Deferred& match, size_t from) {
    Open open{&match, match.group == UINT32_MAX ? 1 : match.ids};
    if (const ScanState::FieldSets* field = s_.FieldKeywords(match.begin)) {
      AcceptThose(KeywordOf(match, field->ids, field->members), SIZE_MAX, &open);
    }
    for (size_t i = from; i < s_.keyword_hits.size() && open.members != 0; ++i) {
      const KeywordHit& hit = s_.keyword_hits[i];
      if (hit.begin > match.end + kMaxProximity) break;
      size_t gap = 0;
      if (hit.end < match.begin) gap = match.begin - hit.end;
      if (hit.begin > match.end) gap = hit.begin - match.end;
      if (gap > kMaxProximity) continue;
      const MemberSet of =
          KeywordOf(match, sets_[hit.keyword], s_.rules.keyword_members[hit.keyword]);
      AcceptThose(of, gap, &open);
    }
  }

  // Those of a match that have not found their keyword yet.
  struct Open {
    const ScanState::Deferred* match;
    MemberSet members;  // in the literal lane: bit 0 stands for the only one
  };

  static MemberSet KeywordOf(const ScanState::Deferred& match, const IdSet& ids,
                             const GroupSets& members) {
    if (match.group != UINT32_MAX) return members[match.group];
    return ids.Has(match.ids) ? 1 : 0;
  }

  // Accepts for those in `keyword_of`, as far as `gap` (SIZE_MAX: the field's name) allows.
  void AcceptThose(MemberSet keyword_of, size_t gap, Open* open) {
    const ScanState::Deferred& match = *open->match;
    for (MemberSet both = open->members & keyword_of; both != 0; both &= both - 1) {
      const auto bit = static_cast<size_t>(std::countr_zero(both));
      const size_t id = match.group == UINT32_MAX ? static_cast<size_t>(match.ids)
                                                  : s_.rules.groups[match.group].members[bit];
      const Rule& rule = s_.rules.rules[id];
      if (gap != SIZE_MAX && gap > rule.proximity) continue;
      open->members &= ~(MemberSet{1} << bit);
      s_.Accept(rule, match.begin, match.end);
    }
  }

  ScanState& s_;
  std::span<const IdSet> sets_;
};

}  // namespace

void ResolveDeferred(ScanState& state) {
  if (!state.deferred.empty()) Resolver(state).Run();
}

}  // namespace assay
