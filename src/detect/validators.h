// Validators: the checks behind a pattern (checksums, ranges, dates that exist, entropy), named in
// identifier data. Pure functions of the match and the bytes around it.
//
// Thread rule: stateless, callable from any thread. A validator is called on hostile bytes: it
// reads only the views it is given and its cost is linear in their length.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace assay {

// What stands around a match, cut at the borders of the piece.
struct ValidatorContext {
  static constexpr size_t kReach = 256;
  std::string_view before;  // up to kReach bytes that end where the match begins
  std::string_view after;   // up to kReach bytes that begin where the match ends
};

// How an accepted match's span is to be changed; all zero leaves it as it is. The changed span must
// stay inside before + match + after and must not be empty.
struct SpanChange {
  size_t drop_front = 0;   // bytes cut off the front of the match (a label, a quote)
  size_t drop_back = 0;    // bytes cut off its end
  size_t extend_back = 0;  // bytes of `after` that belong to the value
};

// Whether `match` is really the value its identifier looks for. `change` is never null and comes in
// all zero.
using Validator = bool (*)(std::string_view match, const ValidatorContext& context,
                           SpanChange* change);

struct ValidatorEntry {
  std::string_view name;  // as in the data: lower snake case, "luhn"
  Validator check = nullptr;
  std::string_view description;  // one line for people, with the source of the rule
};

// The entry of that name, or null.
const ValidatorEntry* FindValidator(std::string_view name);
// All of them, ascending by name. Defined in validators_table.cc, which lists what the
// validators_*.cc files provide.
std::span<const ValidatorEntry> Validators();

}  // namespace assay
