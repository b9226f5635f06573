#include "cli/fail_on.h"

#include <charconv>
#include <iterator>
#include <utility>

namespace assay {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Status BadExpression(std::string_view part) {
  return InvalidArgument("--fail-on: cannot understand '" + std::string(part) +
                         "'; write for example 'risk>=8', 'pii=high' or 'risk>=5 and count>100'");
}

// Cuts the next term off the front of *rest: up to "," or the word "and".
std::string_view NextTerm(std::string_view* rest) {
  size_t end = rest->size();
  size_t skip = 0;
  if (const size_t comma = rest->find(','); comma != std::string_view::npos) {
    end = comma;
    skip = 1;
  }
  if (const size_t word = rest->find(" and "); word != std::string_view::npos && word < end) {
    end = word;
    skip = 5;
  }
  const std::string_view term = rest->substr(0, end);
  *rest = skip == 0 ? std::string_view() : rest->substr(end + skip);
  return Trim(term);
}

}  // namespace

Result<FailOn> FailOn::Parse(std::string_view expression) {
  FailOn condition;
  std::string_view rest = Trim(expression);
  if (rest.empty() || rest.back() == ',') return BadExpression(expression);
  while (!rest.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const Term term, ParseTerm(NextTerm(&rest)));
    condition.terms_.push_back(term);
  }
  return condition;
}

Result<FailOn::Term> FailOn::ParseTerm(std::string_view text) {
  static constexpr std::pair<std::string_view, Field> kFields[] = {
      {"risk", Field::kRisk},   {"pii", Field::kPii},         {"pii_impact", Field::kPii},
      {"count", Field::kCount}, {"outcome", Field::kOutcome},
  };
  static constexpr std::pair<std::string_view, Op> kOps[] = {
      {">=", Op::kGreaterEqual}, {"<=", Op::kLessEqual}, {"==", Op::kEqual}, {"!=", Op::kNotEqual},
      {">", Op::kGreater},       {"<", Op::kLess},       {"=", Op::kEqual},
  };
  const size_t op_at = text.find_first_of("<>=!");
  if (op_at == std::string_view::npos) return BadExpression(text);
  const std::string_view name = Trim(text.substr(0, op_at));
  for (const auto& [field_name, field] : kFields) {
    if (name != field_name) continue;
    for (const auto& [symbol, op] : kOps) {
      if (!text.substr(op_at).starts_with(symbol)) continue;
      const std::string_view value_text = Trim(text.substr(op_at + symbol.size()));
      const Result<uint64_t> value = ParseValue(field, value_text);
      const bool ordered = op != Op::kEqual && op != Op::kNotEqual;
      if (!value.ok() || (field == Field::kOutcome && ordered)) return BadExpression(text);
      return Term{field, op, *value};
    }
  }
  return BadExpression(text);
}

Result<uint64_t> FailOn::ParseValue(Field field, std::string_view text) {
  if (field == Field::kPii) {
    for (const PiiImpact impact :
         {PiiImpact::kNone, PiiImpact::kLow, PiiImpact::kModerate, PiiImpact::kHigh}) {
      if (text == PiiImpactName(impact)) return static_cast<uint64_t>(impact);
    }
    return BadExpression(text);
  }
  if (field == Field::kOutcome) {
    for (const Outcome outcome : {Outcome::kClassified, Outcome::kSkipped, Outcome::kFailed}) {
      if (text == OutcomeName(outcome)) return static_cast<uint64_t>(outcome);
    }
    return BadExpression(text);
  }
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return BadExpression(text);
  }
  return number;
}

bool FailOn::Matches(const FailOnFacts& facts) const {
  if (terms_.empty()) return false;
  for (const Term& term : terms_) {
    const uint64_t values[] = {facts.risk, static_cast<uint64_t>(facts.pii), facts.count,
                               static_cast<uint64_t>(facts.outcome)};
    const uint64_t value = values[static_cast<size_t>(term.field)];
    const bool holds[] = {value >= term.value, value > term.value,  value <= term.value,
                          value < term.value,  value == term.value, value != term.value};
    if (!holds[static_cast<size_t>(term.op)]) return false;
  }
  return true;
}

}  // namespace assay
