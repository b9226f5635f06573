// The Condition element: one test of a request's keys, with answers of three values.
#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>

#include "inventory/glob.h"
#include "inventory/policy.h"

namespace assay {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  bool v6 = false;
};

std::optional<Address> ParseAddress(std::string_view text) {
  const std::string zero_terminated(text.substr(0, 64));
  Address address;
  if (inet_pton(AF_INET, zero_terminated.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, zero_terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

// ARNs are compared part by part: a wildcard does not reach over the first five colons.
bool ArnMatches(std::string_view pattern, std::string_view arn) {
  for (int part = 0; part < 5; ++part) {
    const size_t pattern_end = pattern.find(':');
    const size_t arn_end = arn.find(':');
    if (pattern_end == std::string_view::npos || arn_end == std::string_view::npos) {
      return pattern == "*";
    }
    if (!GlobMatches(pattern.substr(0, pattern_end), arn.substr(0, arn_end))) return false;
    pattern.remove_prefix(pattern_end + 1);
    arn.remove_prefix(arn_end + 1);
  }
  return GlobMatches(pattern, arn);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  // Neither side is a pattern: lengths first, then byte by byte.
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Whether one value of the request meets one value of the condition, negation left out.
Truth Meets(ConditionOperator op, std::string_view wanted, std::string_view actual) {
  const auto truth = [](bool value) { return value ? Truth::kYes : Truth::kNo; };
  switch (op) {
    case ConditionOperator::kStringEquals:
      return truth(wanted == actual);
    case ConditionOperator::kStringEqualsIgnoreCase:
    case ConditionOperator::kBool:
      return truth(EqualsIgnoringCase(wanted, actual));
    case ConditionOperator::kStringLike:
      return truth(GlobMatches(wanted, actual));
    case ConditionOperator::kArnLike:
      return truth(ArnMatches(wanted, actual));
    case ConditionOperator::kIpAddress:
      return AddressInNetwork(actual, wanted);
    case ConditionOperator::kNull:
    case ConditionOperator::kOther:
      break;
  }
  return Truth::kUnknown;
}

// One value of the request against all values of the condition: any may match, or with a negated
// operator none may.
Truth MeetsCondition(const PolicyCondition& condition, std::string_view actual) {
  Truth any = Truth::kNo;
  for (const std::string& wanted : condition.values) {
    any = Or(any, Meets(condition.op, wanted, actual));
  }
  if (!condition.negated || any == Truth::kUnknown) return any;
  return any == Truth::kYes ? Truth::kNo : Truth::kYes;
}

Truth EvaluateNull(const PolicyCondition& condition, bool absent) {
  Truth any = Truth::kNo;
  for (const std::string& value : condition.values) {
    if (value != "true" && value != "false") return Truth::kUnknown;
    any = Or(any, (value == "true") == absent ? Truth::kYes : Truth::kNo);
  }
  return any;
}

}  // namespace

Truth AddressInNetwork(std::string_view address, std::string_view network) {
  const std::optional<Address> host = ParseAddress(address);
  const std::optional<NetworkSize> size = SizeOfNetwork(network);
  const std::optional<Address> base = ParseAddress(network.substr(0, network.find('/')));
  if (!host || !size || !base) return Truth::kUnknown;
  if (host->v6 != base->v6) return Truth::kNo;
  const size_t whole = size->prefix_bits / 8;
  if (std::memcmp(host->bytes.data(), base->bytes.data(), whole) != 0) return Truth::kNo;
  const unsigned rest = size->prefix_bits % 8;
  if (rest == 0) return Truth::kYes;
  const unsigned difference = host->bytes[whole] ^ base->bytes[whole];
  return (difference >> (8 - rest)) == 0 ? Truth::kYes : Truth::kNo;
}

std::optional<NetworkSize> SizeOfNetwork(std::string_view network) {
  const size_t slash = network.find('/');
  const std::optional<Address> base = ParseAddress(network.substr(0, slash));
  if (!base) return std::nullopt;
  const unsigned all = base->v6 ? 128 : 32;
  NetworkSize size{.prefix_bits = all, .v6 = base->v6};
  if (slash == std::string_view::npos) return size;
  const std::string_view bits = network.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(bits.data(), bits.data() + bits.size(), size.prefix_bits);
  if (error != std::errc() || end != bits.data() + bits.size() || size.prefix_bits > all) {
    return std::nullopt;
  }
  return size;
}

Truth EvaluateCondition(const PolicyCondition& condition, const RequestContext& context) {
  const auto found = context.find(condition.key);
  if (condition.op == ConditionOperator::kOther || found == context.end()) return Truth::kUnknown;
  const std::vector<std::string>& actual = found->second;
  if (condition.op == ConditionOperator::kNull) return EvaluateNull(condition, actual.empty());
  if (condition.has_variable) return Truth::kUnknown;
  if (actual.empty()) {
    const bool holds = condition.if_exists || condition.set == ConditionSet::kForAllValues ||
                       (condition.negated && condition.set == ConditionSet::kNone);
    return holds ? Truth::kYes : Truth::kNo;
  }
  const bool all = condition.set == ConditionSet::kForAllValues;
  // Without a set operator a key has one value.
  Truth result = all ? Truth::kYes : Truth::kNo;
  for (const std::string& value : actual) {
    const Truth one = MeetsCondition(condition, value);
    result = all ? And(result, one) : Or(result, one);
  }
  return result;
}

Truth EvaluateConditions(const PolicyStatement& statement, const RequestContext& context) {
  Truth all = Truth::kYes;
  for (const PolicyCondition& condition : statement.conditions) {
    all = And(all, EvaluateCondition(condition, context));
  }
  return all;
}

}  // namespace assay
