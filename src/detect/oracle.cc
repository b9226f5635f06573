#include "detect/oracle.h"

#include <algorithm>
#include <string>

#include "detect/compile_rules.h"
#include "detect/keywords.h"
#include "detect/scan_state.h"

namespace assay {
namespace {

// Every place where a keyword of `id` stands.
std::vector<TextSpan> KeywordPlaces(std::string_view text, const Identifier& id) {
  const std::string lower = LowerAscii(text);
  std::vector<TextSpan> places;
  for (const std::string& keyword : id.keywords) {
    for (const std::string& spelling : KeywordSpellings(keyword)) {
      const std::string needle = LowerAscii(spelling);
      for (size_t at = lower.find(needle); at != std::string::npos;
           at = lower.find(needle, at + 1)) {
        if (AtKeywordEdges(text, at, at + needle.size())) {
          places.push_back({at, at + needle.size()});
        }
      }
    }
  }
  return places;
}

bool HasKeyword(const TextPiece& piece, const Identifier& id, const std::vector<TextSpan>& places,
                size_t begin, size_t end) {
  for (const TextSpan& place : places) {
    if (place.end + id.proximity >= begin && place.begin <= end + id.proximity) return true;
  }
  if (piece.locator == nullptr) return false;
  const std::string field = NormalizeFieldName(piece.locator->FieldName(begin));
  for (const std::string& keyword : id.keywords) {
    if (KeywordNear(field, 0, field.size(), keyword, 0)) return true;
  }
  return false;
}

}  // namespace

std::vector<Detection> OracleScan(const std::shared_ptr<const Ruleset>& ruleset,
                                  const TextPiece& piece) {
  ScanState state(ruleset);
  state.BeginPiece(piece);
  for (const Rule& rule : state.rules.rules) {
    if (rule.definition == nullptr) continue;
    const Identifier& id = *rule.definition;
    const std::string pattern = EffectivePattern(id);
    if (pattern.empty()) continue;
    const auto compiled = PcrePattern::Compile(pattern, id.case_insensitive, id.boundary);
    if (!compiled.ok()) continue;
    const std::vector<TextSpan> places = KeywordPlaces(piece.text, id);
    for (size_t at = 0; at < piece.text.size(); ++at) {
      const auto end = (*compiled)->LongestAt(piece.text, at, state.pcre);
      if (!end) continue;
      if (id.keyword_required && !HasKeyword(piece, id, places, at, *end)) continue;
      state.Accept(rule, at, *end);
    }
  }
  std::stable_sort(state.found.begin(), state.found.end(),
                   [](const Detection& a, const Detection& b) {
                     return std::pair(a.begin, a.identifier) < std::pair(b.begin, b.identifier);
                   });
  std::vector<Detection> kept;
  std::vector<size_t> last_end(ruleset->identifiers().size());
  for (const Detection& detection : state.found) {
    if (detection.begin < last_end[detection.identifier]) continue;
    last_end[detection.identifier] = detection.end;
    if (detection.begin >= piece.own_begin && detection.begin < piece.own_end) {
      kept.push_back(detection);
    }
  }
  return kept;
}

}  // namespace assay
