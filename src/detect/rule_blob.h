// RuleBlob: the managed rules as one block of bytes, made at build by compile_rules_tool and used
// in place. Sections of plain structs at 64-byte borders; the writer and the reader are the same
// build, so there is no version and no byte order to negotiate.
//
// Thread rule: RuleBlobView is immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/dfa.h"

namespace assay {

// Most managed identifiers there can be: sets of them are fixed-size bit sets.
inline constexpr size_t kMaxManaged = 512;
inline constexpr size_t kIdSetWords = kMaxManaged / 64;

// A set of managed identifiers by index.
struct IdSet {
  std::array<uint64_t, kIdSetWords> words{};
  void Set(size_t id) { words[id / 64] |= uint64_t{1} << (id % 64); }
  bool Has(size_t id) const { return (words[id / 64] >> (id % 64) & 1) != 0; }
  bool Any() const {
    uint64_t all = 0;
    for (const uint64_t word : words) all |= word;
    return all != 0;
  }
};

// A set of members of one LaneGroup by their place in it.
using MemberSet = uint64_t;
inline constexpr size_t kMaxMembers = 64;

enum class Lane : uint32_t {
  kNone,         // lexicon-driven (names, addresses)
  kLiteral,      // found by an anchor
  kDigitFirst,   // begins with the first digit of a run
  kDigitInside,  // begins a few bytes before its first digit
  kUpperRun,     // upper-case letters and digits only
  kTokenRun,     // letters, digits, + / = - only, and long
  kColon,        // has a colon within its first five bytes
};

enum class RuleSection : uint32_t {
  kDefinitions,      // packed Identifier and Theme records without examples
  kExamples,         // packed examples
  kIdentifierLanes,  // IdentifierLane per identifier
  kDfas,             // DfaRecord
  kPool8,
  kPool16,
  kPool32,
  kLaneGroups,          // LaneGroup
  kRunFilters,          // RunFilter
  kGroupMembers,        // uint32_t: identifiers of the groups
  kAcceptSets,          // MemberSet per accept set of the groups' automata
  kLiterals,            // LiteralRecord, numbered as in the literal database
  kLiteralBytes,        // of all literals
  kByteAnchors,         // ByteAnchor
  kAnchorTargets,       // AnchorTarget
  kByteSets,            // 32 bytes each
  kThemePhrases,        // uint32_t theme per phrase
  kCombinations,        // CombinationRecord
  kCombinationPhrases,  // uint32_t
  kPhraseWordMap,       // the parts of PhraseTableData
  kPhraseBeginMap,
  kPhraseAloneMap,
  kPhraseNextMap,
  kPhraseSixMap,
  kPhraseFourMap,
  kPhraseShortMap,
  kPhraseFilter,  // PhraseFilter, of the phrases and the literals
  kPhraseSlots,
  kPhraseEntries,  // target: keyword, or kThemeTarget + theme phrase
  kPhraseBytes,
  kKeywordSets,       // IdSet per keyword: the identifiers it counts for
  kLiteralDatabases,  // HsRecord + bytes, one after the other
  kLexicon,           // Lexicon::Slot
  kLexiconNames,      // the maps of Lexicon::Filters
  kLexiconStreets,
  kLexiconParticles,
  kWellKnown,  // values never reported, each ended by NUL
  kCount,
};

struct IdentifierLane {
  Lane lane = Lane::kNone;  // kDigitFirst stands for all shape lanes: see LaneGroup
  uint32_t dfa = UINT32_MAX;
};

struct DfaRecord {
  uint32_t classes, next, accepts, sets_begin, sets;  // offsets into the pools
  uint32_t class_count, states, first_accept, set_count;
  uint32_t first_set;  // number of the MemberSet of accept set 1; set n has first_set + n - 1
  std::array<uint16_t, kByteKinds> start;
};

struct LaneGroup {
  Lane lane;
  uint32_t dfa;        // DfaRecord
  uint32_t digit_max;  // kDigitInside: bytes before the first digit, at most
  uint32_t mark_max;   // the same when a match begins with no letter; 0 = none does
  // Bit n: a match can be n bytes long, when none is longer than 63 and all end at a word edge;
  // else 0.
  uint64_t lengths;
  uint32_t run_filter;  // RunFilter; UINT32_MAX = none
  uint32_t deferred;    // 1: all members need a keyword; 0: none does
  uint32_t max_length;  // of a match
  uint32_t members_begin, members_count;
  uint32_t colon_gap;  // kColon: a second colon stands at most this far behind the first; 0 = any
};

// Which members of a group may match at a start, told by what can be read off the masks: the number
// of bytes of one kind from there on (digits in kDigitFirst, letters and '_' in kDigitInside), the
// byte behind them, and, when digits follow that one, the same again.
struct RunFilter {
  static constexpr size_t kMaxRun = 24;  // longer runs count as this long
  struct Cell {
    MemberSet ends = 0;  // the match may be complete, or goes on with something else than a digit
    MemberSet goes = 0;  // the match may go on with the byte and a digit
  };
  template <typename T>
  using Table = std::array<std::array<T, 256>, kMaxRun + 1>;

  std::array<MemberSet, 10> digit{};  // kDigitFirst: by the first digit
  Table<Cell> first{};
  Table<MemberSet> second{};  // of those in `goes`: by the second run and the byte behind it
  // kDigitInside: by the run of digits behind a mark with which the match begins.
  Table<MemberSet> mark{};
  // Bit (a * 256 + b): a match may begin with the bytes a, b.
  std::array<uint64_t, 1024> pairs{};

  static size_t Row(size_t run) { return run < kMaxRun ? run : kMaxRun; }
  bool PassesPair(uint8_t a, uint8_t b) const {
    const size_t bit = a * size_t{256} + b;
    return (pairs[bit / 64] >> (bit % 64) & 1) != 0;
  }
};

// Targets of phrases from here on are theme phrases, not keywords.
inline constexpr uint32_t kThemeTarget = 1u << 31;

struct LiteralRecord {
  uint32_t length;
  uint32_t targets_begin, targets_end;  // AnchorTarget
  uint32_t phrase;                      // target of a phrase, or UINT32_MAX
  uint32_t text;                        // offset of its bytes; in lower case when caseless
  uint32_t caseless;
};

// An anchor that is one of kAnchorBytes: found by the masks.
struct ByteAnchor {
  uint32_t byte;
  uint32_t targets_begin, targets_end;
};

struct AnchorTarget {
  uint32_t identifier;
  uint16_t min, max;  // bytes between the begin of the match and the anchor
  uint32_t byte_set;
};

struct CombinationRecord {
  uint32_t theme;
  uint32_t phrases_begin, phrases_end;
};

struct HsRecord {
  uint64_t cpu_features;
  uint64_t size;  // bytes of the serialized database that follow, padded to 8
};

class RuleBlobView {
 public:
  // REQUIRES: bytes come from RuleBlobWriter of this build, 64-byte aligned.
  explicit RuleBlobView(std::string_view bytes) : bytes_(bytes) {}

  std::string_view Bytes(RuleSection section) const;
  template <typename T>
  std::span<const T> Array(RuleSection section) const {
    const std::string_view bytes = Bytes(section);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  DfaView DfaAt(size_t index) const;

 private:
  std::string_view bytes_;
};

class RuleBlobWriter {
 public:
  template <typename T>
  void Put(RuleSection section, const std::vector<T>& values) {
    PutBytes(section, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  }
  void PutBytes(RuleSection section, std::string_view bytes) {
    sections_[static_cast<size_t>(section)] = bytes;
  }
  std::string Finish() const;

 private:
  std::array<std::string, static_cast<size_t>(RuleSection::kCount)> sections_;
};

// The blob linked into the program.
RuleBlobView EmbeddedRules();

}  // namespace assay
