// What a compiled pattern says about where its matches can begin: the facts that put an identifier
// into a lane.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/dfa.h"
#include "detect/regex_syntax.h"
#include "detect/rule_blob.h"

namespace assay {

struct PatternFacts {
  ByteSet first;     // bytes a match can begin with
  ByteSet alphabet;  // bytes that occur in matches
  uint32_t min_length = 0;
  uint32_t max_length = 0;  // at most kMaxMatchBytes
  // Whether every match has a digit, and then the number of bytes before its first one.
  bool has_digit = false;
  uint32_t digit_min = 0;
  uint32_t digit_max = 0;
  // The same for matches that begin with neither a letter nor a digit; 0 = there are none.
  uint32_t mark_digit_max = 0;
  // Bit n: a match can be n bytes long; 0 when one can be longer than 63 or need not end at a word
  // edge.
  uint64_t lengths = 0;
  // Every match has a second colon at most this many bytes behind its first one; 0 = not so.
  uint32_t colon_gap = 0;
  // Whether a match can begin directly behind a digit / letter / token mark (+ / = -) with a byte
  // of the kind given.
  bool digit_after_digit = false;
  bool word_after_word = false;  // letter or digit behind a letter, digit or '_'
  bool token_after_token = false;
};

PatternFacts FindFacts(const DfaView& dfa);

// States after one byte that is neither a letter nor a digit.
std::vector<uint32_t> StatesAfterMark(const DfaView& dfa);

// Where an anchor stands in a match: between `min` and `max` bytes behind its begin, and those
// bytes are all of `before`.
struct AnchorPlace {
  std::string anchor;
  uint32_t min = 0;
  uint32_t max = 0;
  ByteSet before;
};

// Where the first anchor in a match can stand, for each anchor; none when some match has no anchor
// or its first one lies more than 1,000 bytes behind the begin.
std::optional<std::vector<AnchorPlace>> FindAnchors(const DfaView& dfa,
                                                    const std::vector<std::string>& anchors,
                                                    bool caseless);
// The same from the tree alone, for patterns without an automaton; only finds anchors that stand in
// the pattern as literal bytes.
std::optional<std::vector<AnchorPlace>> FindAnchors(const RegexNode& tree,
                                                    const std::vector<std::string>& anchors);

}  // namespace assay
