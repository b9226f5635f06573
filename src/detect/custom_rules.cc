#include "detect/custom_rules.h"

#include <set>
#include <utility>

#include "detect/compile_rules.h"
#include "detect/keywords.h"

namespace assay {
namespace {

constexpr size_t kMaxCustom = 200;
constexpr size_t kMaxPatternBytes = 4096;
constexpr size_t kMaxListEntries = 1000;
constexpr size_t kMaxDatabaseBytes = 64u << 20;
// Vectorscan flags of a prefilter: only whether it matches somewhere.
constexpr unsigned kFlags = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY | HS_FLAG_PREFILTER;

bool IsIdentifierName(std::string_view id) {
  if (id.empty() || id.size() > 100 || id[0] < 'A' || id[0] > 'Z') return false;
  for (const char c : id) {
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

Status CheckList(const std::vector<std::string>& list, std::string_view what, size_t longest) {
  if (list.size() > kMaxListEntries) {
    return InvalidArgument(std::string(what) + ": more than 1,000 entries; split the identifier");
  }
  for (const std::string& entry : list) {
    if (entry.empty() || entry.size() > longest) {
      return InvalidArgument(std::string(what) + ": each entry must be 1 to " +
                             std::to_string(longest) + " bytes long");
    }
  }
  return Status::Ok();
}

Result<HsDatabase> CompilePrefilter(const std::vector<CustomRule>& rules, uint32_t only) {
  std::vector<std::string> patterns;
  std::vector<const char*> pointers;
  std::vector<unsigned> flags, ids;
  for (uint32_t i = 0; i < rules.size(); ++i) {
    if (only != UINT32_MAX && only != i) continue;
    const Identifier& id = *rules[i].rule.definition;
    patterns.push_back(EffectivePattern(id));
    flags.push_back(kFlags | (id.case_insensitive ? HS_FLAG_CASELESS : 0u));
    ids.push_back(i);
  }
  pointers.reserve(patterns.size());
  for (const std::string& pattern : patterns) pointers.push_back(pattern.c_str());
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(pointers.data(), flags.data(), ids.data(),
                       static_cast<unsigned>(pointers.size()), HS_MODE_BLOCK, nullptr, &database,
                       &error) != HS_SUCCESS) {
    const std::string text = error->message;
    hs_free_compile_error(error);
    return Unimplemented(text);
  }
  HsDatabase owned(database);
  size_t size = 0;
  if (hs_database_size(database, &size) == HS_SUCCESS && size > kMaxDatabaseBytes) {
    return ResourceExhausted("the patterns compile to more than 64 MiB");
  }
  return owned;
}

}  // namespace

Status CheckIdentifier(const Identifier& id) {
  if (!IsIdentifierName(id.id)) {
    return InvalidArgument("id must be UPPER_SNAKE_CASE, 1 to 100 characters");
  }
  if (id.pattern.empty() == id.words.empty()) {
    return InvalidArgument("give either a pattern or words");
  }
  if (id.pattern.size() > kMaxPatternBytes) {
    return InvalidArgument("pattern: longer than 4,096 bytes; use words for lists");
  }
  ASSAY_RETURN_IF_ERROR(CheckList(id.words, "words", 256));
  ASSAY_RETURN_IF_ERROR(CheckList(id.keywords, "keywords", kMaxKeywordBytes));
  ASSAY_RETURN_IF_ERROR(CheckList(id.ignore_words, "ignore_words", 256));
  if (id.proximity < 1 || id.proximity > 300) {
    return InvalidArgument("proximity must be from 1 to 300");
  }
  if (id.risk < 1 || id.risk > 10) return InvalidArgument("risk must be from 1 to 10");
  if (id.keyword_required && id.keywords.empty()) {
    return InvalidArgument("keyword_required needs keywords");
  }
  if (!id.validator.empty() && FindValidator(id.validator) == nullptr) {
    std::string known;
    for (const ValidatorEntry& entry : Validators()) {
      known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    return InvalidArgument("unknown validator '" + id.validator + "'; known: " + known);
  }
  auto pattern = PcrePattern::Compile(EffectivePattern(id), id.case_insensitive, id.boundary);
  if (!pattern.ok()) return pattern.status();
  if ((*pattern)->MatchesEmpty()) {
    return InvalidArgument("pattern: can match the empty string; make a part of it required");
  }
  if (!PcrePattern::IsAffordable(EffectivePattern(id), id.case_insensitive, id.boundary)) {
    return InvalidArgument(
        "the pattern needs too many steps on hostile text: remove nested repeats such as (a+)+ or "
        "bound them");
  }
  return Status::Ok();
}

Status AddCustomRules(const std::vector<Identifier>& custom, Ruleset::Impl* impl) {
  if (custom.empty()) return Status::Ok();
  if (custom.size() > kMaxCustom) return InvalidArgument("more than 200 identifiers of your own");
  std::set<std::string> ids;
  for (const Identifier& id : impl->managed) ids.insert(id.id);
  impl->identifiers.reserve(impl->identifiers.size() + custom.size());
  for (const Identifier& id : custom) {
    if (!ids.insert(id.id).second) {
      return InvalidArgument(id.id + ": there is an identifier of that id already; rename yours");
    }
    if (Status status = CheckIdentifier(id); !status.ok()) return status.WithContext(id.id);
    impl->identifiers.push_back(id);
  }
  const size_t first = impl->identifiers.size() - custom.size();
  for (size_t i = first; i < impl->identifiers.size(); ++i) {
    const Identifier& id = impl->identifiers[i];
    CustomRule rule;
    rule.rule.definition = &id;
    rule.rule.output = static_cast<uint32_t>(i);
    rule.rule.proximity = id.proximity;
    if (const ValidatorEntry* entry = FindValidator(id.validator)) {
      rule.rule.validator = entry->check;
    }
    ASSAY_ASSIGN_OR_RETURN(rule.rule.pcre, PcrePattern::Compile(EffectivePattern(id),
                                                                id.case_insensitive, id.boundary));
    rule.keywords = id.keywords;
    impl->custom.push_back(std::move(rule));
  }
  auto database = CompilePrefilter(impl->custom, UINT32_MAX);
  if (database.ok()) {
    impl->custom_database = std::move(database).value();
  } else {
    for (uint32_t i = 0; i < impl->custom.size(); ++i) impl->custom_always.push_back(i);
  }
  return Status::Ok();
}

}  // namespace assay
