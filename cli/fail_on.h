// The condition of --fail-on: when a scan ends with exit code 3.
//
// Grammar: terms joined by "," or "and"; each term is NAME OP VALUE with
//   risk, pii, count   numbers or names, compared with >= > <= < = (== too) !=
//   outcome            classified, skipped or failed, compared with = or !=
// All terms must hold for one and the same object. `pii` is none < low < moderate < high; `count`
// is the number of detections in the object.
//
// Thread rule: immutable after parsing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "classify/classification.h"

namespace assay {

// What a condition looks at.
struct FailOnFacts {
  uint32_t risk = 0;
  PiiImpact pii = PiiImpact::kNone;
  uint64_t count = 0;
  Outcome outcome = Outcome::kFailed;
};

class FailOn {
 public:
  FailOn() = default;  // never matches
  // kInvalidArgument says which part is not understood and shows a right one.
  static Result<FailOn> Parse(std::string_view expression);

  bool empty() const { return terms_.empty(); }
  bool Matches(const FailOnFacts& facts) const;

 private:
  enum class Field { kRisk, kPii, kCount, kOutcome };
  enum class Op { kGreaterEqual, kGreater, kLessEqual, kLess, kEqual, kNotEqual };
  struct Term {
    Field field;
    Op op;
    uint64_t value;
  };
  static Result<Term> ParseTerm(std::string_view text);
  static Result<uint64_t> ParseValue(Field field, std::string_view text);

  std::vector<Term> terms_;
};

}  // namespace assay
