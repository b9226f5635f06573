// JSON resource policies (bucket policies, KMS key policies) as values, and their parts evaluated.
//
// A policy is hostile input: its size, depth and number of statements are bounded, and one that is
// not understood in full is refused rather than guessed at. Source: "IAM JSON policy elements
// reference" of the AWS Identity and Access Management user guide.
//
// Thread rule: pure functions and values.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// Amazon S3 allows 20 KB, KMS 32 KB.
inline constexpr size_t kMaxPolicyBytes = size_t{32} << 10;

// What can be said about a question when not all facts are known.
enum class Truth { kNo, kUnknown, kYes };
Truth And(Truth a, Truth b);
Truth Or(Truth a, Truth b);

struct PolicyPrincipal {
  bool everyone = false;  // "*", or "*" among the AWS principals
  std::vector<std::string> aws;
  std::vector<std::string> canonical_users;
  std::vector<std::string> federated;
  std::vector<std::string> services;
};

enum class ConditionOperator {
  kStringEquals,
  kStringEqualsIgnoreCase,
  kStringLike,
  kArnLike,  // also ArnEquals: both know wildcards
  kIpAddress,
  kBool,
  kNull,
  kOther,  // not evaluated: the condition's outcome is unknown
};
enum class ConditionSet { kNone, kForAllValues, kForAnyValue };

struct PolicyCondition {
  std::string operator_name;  // as written, for messages
  ConditionOperator op = ConditionOperator::kOther;
  bool negated = false;  // StringNotEquals, NotIpAddress ...
  bool if_exists = false;
  ConditionSet set = ConditionSet::kNone;
  std::string key;  // lower case: "aws:sourceip"
  std::vector<std::string> values;
  bool has_variable = false;  // a value holds a policy variable
};

struct PolicyStatement {
  std::string sid;
  bool allow = false;
  // At most one of each pair is there.
  std::optional<PolicyPrincipal> principal;
  std::optional<PolicyPrincipal> not_principal;
  std::vector<std::string> actions;
  std::vector<std::string> not_actions;
  std::vector<std::string> resources;  // without either: the resource that the policy belongs to
  std::vector<std::string> not_resources;
  std::vector<PolicyCondition> conditions;
};

struct Policy {
  std::string version;  // "" = "2008-10-17"
  std::string id;
  std::vector<PolicyStatement> statements;
  // What is in it that is not evaluated: "statement 2 (Sid1): operator NumericLessThan".
  std::vector<std::string> unsupported;
};

// kDataLoss: no JSON, a member twice or unknown, a statement without Effect or Action or with both
// Action and NotAction; kResourceExhausted: too large.
Result<Policy> ParsePolicy(std::string_view json);

// "statement 2 (AllowAll)", counted from 1.
std::string StatementName(const Policy& policy, size_t index);

// Whether the statement speaks of the action ("s3:GetObject"); letter case does not count.
bool StatementHasAction(const PolicyStatement& statement, std::string_view action);
// Whether it speaks of the resource, an ARN. Unknown where that hangs on a policy variable.
Truth StatementHasResource(const PolicyStatement& statement, std::string_view resource);

// What is known of a request: keys in lower case. A key with no value is known to be absent; one
// that is not in the map is not known.
using RequestContext = std::map<std::string, std::vector<std::string>, std::less<>>;

Truth EvaluateCondition(const PolicyCondition& condition, const RequestContext& context);
Truth EvaluateConditions(const PolicyStatement& statement, const RequestContext& context);

// Whether an address lies in a network ("10.0.0.0/8", "2001:db8::/32", or one address). Unknown
// when either is malformed.
Truth AddressInNetwork(std::string_view address, std::string_view network);
// The length of a network's prefix and whether it is IPv6; empty when it is malformed.
struct NetworkSize {
  unsigned prefix_bits = 0;
  bool v6 = false;
};
std::optional<NetworkSize> SizeOfNetwork(std::string_view network);

// The account of an ARN ("" when it names none) or of a bare 12-digit account id.
std::string AccountOfPrincipal(std::string_view principal);
// Whether the principal is an account as a whole: "arn:aws:iam::ID:root" or the bare id.
bool IsAccountPrincipal(std::string_view principal);

}  // namespace assay
