// The subset of PCRE2 syntax that identifier patterns use, as a tree: literals, classes, groups,
// alternation, bounded and unbounded repeats, (?i) and (?m), \b, and ^ $ under (?m). What the
// subset leaves out (look-around, captures by number, back-references) needs backtracking; such
// patterns are for the user lane only.
//
// Thread rule: values.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

using ByteSet = std::bitset<256>;

enum class Assertion : uint8_t {
  kLineStart,      // ^ under (?m): at the start of the text or after \n
  kLineEnd,        // $ under (?m): at the end of the text or before \n
  kWordEdge,       // \b
  kNotWordEdge,    // \B
  kNoDigitBefore,  // the four below stand for Boundary, not for syntax
  kNoDigitAfter,
  kNoWordBefore,
  kNoWordAfter,
  kNoTokenBefore,
  kNoTokenAfter,
};

struct RegexNode {
  enum class Kind : uint8_t { kEmpty, kBytes, kConcat, kAlternate, kRepeat, kAssert };
  static constexpr uint32_t kUnbounded = UINT32_MAX;
  Kind kind = Kind::kEmpty;
  Assertion assertion = Assertion::kWordEdge;  // kAssert
  ByteSet bytes;                               // kBytes
  uint32_t min = 0, max = 0;                   // kRepeat
  std::vector<std::unique_ptr<RegexNode>> children;
};
using RegexTree = std::unique_ptr<RegexNode>;

// Parses `pattern`. kInvalidArgument says what is wrong or not supported and at which byte.
// Bounds: 16,384 bytes of pattern, 64 nested groups, repeat counts up to 4,096.
Result<RegexTree> ParseRegex(std::string_view pattern, bool case_insensitive);

}  // namespace assay
