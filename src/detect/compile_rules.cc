#include "detect/compile_rules.h"

#include <hs/hs.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "detect/byte_masks.h"
#include "detect/compile_lexicon.h"
#include "detect/keywords.h"
#include "detect/pattern_facts.h"
#include "detect/phrase_filter.h"
#include "detect/phrase_table.h"
#include "detect/rule_blob.h"
#include "detect/run_filter.h"

namespace assay {
namespace {

constexpr size_t kMaxStatesPerDfa = 65'000;
constexpr size_t kMaxStatesPerGroup = 130'000;
constexpr uint32_t kMinUpperRun = 6;
constexpr uint32_t kMinTokenRun = 16;
constexpr uint32_t kMaxColonDistance = 4;
constexpr uint64_t kPlatforms[] = {HS_CPU_FEATURES_AVX512 | HS_CPU_FEATURES_AVX2,
                                   HS_CPU_FEATURES_AVX2, 0};

// Literals of one Vectorscan database, compared with or without case.
struct Literal {
  std::string text;
  bool caseless = false;
  auto operator<=>(const Literal&) const = default;
};

Result<std::string> CompileLiterals(const std::vector<Literal>& literals) {
  std::vector<const char*> texts;
  std::vector<unsigned> flags, ids;
  std::vector<size_t> sizes;
  for (const Literal& literal : literals) {
    ids.push_back(static_cast<unsigned>(texts.size()));
    texts.push_back(literal.text.data());
    sizes.push_back(literal.text.size());
    flags.push_back(literal.caseless ? HS_FLAG_CASELESS : 0);
  }
  std::string out;
  for (const uint64_t features : kPlatforms) {
    hs_platform_info_t platform{};
    platform.cpu_features = features;
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                             static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, &platform,
                             &database, &error) != HS_SUCCESS) {
      Status status = Internal(std::string("Vectorscan: ") + error->message);
      hs_free_compile_error(error);
      return status;
    }
    char* bytes = nullptr;
    size_t size = 0;
    const hs_error_t code = hs_serialize_database(database, &bytes, &size);
    hs_free_database(database);
    if (code != HS_SUCCESS) return Internal("Vectorscan could not serialize a database");
    const HsRecord record{features, size};
    out.append(reinterpret_cast<const char*>(&record), sizeof record);
    out.append(bytes, size);
    out.resize((out.size() + 7) / 8 * 8);
    free(bytes);
  }
  return out;
}

// One identifier on its way into a lane.
struct Compiled {
  RegexTree tree;
  std::vector<AnchorPlace> places;
  IdentifierLane lane;
  std::set<Lane> lanes;  // shape lanes that try it
  uint32_t digit_max = 0;
};

class RuleCompiler {
 public:
  explicit RuleCompiler(const CompileInput& input) : input_(input) {}

  Result<std::string> Compile() {
    const auto& identifiers = input_.definitions.identifiers;
    if (identifiers.size() > kMaxManaged) return InvalidArgument("more than 512 identifiers");
    compiled_.resize(identifiers.size());
    std::string problems;
    for (size_t i = 0; i < identifiers.size(); ++i) {
      if (Status status = CompileIdentifier(i); !status.ok()) {
        problems += "\n  " + identifiers[i].id + ": " + status.message();
      }
    }
    if (!problems.empty()) return InvalidArgument("identifiers that cannot be used:" + problems);
    for (const Lane lane :
         {Lane::kDigitFirst, Lane::kDigitInside, Lane::kUpperRun, Lane::kTokenRun, Lane::kColon}) {
      for (const bool deferred : {false, true}) {
        std::vector<size_t> members;
        for (size_t i = 0; i < compiled_.size(); ++i) {
          if (compiled_[i].lanes.contains(lane) && Definition(i).keyword_required == deferred) {
            members.push_back(i);
          }
        }
        ASSAY_RETURN_IF_ERROR(AddGroup(lane, deferred, members));
      }
    }
    AddThemes();
    AddKeywords();
    return Write();
  }

 private:
  const Identifier& Definition(size_t i) const { return input_.definitions.identifiers[i]; }

  static bool Caseless(const Identifier& id) {
    return id.case_insensitive || EffectivePattern(id).find("(?i") != std::string::npos;
  }

  Status CompileIdentifier(size_t i) {
    const Identifier& id = Definition(i);
    Compiled& c = compiled_[i];
    const std::string pattern = EffectivePattern(id);
    if (pattern.empty()) {
      if (id.pii_type == "name" || id.pii_type == "address") return Status::Ok();
      return InvalidArgument("has neither a pattern nor words");
    }
    ASSAY_ASSIGN_OR_RETURN(c.tree, ParseRegex(pattern, id.case_insensitive));
    const DfaPattern one{c.tree.get(), id.boundary, 0};
    Result<Dfa> dfa = BuildDfa({&one, 1}, kMaxStatesPerDfa);
    if (dfa.ok()) {
      if (FindFacts(dfa->View()).min_length == 0)
        return InvalidArgument("can match the empty string");
    }
    const std::vector<std::string>& anchors = id.words.empty() ? id.anchors : id.words;
    auto places =
        dfa.ok() ? FindAnchors(dfa->View(), anchors, Caseless(id)) : FindAnchors(*c.tree, anchors);
    if (places) {
      c.places = std::move(*places);
      // An automaton that grows too large leaves the match at the candidate to PCRE2.
      c.lane = {Lane::kLiteral, dfa.ok() ? AddDfa(*dfa, false) : UINT32_MAX};
      AddAnchors(i);
      return Status::Ok();
    }
    if (!dfa.ok()) return dfa.status();
    return ChooseShapeLanes(id, &c);
  }

  // Each alternative at the top of the pattern may put the identifier into another lane; in every
  // lane the whole pattern is matched, lanes only say where to try.
  Status ChooseShapeLanes(const Identifier& id, Compiled* c) {
    c->lane.lane = Lane::kDigitFirst;  // any shape lane
    const RegexNode* top = c->tree.get();
    while (top->kind == RegexNode::Kind::kConcat && top->children.size() == 1) {
      top = top->children[0].get();
    }
    if (top->kind != RegexNode::Kind::kAlternate) return ChooseShapeLane(id, *top, c);
    for (const auto& branch : top->children) {
      ASSAY_RETURN_IF_ERROR(ChooseShapeLane(id, *branch, c));
    }
    return Status::Ok();
  }

  static Status ChooseShapeLane(const Identifier& id, const RegexNode& tree, Compiled* c) {
    const DfaPattern one{&tree, id.boundary, 0};
    ASSAY_ASSIGN_OR_RETURN(const Dfa dfa, BuildDfa({&one, 1}, kMaxStatesPerDfa));
    const PatternFacts facts = FindFacts(dfa.View());
    if (facts.has_digit && facts.digit_max <= 24) {
      if (facts.digit_min == 0 && facts.digit_after_digit) {
        return InvalidArgument("may begin inside a run of digits: set boundary to digit or word");
      }
      if (facts.digit_max > 0 && facts.word_after_word && BeginsWithLetter(facts)) {
        return InvalidArgument("may begin inside a word: set boundary to word");
      }
      if (facts.digit_min == 0) c->lanes.insert(Lane::kDigitFirst);
      if (facts.digit_max > 0) c->lanes.insert(Lane::kDigitInside);
      c->digit_max = std::max(c->digit_max, facts.digit_max);
      return Status::Ok();
    }
    if (facts.word_after_word) {
      return InvalidArgument("may begin inside a word: set boundary to word or token, or anchors");
    }
    if (AllBytes(facts.alphabet, false) && facts.min_length >= kMinUpperRun) {
      c->lanes.insert(Lane::kUpperRun);
      return Status::Ok();
    }
    if (AllBytes(facts.alphabet, true) && facts.min_length >= kMinTokenRun) {
      c->lanes.insert(Lane::kTokenRun);
      return Status::Ok();
    }
    const auto colon = FindAnchors(dfa.View(), {":"}, false);
    if (colon && colon->size() == 1 && colon->front().max <= kMaxColonDistance) {
      c->lanes.insert(Lane::kColon);
      return Status::Ok();
    }
    return InvalidArgument(
        "fits no lane: name anchors, one of which every match contains within its first 1,000 "
        "bytes; or let every match hold a digit within its first 24 bytes, a colon within its "
        "first "
        "5, be 6 or more upper-case letters and digits, or be 16 or more letters, digits and + / = "
        "-");
  }

  static bool AllBytes(const ByteSet& alphabet, bool token) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (!alphabet[byte]) continue;
      const bool upper = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z');
      const auto kind = static_cast<ByteKind>(kByteKindTable[byte]);
      const bool in_token =
          kind == ByteKind::kDigit || kind == ByteKind::kWord || kind == ByteKind::kTokenMark;
      if (token ? !in_token : !upper) return false;
    }
    return true;
  }

  static bool BeginsWithLetter(const PatternFacts& facts) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (facts.first[byte] && kByteKindTable[byte] == static_cast<uint8_t>(ByteKind::kWord)) {
        return true;
      }
    }
    return false;
  }

  // `members`: the patterns are numbered by their place in a group.
  uint32_t AddDfa(const Dfa& dfa, bool members) {
    DfaRecord record{};
    record.classes = static_cast<uint32_t>(pool8_.size());
    pool8_.insert(pool8_.end(), dfa.classes.begin(), dfa.classes.end());
    const auto add16 = [this](const std::vector<uint16_t>& values) {
      const auto at = static_cast<uint32_t>(pool16_.size());
      pool16_.insert(pool16_.end(), values.begin(), values.end());
      return at;
    };
    record.next = add16(dfa.next);
    record.accepts = add16(dfa.accepts);
    record.sets = add16(dfa.sets);
    record.sets_begin = static_cast<uint32_t>(pool32_.size());
    pool32_.insert(pool32_.end(), dfa.sets_begin.begin(), dfa.sets_begin.end());
    record.class_count = dfa.class_count;
    record.states = dfa.states();
    record.first_accept = dfa.first_accept;
    record.set_count = static_cast<uint32_t>(dfa.sets_begin.size() - 1);
    record.start = dfa.start;
    record.first_set = static_cast<uint32_t>(accept_sets_.size());
    if (members) {
      const DfaView view = dfa.View();
      for (uint32_t set = 1; set < record.set_count; ++set) {
        MemberSet found = 0;
        for (const uint16_t number : view.Set(set)) found |= MemberSet{1} << number;
        accept_sets_.push_back(found);
      }
    }
    dfas_.push_back(record);
    return static_cast<uint32_t>(dfas_.size() - 1);
  }

  // One automaton for all members, or, when that grows too large, one for each half.
  Status AddGroup(Lane lane, bool deferred, const std::vector<size_t>& members) {
    if (members.empty()) return Status::Ok();
    std::vector<DfaPattern> patterns;
    LaneGroup group{};
    group.lane = lane;
    group.deferred = deferred ? 1 : 0;
    for (const size_t i : members) {
      const Compiled& c = compiled_[i];
      patterns.push_back(
          {c.tree.get(), Definition(i).boundary, static_cast<uint16_t>(patterns.size())});
      group.digit_max = std::max(group.digit_max, c.digit_max);
    }
    const bool fits = members.size() <= kMaxMembers;
    auto dfa = fits ? BuildDfa(patterns, kMaxStatesPerGroup) : ResourceExhausted("too many");
    if (dfa.ok()) {
      const PatternFacts facts = FindFacts(dfa->View());
      group.mark_max = facts.mark_digit_max;
      group.lengths = facts.lengths;
      group.max_length = facts.max_length;
      if (lane == Lane::kColon) group.colon_gap = facts.colon_gap;
      ASSAY_ASSIGN_OR_RETURN(group.run_filter, AddRunFilter(lane, patterns));
      group.members_begin = static_cast<uint32_t>(group_members_.size());
      group.members_count = static_cast<uint32_t>(members.size());
      group_members_.insert(group_members_.end(), members.begin(), members.end());
      group.dfa = AddDfa(*dfa, true);
      groups_.push_back(group);
      return Status::Ok();
    }
    if (members.size() == 1) return dfa.status().WithContext(Definition(members[0]).id);
    const auto middle = members.begin() + static_cast<std::ptrdiff_t>(members.size() / 2);
    ASSAY_RETURN_IF_ERROR(AddGroup(lane, deferred, {members.begin(), middle}));
    return AddGroup(lane, deferred, {middle, members.end()});
  }

  // The number of the filter of a group with these patterns.
  Result<uint32_t> AddRunFilter(Lane lane, std::span<const DfaPattern> patterns) {
    if (lane != Lane::kDigitFirst && lane != Lane::kDigitInside) return UINT32_MAX;
    ByteSet run;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto kind = static_cast<ByteKind>(kByteKindTable[byte]);
      run[byte] = kind == (lane == Lane::kDigitFirst ? ByteKind::kDigit : ByteKind::kWord);
    }
    run_filters_.emplace_back();
    for (const DfaPattern& pattern : patterns) {
      ASSAY_ASSIGN_OR_RETURN(const Dfa one, BuildDfa({&pattern, 1}, kMaxStatesPerDfa));
      AddToRunFilter(one.View(), run, pattern.number, &run_filters_.back());
    }
    return static_cast<uint32_t>(run_filters_.size() - 1);
  }

  void AddAnchors(size_t i) {
    const Identifier& id = Definition(i);
    const bool caseless = Caseless(id);
    for (const AnchorPlace& place : compiled_[i].places) {
      AnchorTarget target{};
      target.identifier = static_cast<uint32_t>(i);
      target.min = static_cast<uint16_t>(place.min);
      target.max = static_cast<uint16_t>(place.max);
      target.byte_set = static_cast<uint32_t>(byte_sets_.size() / 32);
      for (size_t byte = 0; byte < 256; byte += 8) {
        uint8_t bits = 0;
        for (size_t bit = 0; bit < 8; ++bit) {
          if (place.before[byte + bit]) bits |= static_cast<uint8_t>(1u << bit);
        }
        byte_sets_.push_back(bits);
      }
      anchors_[{place.anchor, caseless}].push_back(target);
    }
  }

  void AddThemes() {
    const auto& themes = input_.definitions.themes;
    std::map<std::pair<uint32_t, std::string>, uint32_t> known;
    for (uint32_t t = 0; t < themes.size(); ++t) {
      for (const std::string& keyword : themes[t].keywords) {
        CombinationRecord combination{t, static_cast<uint32_t>(combination_phrases_.size()), 0};
        size_t begin = 0;
        while (begin <= keyword.size()) {
          const size_t plus = std::min(keyword.find(" + ", begin), keyword.size());
          const std::string written = LowerAscii(keyword.substr(begin, plus - begin));
          const std::string phrase = NormalizeKeyword(written);
          begin = plus + 3;
          const auto [it, added] =
              known.emplace(std::pair{t, phrase}, static_cast<uint32_t>(theme_phrases_.size()));
          if (added) {
            theme_phrases_.push_back(t);
            // Without the spellings of field names ('_' and joined words): a theme is the topic of
            // a document, and fewer literals are found faster.
            std::string hyphens = phrase;
            std::replace(hyphens.begin(), hyphens.end(), ' ', '-');
            for (const std::string& spelling : std::set<std::string>{written, phrase, hyphens}) {
              AddPhrase(spelling, kThemeTarget + it->second);
            }
          }
          combination_phrases_.push_back(it->second);
        }
        combination.phrases_end = static_cast<uint32_t>(combination_phrases_.size());
        combinations_.push_back(combination);
      }
    }
  }

  // Only keywords of identifiers that need one are ever looked for.
  void AddKeywords() {
    std::map<std::string, IdSet> keywords;
    for (size_t i = 0; i < compiled_.size(); ++i) {
      if (!Definition(i).keyword_required) continue;
      for (const std::string& keyword : Definition(i).keywords) {
        keywords[NormalizeKeyword(keyword)].Set(i);
      }
    }
    for (const auto& [text, ids] : keywords) {
      for (const std::string& spelling : KeywordSpellings(text)) {
        AddPhrase(LowerAscii(spelling), static_cast<uint32_t>(keyword_sets_.size()));
      }
      keyword_sets_.push_back(ids);
    }
  }

  // Phrases that begin with a mark ("(wa)") or are a single byte go the way of anchors.
  void AddPhrase(const std::string& text, uint32_t target) {
    const auto kind = static_cast<ByteKind>(kByteKindTable[static_cast<uint8_t>(text[0])]);
    const bool word = (kind == ByteKind::kWord && text[0] != '_') || kind == ByteKind::kDigit ||
                      static_cast<uint8_t>(text[0]) >= 0x80;
    if (word && text.size() >= 2) {
      phrases_.push_back({text, target});
    } else {
      phrase_literals_[{text, true}].push_back(target);
    }
  }

  Result<std::string> Write() {
    // A literal with both roles, or a phrase of several themes, has one record per phrase.
    std::vector<Literal> literals;
    std::vector<LiteralRecord> records;
    std::vector<ByteAnchor> byte_anchors;
    std::vector<AnchorTarget> targets;
    for (const auto& [literal, list] : anchors_) {
      LiteralRecord record{static_cast<uint32_t>(literal.text.size()),
                           static_cast<uint32_t>(targets.size()),
                           0,
                           UINT32_MAX,
                           0,
                           0};
      targets.insert(targets.end(), list.begin(), list.end());
      record.targets_end = static_cast<uint32_t>(targets.size());
      if (literal.text.size() == 1 && kAnchorBytes.find(literal.text) != std::string_view::npos) {
        byte_anchors.push_back(
            {static_cast<uint8_t>(literal.text[0]), record.targets_begin, record.targets_end});
        continue;
      }
      literals.push_back(literal);
      records.push_back(record);
    }
    for (const auto& [literal, phrases] : phrase_literals_) {
      for (const uint32_t phrase : phrases) {
        literals.push_back(literal);
        records.push_back({static_cast<uint32_t>(literal.text.size()), 0, 0, phrase, 0, 0});
      }
    }
    std::string literal_bytes;
    std::vector<std::string> literal_texts;
    for (size_t i = 0; i < literals.size(); ++i) {
      if (literals[i].text.size() < 2) return Internal("literal of one byte: " + literals[i].text);
      records[i].text = static_cast<uint32_t>(literal_bytes.size());
      records[i].caseless = literals[i].caseless ? 1 : 0;
      literal_texts.push_back(literals[i].caseless ? LowerAscii(literals[i].text)
                                                   : literals[i].text);
      literal_bytes += literal_texts.back();
    }
    ASSAY_ASSIGN_OR_RETURN(const std::string literal_databases, CompileLiterals(literals));
    const PhraseTableData phrases = BuildPhraseTable(phrases_);
    ASSAY_ASSIGN_OR_RETURN(const auto lexicon, CompileLexicon(input_.lexicon_directory));
    std::vector<IdentifierLane> lanes;
    lanes.reserve(compiled_.size());
    for (const Compiled& c : compiled_) lanes.push_back(c.lane);
    std::string well_known;
    for (const std::string& value : input_.well_known) well_known += value + '\0';

    RuleBlobWriter blob;
    blob.PutBytes(RuleSection::kDefinitions, PackDefinitions(input_.definitions));
    blob.PutBytes(RuleSection::kExamples, PackExamples(input_.definitions));
    blob.Put(RuleSection::kIdentifierLanes, lanes);
    blob.Put(RuleSection::kDfas, dfas_);
    blob.Put(RuleSection::kPool8, pool8_);
    blob.Put(RuleSection::kPool16, pool16_);
    blob.Put(RuleSection::kPool32, pool32_);
    blob.Put(RuleSection::kLaneGroups, groups_);
    blob.Put(RuleSection::kRunFilters, run_filters_);
    blob.Put(RuleSection::kGroupMembers, group_members_);
    blob.Put(RuleSection::kAcceptSets, accept_sets_);
    blob.Put(RuleSection::kLiterals, records);
    blob.PutBytes(RuleSection::kLiteralBytes, literal_bytes);
    blob.Put(RuleSection::kByteAnchors, byte_anchors);
    blob.Put(RuleSection::kAnchorTargets, targets);
    blob.Put(RuleSection::kByteSets, byte_sets_);
    blob.Put(RuleSection::kThemePhrases, theme_phrases_);
    blob.Put(RuleSection::kCombinations, combinations_);
    blob.Put(RuleSection::kCombinationPhrases, combination_phrases_);
    blob.Put(RuleSection::kPhraseWordMap, phrases.word_map);
    blob.Put(RuleSection::kPhraseBeginMap, phrases.begin_map);
    blob.Put(RuleSection::kPhraseAloneMap, phrases.alone_map);
    blob.Put(RuleSection::kPhraseNextMap, phrases.next_map);
    blob.Put(RuleSection::kPhraseSixMap, phrases.six_map);
    blob.Put(RuleSection::kPhraseFourMap, phrases.four_map);
    blob.Put(RuleSection::kPhraseShortMap, phrases.short_map);
    std::vector<std::string> texts;
    texts.reserve(phrases_.size());
    for (const Phrase& phrase : phrases_) texts.push_back(phrase.text);
    blob.Put(RuleSection::kPhraseFilter, std::vector{BuildPhraseFilter(texts, literal_texts)});
    blob.Put(RuleSection::kPhraseSlots, phrases.slots);
    blob.Put(RuleSection::kPhraseEntries, phrases.entries);
    blob.PutBytes(RuleSection::kPhraseBytes, phrases.bytes);
    blob.Put(RuleSection::kKeywordSets, keyword_sets_);
    blob.PutBytes(RuleSection::kLiteralDatabases, literal_databases);
    blob.Put(RuleSection::kLexicon, lexicon.slots);
    blob.Put(RuleSection::kLexiconNames, lexicon.names);
    blob.Put(RuleSection::kLexiconStreets, lexicon.streets);
    blob.Put(RuleSection::kLexiconParticles, lexicon.particles);
    blob.PutBytes(RuleSection::kWellKnown, well_known);
    return blob.Finish();
  }

  const CompileInput& input_;
  std::vector<Compiled> compiled_;
  std::vector<DfaRecord> dfas_;
  std::vector<uint8_t> pool8_, byte_sets_;
  std::vector<uint16_t> pool16_;
  std::vector<uint32_t> pool32_, theme_phrases_, combination_phrases_, group_members_;
  std::vector<LaneGroup> groups_;
  std::vector<RunFilter> run_filters_;
  std::vector<IdSet> keyword_sets_;
  std::vector<MemberSet> accept_sets_;
  std::vector<CombinationRecord> combinations_;
  std::vector<Phrase> phrases_;
  std::map<Literal, std::vector<AnchorTarget>> anchors_;
  std::map<Literal, std::vector<uint32_t>> phrase_literals_;
};

}  // namespace

std::string EscapeRegex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '_' || c == ' ' || static_cast<uint8_t>(c) >= 0x80;
    if (!plain) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string EffectivePattern(const Identifier& identifier) {
  if (!identifier.pattern.empty() || identifier.words.empty()) return identifier.pattern;
  std::string pattern;
  for (const std::string& word : identifier.words) {
    pattern += (pattern.empty() ? "" : "|") + EscapeRegex(word);
  }
  return pattern;
}

Result<std::string> CompileRules(const CompileInput& input) {
  return RuleCompiler(input).Compile();
}

}  // namespace assay
