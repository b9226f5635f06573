// What a Ruleset holds inside: the embedded blob made ready for the scanner.
//
// Thread rule: immutable after Ruleset::Load.
#pragma once

#include <hs/hs.h>

#include <array>
#include <bitset>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "detect/lexicon.h"
#include "detect/literal_table.h"
#include "detect/pcre.h"
#include "detect/phrase_filter.h"
#include "detect/phrase_table.h"
#include "detect/rule_blob.h"
#include "detect/ruleset.h"
#include "detect/validators.h"

namespace assay {

struct HsDatabaseFree {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using HsDatabase = std::unique_ptr<hs_database_t, HsDatabaseFree>;

// One identifier as the scanner uses it.
struct Rule {
  const Identifier* definition = nullptr;
  uint32_t output = UINT32_MAX;  // index in Ruleset::identifiers(); UINT32_MAX = disabled
  uint32_t proximity = 30;
  uint32_t reach = 0;       // proximity and the longest keyword
  bool line_start = false;  // matches begin at the start of a line only
  Validator validator = nullptr;
  DfaView dfa;  // literal lane; dfa.next is null when `pcre` does its work
  std::unique_ptr<PcrePattern> pcre;
};

struct ShapeGroup {
  Lane lane;
  bool deferred = false;         // all members need a keyword; else none does
  uint32_t digit_max, mark_max;  // as in LaneGroup
  uint32_t max_length, colon_gap;
  uint64_t lengths;
  const RunFilter* filter = nullptr;
  DfaView dfa;
  std::span<const uint32_t> members;  // blob numbers
  MemberSet enabled = 0;
  const MemberSet* sets;               // of accept set 1; set n is sets[n - 1]
  bool word_edge = false;              // no match begins behind a letter, a digit or '_'
  bool upper_first = false;            // a letter that a match begins with is A-Z
  std::array<bool, 256> first{};       // bytes a match can begin with, after some kind of byte
  std::array<bool, 256> first_mark{};  // those of them that are neither letter nor digit
};

// Most groups there can be.
inline constexpr size_t kMaxGroups = 16;
// A set of identifiers as sets of the members of each group.
using GroupSets = std::array<MemberSet, kMaxGroups>;

// The groups of one lane.
struct GroupList {
  std::array<uint32_t, kMaxGroups> numbers{};  // in Ruleset::Impl::groups
  size_t count = 0;
  bool word_edge = true;               // of all of them
  std::array<bool, 256> first_mark{};  // of any of them
  const uint32_t* begin() const { return numbers.data(); }
  const uint32_t* end() const { return numbers.data() + count; }
};
using GroupLists = std::array<GroupList, 8>;  // by lane

struct CustomRule {
  Rule rule;
  std::vector<std::string> keywords;
};

struct Ruleset::Impl {
  RuleBlobView blob{std::string_view()};
  std::vector<Identifier> identifiers;
  std::vector<Theme> themes;
  std::vector<Identifier> managed;     // all, also the disabled ones, by blob number
  std::vector<Rule> rules;             // by blob number
  std::vector<uint32_t> theme_output;  // by blob number; UINT32_MAX = disabled
  std::vector<uint32_t> theme_minimum;
  IdSet immediate;                  // enabled, need no keyword
  IdSet deferred;                   // enabled, need a keyword
  uint32_t name_rule = UINT32_MAX;  // blob numbers of the word lane's identifiers
  uint32_t address_rule = UINT32_MAX;
  std::vector<ShapeGroup> groups;
  std::vector<std::vector<uint16_t>> dfa_offsets;  // what the views of small automata point to
  GroupLists immediate_groups, deferred_groups;
  // Whether some immediate group of kDigitFirst passes a run of digits with the byte behind it.
  RunFilter::Table<uint8_t> digit_runs{};
  HsDatabase literals, custom_database;
  LiteralTable literal_table;  // of the same literals
  PhraseTableView phrases;
  const PhraseFilter* phrase_filter = nullptr;
  std::vector<uint32_t> keyword_reach;     // per keyword: the largest proximity it counts with
  std::vector<GroupSets> keyword_members;  // per keyword: deferred members it counts for
  uint32_t longest_literal = 1;
  std::vector<CustomRule> custom;
  std::vector<uint32_t> custom_always;  // what Vectorscan cannot take: tried on every piece
  Lexicon lexicon;
  std::unordered_set<std::string> never_values;  // lower case, without separators
  std::bitset<4096> never_tails;                 // TailHash of each: most values need no look-up
  std::unordered_set<std::string> allow_words;   // lower case
  std::vector<std::unique_ptr<PcrePattern>> allow_patterns;
};

// The enabled members of deferred groups that are in `ids`.
GroupSets DeferredMembers(const Ruleset::Impl& impl, const IdSet& ids);
// Databases of the section that this processor can run best.
Result<HsDatabase> LoadDatabase(std::string_view records);
// The form in which well-known values are compared.
std::string ValueKey(std::string_view value);
// Of the last four bytes of a ValueKey. REQUIRES: value.size() >= 4.
inline size_t TailHash(std::string_view value) {
  uint32_t tail = 0;
  std::memcpy(&tail, value.data() + value.size() - 4, 4);
  return ((tail | 0x20202020u) * 0x9E3779B1u) >> 20;
}

}  // namespace assay
