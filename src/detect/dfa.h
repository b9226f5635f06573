// Dfa: one or more patterns as one deterministic automaton, run from a given start. It reports, per
// pattern, where its longest match from there ends. Built once (at build for the managed set), laid
// out flat so that it is used in place from the embedded blob.
//
// Thread rule: DfaView is immutable; any number of threads may run it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/identifier.h"
#include "detect/regex_syntax.h"

namespace assay {

// No match is longer than this; a longer one ends (or fails) here.
inline constexpr size_t kMaxMatchBytes = 4096;

// What an assertion needs to know about the byte beside it.
enum class ByteKind : uint8_t { kNewline, kDigit, kWord, kTokenMark, kOther, kEdge };
inline constexpr size_t kByteKinds = 6;
extern const std::array<uint8_t, 256> kByteKindTable;  // ByteKind of each byte

// Kind of the byte before `offset` / at `offset`; kEdge outside the text.
inline uint8_t KindBefore(std::string_view text, size_t offset) {
  return offset == 0 ? static_cast<uint8_t>(ByteKind::kEdge)
                     : kByteKindTable[static_cast<uint8_t>(text[offset - 1])];
}
inline uint8_t KindAt(std::string_view text, size_t offset) {
  return offset >= text.size() ? static_cast<uint8_t>(ByteKind::kEdge)
                               : kByteKindTable[static_cast<uint8_t>(text[offset])];
}

// Accept sets are numbered from 1; `sets[sets_begin[n] .. sets_begin[n + 1])` are the pattern
// numbers in set n.
struct DfaView {
  const uint8_t* classes = nullptr;   // [256]
  const uint16_t* next = nullptr;     // [states * class_count]; state 0 is dead
  const uint16_t* accepts = nullptr;  // [(states - first_accept) * kByteKinds]
  const uint32_t* sets_begin = nullptr;
  const uint16_t* sets = nullptr;
  uint32_t class_count = 0;  // columns of `next`: a power of two
  uint32_t states = 0;
  uint32_t first_accept = 0;
  uint32_t set_count = 0;
  std::array<uint16_t, kByteKinds> start{};
  // `next` with each state times class_count, when the scanner made it: one addition less a byte.
  const uint16_t* offsets = nullptr;

  std::span<const uint16_t> Set(uint32_t set) const {
    return {sets + sets_begin[set], sets + sets_begin[set + 1]};
  }
};

// Single steps, for those who look at an automaton rather than run it.
inline uint32_t NextState(const DfaView& dfa, uint32_t state, unsigned byte) {
  return dfa.next[state * dfa.class_count + dfa.classes[byte]];
}
inline bool Accepts(const DfaView& dfa, uint32_t state) { return state >= dfa.first_accept; }

// Runs from `begin` and calls on_hit(set, end) at each end at which some pattern matches,
// ascending. Returns the number of bytes read.
template <typename OnHit>
inline size_t RunDfa(const DfaView& dfa, std::string_view text, size_t begin, OnHit&& on_hit) {
  const size_t limit = text.size() - begin > kMaxMatchBytes ? begin + kMaxMatchBytes : text.size();
  // Copies, which the compiler may keep in registers whatever on_hit writes.
  const uint8_t* const classes = dfa.classes;
  const uint16_t* const next = dfa.next;
  const int class_shift = std::countr_zero(dfa.class_count);
  if (dfa.offsets != nullptr) {
    const uint16_t* const offsets = dfa.offsets;
    const uint32_t accepting = dfa.first_accept << class_shift;
    uint32_t row = uint32_t{dfa.start[KindBefore(text, begin)]} << class_shift;
    for (size_t i = begin; i < limit; ++i) {
      row = (offsets + classes[static_cast<uint8_t>(text[i])])[row];
      if (row == 0) return i + 1 - begin;
      if (row < accepting) continue;
      const uint32_t state = (row >> class_shift) - dfa.first_accept;
      const uint16_t set = dfa.accepts[state * kByteKinds + KindAt(text, i + 1)];
      if (set != 0) on_hit(set, i + 1);
    }
    return limit - begin;
  }
  const uint32_t first_accept = dfa.first_accept;
  uint32_t state = dfa.start[KindBefore(text, begin)];
  for (size_t i = begin; i < limit; ++i) {
    state = next[(state << class_shift) + classes[static_cast<uint8_t>(text[i])]];
    if (state == 0) return i + 1 - begin;
    if (state < first_accept) continue;
    const uint32_t row = (state - first_accept) * kByteKinds;
    if (const uint16_t set = dfa.accepts[row + KindAt(text, i + 1)]; set != 0) on_hit(set, i + 1);
  }
  return limit - begin;
}

// What DfaView::offsets points to; empty when that would take more than 16 KB.
std::vector<uint16_t> MakeOffsets(const DfaView& dfa);

// A DFA that owns its tables.
struct Dfa {
  std::array<uint8_t, 256> classes{};
  std::vector<uint16_t> next;
  std::vector<uint16_t> accepts;
  std::vector<uint32_t> sets_begin;
  std::vector<uint16_t> sets;
  uint32_t class_count = 0;
  uint32_t first_accept = 0;
  std::array<uint16_t, kByteKinds> start{};

  uint32_t states() const { return static_cast<uint32_t>(next.size() / class_count); }
  DfaView View() const;
};

struct DfaPattern {
  const RegexNode* tree = nullptr;
  Boundary boundary = Boundary::kNone;
  uint16_t number = 0;  // reported in accept sets
};

// kResourceExhausted when more than `max_states` states are needed (at most 65,535).
Result<Dfa> BuildDfa(std::span<const DfaPattern> patterns, size_t max_states);

}  // namespace assay
