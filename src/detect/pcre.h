// PcrePattern: an identifier's pattern compiled by PCRE2, with limits. Used where an automaton will
// not do: the oracle, managed patterns whose automaton is too large, and user identifiers.
//
// Thread rule: a PcrePattern is immutable; PcreScratch belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "detect/identifier.h"

namespace assay {

struct TextSpan {
  size_t begin = 0;
  size_t end = 0;
};

// Work memory of matching.
class PcreScratch {
 public:
  PcreScratch();
  ~PcreScratch();
  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

class PcrePattern {
 public:
  // `pattern` must match whole; `boundary` is added around it. kInvalidArgument says what PCRE2
  // dislikes and at which byte.
  static Result<std::unique_ptr<PcrePattern>> Compile(std::string_view pattern,
                                                      bool case_insensitive, Boundary boundary);
  ~PcrePattern();

  // End of the longest match that begins at `begin` and is at most kMaxMatchBytes long.
  std::optional<size_t> LongestAt(std::string_view text, size_t begin, PcreScratch& scratch) const;
  // The first match that begins at or behind `from` and ends at or before `to`, as PCRE2 sees it;
  // nothing when its match limits are reached (then *limit_reached is set).
  std::optional<TextSpan> Find(std::string_view text, size_t from, PcreScratch& scratch,
                               bool* limit_reached) const;
  // Whether matching `pattern` on text made to provoke backtracking stays within the limits.
  static bool IsAffordable(std::string_view pattern, bool case_insensitive, Boundary boundary);
  // Whether it can match the empty string.
  bool MatchesEmpty() const;

 private:
  PcrePattern();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
