#include "detect/ruleset.h"

#include <algorithm>
#include <set>
#include <utility>

#include "detect/compile_rules.h"
#include "detect/custom_rules.h"
#include "detect/keywords.h"
#include "detect/packed.h"
#include "detect/rule_yaml.h"
#include "detect/ruleset_impl.h"

namespace assay {
namespace {

// Which names the options turn on.
class Selection {
 public:
  explicit Selection(const RulesetOptions& options)
      : enabled_(options.enabled.begin(), options.enabled.end()),
        disabled_(options.disabled.begin(), options.disabled.end()) {
    unknown_ = enabled_;
    unknown_.insert(disabled_.begin(), disabled_.end());
  }

  bool Takes(std::initializer_list<std::string_view> names) {
    bool on = enabled_.empty();
    bool off = false;
    for (const std::string_view name : names) {
      if (name.empty()) continue;
      const std::string key(name);
      on = on || enabled_.count(key) != 0;
      off = off || disabled_.count(key) != 0;
      unknown_.erase(key);
    }
    return on && !off;
  }

  Status CheckAllKnown() const {
    if (unknown_.empty()) return Status::Ok();
    return InvalidArgument("'" + *unknown_.begin() +
                           "' is no identifier or theme; `assay identifiers list` names them all");
  }

 private:
  std::set<std::string> enabled_, disabled_, unknown_;
};

void AddStrings(std::string_view bytes, std::unordered_set<std::string>* to) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\0');
    to->insert(ValueKey(bytes.substr(0, end)));
    bytes.remove_prefix(std::min(bytes.size(), end + 1));
  }
}

// Makes a small automaton faster to run.
void AddOffsets(Ruleset::Impl* impl, DfaView* dfa) {
  std::vector<uint16_t> offsets = MakeOffsets(*dfa);
  if (offsets.empty()) return;
  impl->dfa_offsets.push_back(std::move(offsets));
  dfa->offsets = impl->dfa_offsets.back().data();
}

bool OnlyAtLineStart(const DfaView& dfa) {
  for (size_t kind = 0; kind < kByteKinds; ++kind) {
    if (kind == static_cast<size_t>(ByteKind::kNewline) ||
        kind == static_cast<size_t>(ByteKind::kEdge)) {
      continue;
    }
    for (uint32_t c = 0; c < dfa.class_count; ++c) {
      if (dfa.start[kind] != 0 && dfa.next[dfa.start[kind] * dfa.class_count + c] != 0)
        return false;
    }
  }
  return true;
}

Status AddManaged(Selection& selection, Ruleset::Impl* impl) {
  const auto lanes = impl->blob.Array<IdentifierLane>(RuleSection::kIdentifierLanes);
  impl->rules.resize(impl->managed.size());
  for (uint32_t i = 0; i < impl->managed.size(); ++i) {
    const Identifier& id = impl->managed[i];
    if (!selection.Takes({id.id, id.classic_regex, id.macie2})) continue;
    Rule& rule = impl->rules[i];
    rule.definition = &id;
    rule.output = static_cast<uint32_t>(impl->identifiers.size());
    rule.proximity = id.proximity;
    const ValidatorEntry* validator = FindValidator(id.validator);
    if (validator != nullptr) rule.validator = validator->check;
    impl->identifiers.push_back(id);
    (id.keyword_required ? impl->deferred : impl->immediate).Set(i);
    if (lanes[i].lane == Lane::kNone) {
      (id.pii_type == "name" ? impl->name_rule : impl->address_rule) = i;
    } else if (lanes[i].dfa != UINT32_MAX) {
      rule.dfa = impl->blob.DfaAt(lanes[i].dfa);
      AddOffsets(impl, &rule.dfa);
      rule.line_start = OnlyAtLineStart(rule.dfa);
    } else if (lanes[i].lane == Lane::kLiteral) {
      ASSAY_ASSIGN_OR_RETURN(
          rule.pcre, PcrePattern::Compile(EffectivePattern(id), id.case_insensitive, id.boundary));
    }
  }
  return Status::Ok();
}

void AddPhrases(Ruleset::Impl* impl) {
  const RuleBlobView& blob = impl->blob;
  PhraseTableView::Parts parts;
  parts.word_map = blob.Array<uint64_t>(RuleSection::kPhraseWordMap);
  parts.begin_map = blob.Array<uint64_t>(RuleSection::kPhraseBeginMap);
  parts.alone_map = blob.Array<uint64_t>(RuleSection::kPhraseAloneMap);
  parts.next_map = blob.Array<uint64_t>(RuleSection::kPhraseNextMap);
  parts.six_map = blob.Array<uint64_t>(RuleSection::kPhraseSixMap);
  parts.four_map = blob.Array<uint64_t>(RuleSection::kPhraseFourMap);
  parts.short_map = blob.Array<uint64_t>(RuleSection::kPhraseShortMap);
  parts.slots = blob.Array<PhraseSlot>(RuleSection::kPhraseSlots);
  parts.entries = blob.Array<PhraseEntry>(RuleSection::kPhraseEntries);
  parts.bytes = blob.Bytes(RuleSection::kPhraseBytes);
  impl->phrases = PhraseTableView(parts);
  impl->phrase_filter = blob.Array<PhraseFilter>(RuleSection::kPhraseFilter).data();
  impl->literal_table = LiteralTable(blob.Array<LiteralRecord>(RuleSection::kLiterals),
                                     blob.Bytes(RuleSection::kLiteralBytes));
  for (const IdSet& ids : blob.Array<IdSet>(RuleSection::kKeywordSets)) {
    impl->keyword_members.push_back(DeferredMembers(*impl, ids));
    uint32_t reach = 0;
    for (size_t i = 0; i < impl->rules.size(); ++i) {
      if (ids.Has(i) && impl->deferred.Has(i)) reach = std::max(reach, impl->rules[i].proximity);
    }
    impl->keyword_reach.push_back(reach);
  }
}

// What the first bytes of the group's matches can be.
void FindFirstBytes(ShapeGroup* group) {
  group->word_edge = true;
  group->upper_first = true;
  for (size_t kind = 0; kind < kByteKinds; ++kind) {
    const size_t start = group->dfa.start[kind];
    for (size_t byte = 0; byte < 256 && start != 0; ++byte) {
      const size_t cell = start * group->dfa.class_count + group->dfa.classes[byte];
      if (group->dfa.next[cell] == 0) continue;
      group->first[byte] = true;
      const auto first_kind = static_cast<ByteKind>(kByteKindTable[byte]);
      group->first_mark[byte] = first_kind != ByteKind::kDigit && first_kind != ByteKind::kWord;
      if (first_kind == ByteKind::kWord && !(byte >= 'A' && byte <= 'Z')) {
        group->upper_first = false;
      }
      if (kind == static_cast<size_t>(ByteKind::kDigit) ||
          kind == static_cast<size_t>(ByteKind::kWord)) {
        group->word_edge = false;
      }
    }
  }
}

void AddToLists(uint32_t number, Ruleset::Impl* impl) {
  const ShapeGroup& group = impl->groups[number];
  if (group.enabled == 0) return;
  GroupLists& lists = group.deferred ? impl->deferred_groups : impl->immediate_groups;
  GroupList& list = lists[static_cast<size_t>(group.lane)];
  list.numbers[list.count++] = number;
  list.word_edge = list.word_edge && group.word_edge;
  for (size_t byte = 0; byte < 256; ++byte) {
    list.first_mark[byte] = list.first_mark[byte] || group.first_mark[byte];
  }
  if (group.deferred || group.lane != Lane::kDigitFirst) return;
  for (size_t run = 0; run < group.filter->first.size(); ++run) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const RunFilter::Cell& cell = group.filter->first[run][byte];
      if (((cell.ends | cell.goes) & group.enabled) != 0) impl->digit_runs[run][byte] = 1;
    }
  }
}

Status AddGroups(Ruleset::Impl* impl) {
  const auto records = impl->blob.Array<DfaRecord>(RuleSection::kDfas);
  const auto sets = impl->blob.Array<MemberSet>(RuleSection::kAcceptSets);
  const auto members = impl->blob.Array<uint32_t>(RuleSection::kGroupMembers);
  for (const LaneGroup& record : impl->blob.Array<LaneGroup>(RuleSection::kLaneGroups)) {
    ShapeGroup group;
    group.lane = record.lane;
    group.deferred = record.deferred != 0;
    group.digit_max = record.digit_max;
    group.mark_max = record.mark_max;
    group.max_length = record.max_length;
    group.colon_gap = record.colon_gap;
    group.lengths = record.lengths;
    if (record.run_filter != UINT32_MAX) {
      group.filter = &impl->blob.Array<RunFilter>(RuleSection::kRunFilters)[record.run_filter];
    }
    group.dfa = impl->blob.DfaAt(record.dfa);
    AddOffsets(impl, &group.dfa);
    group.members = members.subspan(record.members_begin, record.members_count);
    for (size_t i = 0; i < group.members.size(); ++i) {
      const size_t id = group.members[i];
      const bool enabled = impl->immediate.Has(id) || impl->deferred.Has(id);
      if (enabled) group.enabled |= MemberSet{1} << i;
    }
    group.sets = sets.data() + records[record.dfa].first_set;
    FindFirstBytes(&group);
    impl->groups.push_back(group);
  }
  if (impl->groups.size() > kMaxGroups) return Internal("more groups of patterns than expected");
  for (uint32_t g = 0; g < impl->groups.size(); ++g) AddToLists(g, impl);
  return Status::Ok();
}

}  // namespace

Ruleset::Ruleset() : impl_(std::make_unique<Impl>()) {}
Ruleset::~Ruleset() = default;
const std::vector<Identifier>& Ruleset::identifiers() const { return impl_->identifiers; }
const std::vector<Theme>& Ruleset::themes() const { return impl_->themes; }

std::string ValueKey(std::string_view value) {
  std::string key;
  for (const char c : value) {
    if (c == ' ' || c == '-') continue;
    key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  return key;
}

GroupSets DeferredMembers(const Ruleset::Impl& impl, const IdSet& ids) {
  GroupSets sets{};
  for (size_t g = 0; g < impl.groups.size(); ++g) {
    const ShapeGroup& group = impl.groups[g];
    for (size_t i = 0; i < group.members.size() && group.deferred; ++i) {
      if (ids.Has(group.members[i])) sets[g] |= MemberSet{1} << i;
    }
    sets[g] &= group.enabled;
  }
  return sets;
}

Result<HsDatabase> LoadDatabase(std::string_view records) {
  hs_platform_info_t platform{};
  if (hs_populate_platform(&platform) != HS_SUCCESS) {
    return Unimplemented("this processor lacks SSE4.2, which the scanner needs");
  }
  while (records.size() >= sizeof(HsRecord)) {
    const auto* record = reinterpret_cast<const HsRecord*>(records.data());
    const char* bytes = records.data() + sizeof(HsRecord);
    if ((record->cpu_features & ~platform.cpu_features) == 0) {
      hs_database_t* database = nullptr;
      if (hs_deserialize_database(bytes, record->size, &database) == HS_SUCCESS) {
        return HsDatabase(database);
      }
    }
    records.remove_prefix(std::min(records.size(), sizeof(HsRecord) + (record->size + 7) / 8 * 8));
  }
  return Internal("no embedded pattern database fits this processor");
}

Result<std::shared_ptr<const Ruleset>> Ruleset::Load(const RulesetOptions& options) {
  std::shared_ptr<Ruleset> ruleset(new Ruleset);
  Impl& impl = *ruleset->impl_;
  impl.blob = EmbeddedRules();
  ASSAY_ASSIGN_OR_RETURN(Definitions definitions,
                         UnpackDefinitions(impl.blob.Bytes(RuleSection::kDefinitions)));
  Selection selection(options);
  impl.managed = std::move(definitions.identifiers);
  ASSAY_RETURN_IF_ERROR(AddManaged(selection, &impl));
  for (Theme& theme : definitions.themes) {
    const bool takes = selection.Takes({theme.name});
    impl.theme_output.push_back(takes ? static_cast<uint32_t>(impl.themes.size()) : UINT32_MAX);
    impl.theme_minimum.push_back(theme.min_keyword_combinations);
    if (takes) impl.themes.push_back(std::move(theme));
  }
  std::vector<Identifier> custom;
  for (const Identifier& id : options.custom) {
    if (selection.Takes({id.id})) custom.push_back(id);
  }
  ASSAY_RETURN_IF_ERROR(selection.CheckAllKnown());
  ASSAY_RETURN_IF_ERROR(AddGroups(&impl));
  AddPhrases(&impl);
  ASSAY_RETURN_IF_ERROR(AddCustomRules(custom, &impl));

  ASSAY_ASSIGN_OR_RETURN(impl.literals,
                         LoadDatabase(impl.blob.Bytes(RuleSection::kLiteralDatabases)));
  for (const LiteralRecord& record : impl.blob.Array<LiteralRecord>(RuleSection::kLiterals)) {
    impl.longest_literal = std::max(impl.longest_literal, record.length);
  }
  const auto slots = impl.blob.Array<Lexicon::Slot>(RuleSection::kLexicon);
  impl.lexicon = Lexicon(slots.data(), slots.size(),
                         {impl.blob.Array<uint64_t>(RuleSection::kLexiconNames),
                          impl.blob.Array<uint64_t>(RuleSection::kLexiconStreets),
                          impl.blob.Array<uint64_t>(RuleSection::kLexiconParticles)});
  if (!options.report_example_values) {
    AddStrings(impl.blob.Bytes(RuleSection::kWellKnown), &impl.never_values);
    for (const std::string& value : impl.never_values) {
      if (value.size() >= 4) impl.never_tails.set(TailHash(value));
    }
  }
  for (const std::string& word : options.allow_words) impl.allow_words.insert(LowerAscii(word));
  for (const std::string& pattern : options.allow_patterns) {
    auto compiled = PcrePattern::Compile("^(?:" + pattern + ")$", false, Boundary::kNone);
    if (!compiled.ok()) return compiled.status().WithContext("allow pattern");
    impl.allow_patterns.push_back(std::move(compiled).value());
  }
  return std::shared_ptr<const Ruleset>(std::move(ruleset));
}

Result<std::vector<Identifier>> LoadIdentifierFile(const std::string& path) {
  ASSAY_ASSIGN_OR_RETURN(RuleFile file, ReadRuleFile(path));
  if (!file.themes.empty()) {
    return InvalidArgument(path + ": themes cannot be added by a file; only identifiers");
  }
  for (const Identifier& id : file.identifiers) {
    if (Status status = CheckIdentifier(id); !status.ok()) {
      return status.WithContext(path + ": " + id.id);
    }
  }
  return std::move(file.identifiers);
}

Result<std::vector<Identifier>> ManagedIdentifiers() {
  const RuleBlobView blob = EmbeddedRules();
  ASSAY_ASSIGN_OR_RETURN(Definitions definitions,
                         UnpackDefinitions(blob.Bytes(RuleSection::kDefinitions)));
  ASSAY_RETURN_IF_ERROR(UnpackExamples(blob.Bytes(RuleSection::kExamples), &definitions));
  return std::move(definitions.identifiers);
}

Result<std::vector<Theme>> ManagedThemes() {
  const RuleBlobView blob = EmbeddedRules();
  ASSAY_ASSIGN_OR_RETURN(Definitions definitions,
                         UnpackDefinitions(blob.Bytes(RuleSection::kDefinitions)));
  ASSAY_RETURN_IF_ERROR(UnpackExamples(blob.Bytes(RuleSection::kExamples), &definitions));
  return std::move(definitions.themes);
}

}  // namespace assay
