// The user lane: Vectorscan says which of the user's patterns occur in the piece at all; PCRE2,
// with its limits, finds where.
#include "detect/keywords.h"
#include "detect/scan_state.h"

namespace assay {
namespace {

bool HasKeyword(ScanState& state, const CustomRule& custom, size_t begin, size_t end) {
  std::string field;
  if (state.piece->locator != nullptr) {
    field = NormalizeFieldName(state.piece->locator->FieldName(begin));
  }
  for (const std::string& keyword : custom.keywords) {
    if (!field.empty() && KeywordNear(field, 0, field.size(), keyword, 0)) return true;
    if (KeywordNear(state.text, begin, end, keyword, custom.rule.proximity)) return true;
  }
  return false;
}

void FindAll(ScanState& state, const CustomRule& custom) {
  size_t from = 0;
  bool limit_reached = false;
  while (from < state.text.size()) {
    const auto match = custom.rule.pcre->Find(state.text, from, state.pcre, &limit_reached);
    if (!match || limit_reached) return;
    const bool keyword = !custom.rule.definition->keyword_required ||
                         HasKeyword(state, custom, match->begin, match->end);
    const bool kept = keyword && state.Accept(custom.rule, match->begin, match->end);
    from = kept ? match->end : match->begin + 1;
  }
}

}  // namespace

void RunUserLane(ScanState& state) {
  const Ruleset::Impl& rules = state.rules;
  std::vector<uint32_t> present = rules.custom_always;
  if (rules.custom_database) {
    hs_scan(
        rules.custom_database.get(), state.text.data(), static_cast<unsigned>(state.text.size()), 0,
        state.scratch.get(),
        [](unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
          static_cast<std::vector<uint32_t>*>(context)->push_back(id);
          return 0;
        },
        &present);
  }
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  for (const uint32_t i : present) FindAll(state, rules.custom[i]);
}

}  // namespace assay
