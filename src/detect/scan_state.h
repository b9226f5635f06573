// ScanState: what the lanes of one Scanner share while a piece is scanned.
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text_piece.h"
#include "detect/byte_masks.h"
#include "detect/ruleset_impl.h"
#include "detect/scanner.h"

namespace assay {

// Small enough for the masks and the text to stay in the first-level cache between the lanes.
inline constexpr size_t kChunkBytes = 16 * 1024;
inline constexpr size_t kMaxProximity = 300;

struct KeywordHit {
  size_t begin, end;
  uint32_t keyword;
};

struct HsScratchFree {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};

struct ScanState {
  explicit ScanState(std::shared_ptr<const Ruleset> owned);

  // Per piece.
  void BeginPiece(const TextPiece& new_piece);
  // Checks a match of `rule` by validator, ignore words and lists of values that do not count, and
  // keeps it. Returns whether it was kept.
  bool Accept(const Rule& rule, size_t begin, size_t end);
  bool MayBeWellKnown(std::string_view value) const;
  // What the name of the field at `offset` is a keyword of, or null when it is of nothing.
  struct FieldSets {
    IdSet ids;
    GroupSets members;
  };
  const FieldSets* FieldKeywords(size_t offset);
  // A phrase of the tables stands at text[begin, end): notes the keyword or the theme.
  void OnPhrase(uint32_t target, size_t begin, size_t end);

  std::shared_ptr<const Ruleset> ruleset;
  const Ruleset::Impl& rules;
  std::unique_ptr<hs_scratch_t, HsScratchFree> scratch;
  PcreScratch pcre;

  const TextPiece* piece = nullptr;
  std::string_view text;
  bool has_fields = false;  // the locator may know names of fields
  // Masks and keywords are made one chunk ahead of the lanes that look for keywords behind a match.
  size_t chunk_begin = 0, chunk_end = 0;  // the lanes look at
  size_t ahead_begin = 0, ahead_end = 0;  // masks, phrases and anchors have been found for
  std::vector<ByteMasks> masks;           // of the chunk, and one block behind it
  std::vector<ByteMasks> ahead_masks;     // of [ahead_begin, ahead_end), and one block behind it
  std::vector<Detection> found;           // accepted, not yet in order
  // A match that counts only with a keyword near.
  struct Deferred {
    size_t begin, end;
    uint32_t group;  // UINT32_MAX: of the literal lane
    MemberSet ids;   // members of the group, or in the literal lane one blob number
  };
  std::vector<Deferred> deferred;
  std::vector<KeywordHit> keyword_hits;  // by ascending begin
  std::vector<uint8_t> active;           // per block of the chunk: some keyword is near
  std::vector<GroupSets> near;           // and for which members; set where active
  std::vector<uint64_t> phrase_begins;   // per block ahead: where a phrase can begin,
  std::vector<uint64_t> literal_begins;  // and a literal; see FindBeginnings
  std::vector<uint32_t> noted;           // reused by the shape lanes
  std::vector<size_t> tried_until;       // per anchor target: matches that begin before are done
  size_t name_end = 0;                   // of the name found last
  std::vector<uint64_t> steps;           // per rule: work spent in this piece
  std::vector<uint8_t> phrases_seen;     // theme phrases since BeginObject
  std::string value_key;                 // reused by Accept

  // Field names seen lately and what they are keywords of.
  std::unordered_map<std::string, FieldSets> field_sets;
  std::string last_field;
  const FieldSets* last_field_set = nullptr;  // null: of no identifier
  bool last_field_known = false;
};

// Keywords and themes in [ahead_begin, ahead_end).
void FindPhrases(ScanState& state);
// The lanes, in files of their own; they call Accept or add to `deferred`. The literal lane looks
// at [ahead_begin, ahead_end), the others at the chunk.
void RunLiteralLane(ScanState& state);
void RunShapeLanes(ScanState& state);
void RunWordLane(ScanState& state);
// Decides about those of state.deferred of which all keywords are known.
void ResolveDeferred(ScanState& state);
// The whole piece, not the chunk.
void RunUserLane(ScanState& state);

}  // namespace assay
