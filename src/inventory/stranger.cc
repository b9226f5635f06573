// ReachOfCondition: policy conditions as a stranger sees them.
#include <algorithm>
#include <array>
#include <cctype>

#include "inventory/exposure.h"
#include "inventory/glob.h"

namespace assay {
namespace {

// What a request carries whether its sender likes it or not.
constexpr std::array<std::string_view, 1> kAlwaysThere = {"aws:sourceip"};

// Keys whose values a stranger cannot choose: who they are and where they come from. The list is
// the one of "The meaning of public", and the keys of AWS Organizations and source networks added
// since.
constexpr std::array<std::string_view, 17> kIdentityKeys = {"aws:sourceip",
                                                            "aws:vpcsourceip",
                                                            "aws:sourcevpc",
                                                            "aws:sourcevpce",
                                                            "aws:sourcevpcarn",
                                                            "aws:sourceaccount",
                                                            "aws:sourceowner",
                                                            "aws:sourcearn",
                                                            "aws:sourceorgid",
                                                            "aws:sourceorgpaths",
                                                            "aws:principalarn",
                                                            "aws:principalaccount",
                                                            "aws:principalorgid",
                                                            "aws:principalorgpaths",
                                                            "aws:userid",
                                                            "s3:dataaccesspointarn",
                                                            "s3:dataaccesspointaccount"};

// Keys that say how a request is made, which anyone may choose.
constexpr std::array<std::string_view, 24> kChoiceKeys = {
    "aws:securetransport",    "aws:useragent",         "aws:referer",
    "aws:requestedregion",    "aws:currenttime",       "aws:epochtime",
    "aws:viaawsservice",      "aws:calledvia",         "aws:calledviafirst",
    "aws:calledvialast",      "aws:username",          "aws:principaltype",
    "aws:tokenissuetime",     "aws:tagkeys",           "aws:multifactorauthpresent",
    "aws:multifactorauthage", "aws:resourceaccount",   "aws:resourceorgid",
    "aws:resourceorgpaths",   "aws:federatedprovider", "aws:ec2instancesourcevpc",
    "s3:resourceaccount",     "s3:signatureversion",   "s3:authtype"};

bool IsOneOf(std::string_view key, const auto& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool IsChoice(std::string_view key) {
  if (IsOneOf(key, kChoiceKeys)) return true;
  // The request's own parameters and tags, the object's tags, and tags strangers give themselves.
  return (key.starts_with("s3:") && !IsOneOf(key, kIdentityKeys)) ||
         key.starts_with("aws:requesttag/") || key.starts_with("aws:resourcetag/") ||
         key.starts_with("aws:principaltag/");
}

// The unique id of a user or role, with any session: "AROAEXAMPLEID:*" names one role.
bool NamesOneId(std::string_view value) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos || colon < 16) return false;
  const std::string_view id = value.substr(0, colon);
  return std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

// Wildcards in an ARN do no harm where the account, or with S3 the bucket, is a fixed one.
bool NamesOneOwner(std::string_view arn) {
  if (!HasWildcard(arn)) return true;
  if (!AccountOfPrincipal(arn).empty()) return true;
  if (!arn.starts_with("arn:")) return false;
  std::string_view rest = arn;
  for (int part = 0; part < 5; ++part) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos || HasWildcard(rest.substr(0, colon))) return false;
    if (part == 2 && rest.substr(0, colon) != "s3") return false;
    rest.remove_prefix(colon + 1);
  }
  const std::string_view bucket = rest.substr(0, rest.find('/'));
  return !bucket.empty() && !HasWildcard(bucket);
}

// Fewer than 2^24 addresses of IPv4, 2^96 of IPv6; "The meaning of public" draws the same line.
Truth IsSmallNetwork(const std::string& value) {
  const std::optional<NetworkSize> size = SizeOfNetwork(value);
  if (!size) return Truth::kUnknown;
  return size->prefix_bits >= (size->v6 ? 32u : 8u) ? Truth::kYes : Truth::kNo;
}

// Whether one value of a condition names something a stranger is not.
Truth IsFixed(const PolicyCondition& condition, const std::string& value) {
  const auto truth = [](bool fixed) { return fixed ? Truth::kYes : Truth::kNo; };
  if (condition.op == ConditionOperator::kIpAddress) return IsSmallNetwork(value);
  // Equality takes '*' for itself; ARN operators and StringLike do not.
  const bool has_patterns =
      condition.op == ConditionOperator::kStringLike || condition.op == ConditionOperator::kArnLike;
  if (!has_patterns || !HasWildcard(value)) return Truth::kYes;
  if (condition.key.ends_with("arn")) return truth(NamesOneOwner(value));
  if (condition.key == "aws:userid") return truth(NamesOneId(value));
  if (condition.key.ends_with("orgpaths")) {
    const size_t slash = value.find('/');
    return truth(slash != std::string::npos && !HasWildcard(value.substr(0, slash)));
  }
  return Truth::kNo;
}

Reach ReachOfIdentity(const PolicyCondition& condition) {
  Truth fixed = Truth::kYes;
  for (const std::string& value : condition.values) {
    fixed = And(fixed, IsFixed(condition, value));
  }
  if (fixed == Truth::kUnknown) return Reach::kUnknown;
  if (fixed == Truth::kNo) return Reach::kPossible;
  const bool can_be_absent = !IsOneOf(condition.key, kAlwaysThere);
  if (condition.negated) {
    // Without the key the negated operators hold as well, but for the one that wants any value.
    return can_be_absent && condition.set == ConditionSet::kForAnyValue ? Reach::kPossible
                                                                        : Reach::kAlways;
  }
  const bool absent_is_enough = condition.if_exists || condition.set == ConditionSet::kForAllValues;
  return can_be_absent && absent_is_enough ? Reach::kPossible : Reach::kNever;
}

Reach ReachOfNull(const PolicyCondition& condition) {
  if (!IsOneOf(condition.key, kAlwaysThere)) return Reach::kPossible;
  const auto has = [&](const char* value) {
    return std::find(condition.values.begin(), condition.values.end(), value) !=
           condition.values.end();
  };
  if (has("false")) return Reach::kAlways;
  return has("true") ? Reach::kNever : Reach::kUnknown;
}

Reach ReachOfServiceFlag(const PolicyCondition& condition) {
  if (condition.op != ConditionOperator::kBool || condition.values.size() != 1) {
    return Reach::kUnknown;
  }
  // Always there, and "false" for everyone who is no service of AWS.
  return condition.values[0] == "true" ? Reach::kNever : Reach::kAlways;
}

}  // namespace

Reach ReachOfCondition(const PolicyCondition& condition) {
  if (condition.op == ConditionOperator::kOther || condition.values.empty()) return Reach::kUnknown;
  if (condition.key == "aws:principalisawsservice") return ReachOfServiceFlag(condition);
  const bool identity = IsOneOf(condition.key, kIdentityKeys);
  if (!identity && !IsChoice(condition.key)) return Reach::kUnknown;
  if (condition.op == ConditionOperator::kNull) return ReachOfNull(condition);
  if (condition.has_variable) return Reach::kUnknown;
  return identity ? ReachOfIdentity(condition) : Reach::kPossible;
}

}  // namespace assay
