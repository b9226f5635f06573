#include "detect/scan_state.h"

#include "detect/keywords.h"

namespace assay {
namespace {

constexpr size_t kMaxFieldName = 200;
constexpr size_t kMaxFieldNames = 4096;

bool ContainsNoCase(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace

ScanState::ScanState(std::shared_ptr<const Ruleset> owned)
    : ruleset(std::move(owned)), rules(ruleset->impl()) {
  hs_scratch_t* made = nullptr;
  hs_alloc_scratch(rules.literals.get(), &made);
  if (rules.custom_database) hs_alloc_scratch(rules.custom_database.get(), &made);
  scratch.reset(made);
  masks.resize(kChunkBytes / 64 + 2);
  ahead_masks.resize(masks.size());
  active.resize(kChunkBytes / 64);
  near.resize(active.size());
  phrase_begins.resize(active.size());
  literal_begins.resize(active.size());
  noted.resize(kChunkBytes / 2 + 64);  // runs of digits have something between them
  tried_until.resize(rules.blob.Array<AnchorTarget>(RuleSection::kAnchorTargets).size());
  steps.resize(rules.rules.size());
  phrases_seen.resize(rules.blob.Array<uint32_t>(RuleSection::kThemePhrases).size());
}

void ScanState::BeginPiece(const TextPiece& new_piece) {
  piece = &new_piece;
  text = new_piece.text;
  has_fields = new_piece.locator != nullptr && new_piece.locator->HasFieldNames();
  found.clear();
  deferred.clear();
  std::fill(tried_until.begin(), tried_until.end(), size_t{0});
  std::fill(steps.begin(), steps.end(), uint64_t{0});
  keyword_hits.clear();
  last_field_known = false;
  name_end = 0;
}

// Whether the value may be one of those never reported: its last four bytes are those of one, or
// hold a separator that the comparison leaves out.
bool ScanState::MayBeWellKnown(std::string_view value) const {
  if (rules.never_values.empty() || value.size() < 4 || value.size() > 128) return false;
  bool separator = false;
  for (const char c : value.substr(value.size() - 4)) separator |= c == ' ' || c == '-';
  return separator || rules.never_tails[TailHash(value)];
}

bool ScanState::Accept(const Rule& rule, size_t begin, size_t end) {
  if (rule.validator != nullptr) {
    constexpr size_t kReach = ValidatorContext::kReach;
    ValidatorContext context;
    const size_t before = std::min(begin, kReach);
    context.before = text.substr(begin - before, before);
    context.after = text.substr(end, kReach);
    SpanChange change;
    if (!rule.validator(text.substr(begin, end - begin), context, &change)) return false;
    begin += change.drop_front;
    end = std::min(end + change.extend_back - change.drop_back, text.size());
    if (begin >= end) return false;
  }
  const std::string_view value = text.substr(begin, end - begin);
  for (const std::string& word : rule.definition->ignore_words) {
    if (ContainsNoCase(value, word)) return false;
  }
  if (MayBeWellKnown(value)) {
    value_key.clear();
    for (const char c : value) {
      if (c == ' ' || c == '-') continue;
      value_key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    if (rules.never_values.count(value_key) != 0) return false;
  }
  if (!rules.allow_words.empty() && rules.allow_words.count(LowerAscii(value)) != 0) return false;
  for (const auto& pattern : rules.allow_patterns) {
    bool limit_reached = false;
    const auto match = pattern->Find(value, 0, pcre, &limit_reached);
    if (match && match->begin == 0 && match->end == value.size()) return false;
  }
  found.push_back({rule.output, begin, end});
  return true;
}

const ScanState::FieldSets* ScanState::FieldKeywords(size_t offset) {
  if (!has_fields) return nullptr;
  const std::string_view name = piece->locator->FieldName(offset);
  if (name.empty() || name.size() > kMaxFieldName) return nullptr;
  if (last_field_known && name == last_field) return last_field_set;
  last_field.assign(name);
  last_field_known = true;
  auto it = field_sets.find(last_field);
  if (it == field_sets.end()) {
    if (field_sets.size() >= kMaxFieldNames) field_sets.clear();
    it = field_sets.emplace(last_field, FieldSets{}).first;
    const std::string field = NormalizeFieldName(name);
    const auto sets = rules.blob.Array<IdSet>(RuleSection::kKeywordSets);
    for (size_t at = 0; at < field.size(); ++at) {
      rules.phrases.FindAt(field, at, [&](uint32_t target, size_t end) {
        if (target >= kThemeTarget || !AtKeywordEdges(field, at, end)) return;
        for (size_t i = 0; i < kIdSetWords; ++i) {
          it->second.ids.words[i] |= sets[target].words[i] & rules.deferred.words[i];
        }
      });
    }
    it->second.members = DeferredMembers(rules, it->second.ids);
  }
  last_field_set = it->second.ids.Any() ? &it->second : nullptr;
  return last_field_set;
}

void ScanState::OnPhrase(uint32_t target, size_t begin, size_t end) {
  if (!AtKeywordEdges(text, begin, end)) return;
  if (target < kThemeTarget) {
    keyword_hits.push_back({begin, end, target});
  } else if (begin >= piece->own_begin && begin < piece->own_end) {
    // The overlap belongs to a neighbour, which counts it.
    phrases_seen[target - kThemeTarget] = 1;
  }
}

}  // namespace assay
