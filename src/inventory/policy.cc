#include "inventory/policy.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <set>

#include "inventory/glob.h"

namespace assay {
namespace {

using Json = rapidjson::Value;

// Of one policy; more than fits into its bytes in any sensible form.
constexpr size_t kMaxStatements = 500;

std::string_view TextOf(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Two members of one name would be read differently by different readers.
Status CheckMembers(const Json& object, std::string_view what) {
  std::set<std::string_view> names;
  for (const auto& member : object.GetObject()) {
    if (!names.insert(TextOf(member.name)).second) {
      return DataLoss("the policy's " + std::string(what) + " has a member twice");
    }
  }
  return Status::Ok();
}

// A text, or a list of texts; conditions also hold numbers and truth values.
Status TakeTexts(const Json& value, bool scalars, std::vector<std::string>* texts) {
  if (value.IsString()) {
    texts->emplace_back(TextOf(value));
  } else if (scalars && value.IsBool()) {
    texts->emplace_back(value.GetBool() ? "true" : "false");
  } else if (scalars && value.IsInt64()) {
    texts->push_back(std::to_string(value.GetInt64()));
  } else if (scalars && value.IsNumber()) {
    texts->push_back(std::to_string(value.GetDouble()));
  } else if (value.IsArray()) {
    for (const Json& element : value.GetArray()) {
      if (element.IsArray()) return DataLoss("the policy has a list within a list");
      ASSAY_RETURN_IF_ERROR(TakeTexts(element, scalars, texts));
    }
  } else {
    return DataLoss("the policy has a value that is no text");
  }
  return Status::Ok();
}

Result<PolicyPrincipal> TakePrincipal(const Json& value) {
  PolicyPrincipal principal;
  if (value.IsString()) {
    if (TextOf(value) != "*")
      return DataLoss("the policy has a principal that is neither * nor a map");
    principal.everyone = true;
    return principal;
  }
  if (!value.IsObject()) return DataLoss("the policy has a principal that is neither * nor a map");
  ASSAY_RETURN_IF_ERROR(CheckMembers(value, "principal"));
  for (const auto& member : value.GetObject()) {
    const std::string_view kind = TextOf(member.name);
    std::vector<std::string>* list = nullptr;
    if (kind == "AWS") list = &principal.aws;
    if (kind == "CanonicalUser") list = &principal.canonical_users;
    if (kind == "Federated") list = &principal.federated;
    if (kind == "Service") list = &principal.services;
    if (list == nullptr) return DataLoss("the policy has a principal of an unknown kind");
    ASSAY_RETURN_IF_ERROR(TakeTexts(member.value, false, list));
  }
  principal.everyone =
      std::find(principal.aws.begin(), principal.aws.end(), "*") != principal.aws.end();
  return principal;
}

struct OperatorName {
  std::string_view name;
  ConditionOperator op;
  bool negated;
};
constexpr std::array kOperators = {
    OperatorName{"stringequals", ConditionOperator::kStringEquals, false},
    OperatorName{"stringnotequals", ConditionOperator::kStringEquals, true},
    OperatorName{"stringequalsignorecase", ConditionOperator::kStringEqualsIgnoreCase, false},
    OperatorName{"stringnotequalsignorecase", ConditionOperator::kStringEqualsIgnoreCase, true},
    OperatorName{"stringlike", ConditionOperator::kStringLike, false},
    OperatorName{"stringnotlike", ConditionOperator::kStringLike, true},
    OperatorName{"arnequals", ConditionOperator::kArnLike, false},
    OperatorName{"arnlike", ConditionOperator::kArnLike, false},
    OperatorName{"arnnotequals", ConditionOperator::kArnLike, true},
    OperatorName{"arnnotlike", ConditionOperator::kArnLike, true},
    OperatorName{"ipaddress", ConditionOperator::kIpAddress, false},
    OperatorName{"notipaddress", ConditionOperator::kIpAddress, true},
    OperatorName{"bool", ConditionOperator::kBool, false},
    OperatorName{"null", ConditionOperator::kNull, false},
};

// "ForAllValues:StringNotLikeIfExists" and its parts; names differ in letter case in the wild.
PolicyCondition ConditionOf(std::string_view operator_name) {
  PolicyCondition condition;
  condition.operator_name = operator_name;
  const std::string lower = Lower(operator_name);
  std::string_view name = lower;
  if (name.starts_with("forallvalues:")) condition.set = ConditionSet::kForAllValues;
  if (name.starts_with("foranyvalue:")) condition.set = ConditionSet::kForAnyValue;
  name.remove_prefix(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
  constexpr std::string_view kIfExists = "ifexists";
  if (name.ends_with(kIfExists)) {
    condition.if_exists = true;
    name.remove_suffix(kIfExists.size());
  }
  for (const OperatorName& known : kOperators) {
    if (known.name != name) continue;
    condition.op = known.op;
    condition.negated = known.negated;
  }
  // There is no NullIfExists.
  if (condition.op == ConditionOperator::kNull && condition.if_exists) {
    condition.op = ConditionOperator::kOther;
  }
  return condition;
}

// "${*}", "${?}" and "${$}" stand for the bytes themselves; anything else is a variable.
bool HasVariable(std::string_view text) {
  for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const std::string_view rest = text.substr(at + 2);
    if (rest.starts_with("*}") || rest.starts_with("?}") || rest.starts_with("$}")) continue;
    return true;
  }
  return false;
}

Status TakeConditions(const Json& value, bool variables, std::vector<PolicyCondition>* conditions) {
  if (!value.IsObject()) return DataLoss("the policy has a condition that is no map");
  ASSAY_RETURN_IF_ERROR(CheckMembers(value, "condition"));
  for (const auto& block : value.GetObject()) {
    if (!block.value.IsObject()) return DataLoss("the policy has a condition that is no map");
    ASSAY_RETURN_IF_ERROR(CheckMembers(block.value, "condition"));
    for (const auto& test : block.value.GetObject()) {
      PolicyCondition condition = ConditionOf(TextOf(block.name));
      condition.key = Lower(TextOf(test.name));
      ASSAY_RETURN_IF_ERROR(TakeTexts(test.value, true, &condition.values));
      for (const std::string& text : condition.values) {
        condition.has_variable |= variables && text.find("${") != std::string::npos;
      }
      conditions->push_back(std::move(condition));
    }
  }
  return Status::Ok();
}

Status TakeMember(std::string_view name, const Json& value, bool variables,
                  PolicyStatement* statement) {
  if (name == "Sid") {
    if (!value.IsString()) return DataLoss("the policy has a Sid that is no text");
    statement->sid = TextOf(value);
    return Status::Ok();
  }
  if (name == "Effect") {
    if (!value.IsString() || (TextOf(value) != "Allow" && TextOf(value) != "Deny")) {
      return DataLoss("the policy has an Effect that is neither Allow nor Deny");
    }
    statement->allow = TextOf(value) == "Allow";
    return Status::Ok();
  }
  if (name == "Principal" || name == "NotPrincipal") {
    ASSAY_ASSIGN_OR_RETURN(PolicyPrincipal principal, TakePrincipal(value));
    (name == "Principal" ? statement->principal : statement->not_principal) = std::move(principal);
    return Status::Ok();
  }
  if (name == "Action") return TakeTexts(value, false, &statement->actions);
  if (name == "NotAction") return TakeTexts(value, false, &statement->not_actions);
  if (name == "Resource") return TakeTexts(value, false, &statement->resources);
  if (name == "NotResource") return TakeTexts(value, false, &statement->not_resources);
  if (name == "Condition") return TakeConditions(value, variables, &statement->conditions);
  return DataLoss("the policy has a statement with an unknown member");
}

Result<PolicyStatement> TakeStatement(const Json& value, bool variables) {
  if (!value.IsObject()) return DataLoss("the policy has a statement that is no map");
  ASSAY_RETURN_IF_ERROR(CheckMembers(value, "statement"));
  PolicyStatement statement;
  for (const auto& member : value.GetObject()) {
    ASSAY_RETURN_IF_ERROR(TakeMember(TextOf(member.name), member.value, variables, &statement));
  }
  if (!value.HasMember("Effect")) return DataLoss("the policy has a statement without Effect");
  if (statement.actions.empty() == statement.not_actions.empty()) {
    return DataLoss("the policy has a statement without exactly one of Action and NotAction");
  }
  if (statement.principal && statement.not_principal) {
    return DataLoss("the policy has a statement with both Principal and NotPrincipal");
  }
  if (!statement.resources.empty() && !statement.not_resources.empty()) {
    return DataLoss("the policy has a statement with both Resource and NotResource");
  }
  return statement;
}

std::string TakeText(const Json& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return "";
  return std::string(TextOf(member->value));
}

// A text in which a policy variable can stand for anything.
std::string VariablesAsStars(std::string_view pattern) {
  std::string result;
  for (size_t at = 0; at < pattern.size();) {
    const size_t end =
        pattern.substr(at, 2) == "${" ? pattern.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      result += pattern[at++];
      continue;
    }
    // An escaped '*' or '?' is taken for a wildcard too, which only widens.
    result += '*';
    at = end + 1;
  }
  return result;
}

Truth MeetsAny(const std::vector<std::string>& patterns, std::string_view resource) {
  Truth result = Truth::kNo;
  for (const std::string& pattern : patterns) {
    if (GlobMatches(pattern, resource)) return Truth::kYes;
    if (HasVariable(pattern) && GlobMatches(VariablesAsStars(pattern), resource)) {
      result = Truth::kUnknown;
    }
  }
  return result;
}

Truth Not(Truth value) {
  if (value == Truth::kUnknown) return value;
  return value == Truth::kYes ? Truth::kNo : Truth::kYes;
}

}  // namespace

Truth And(Truth a, Truth b) { return std::min(a, b); }
Truth Or(Truth a, Truth b) { return std::max(a, b); }

Result<Policy> ParsePolicy(std::string_view json) {
  if (json.size() > kMaxPolicyBytes) return ResourceExhausted("the policy is too large");
  rapidjson::Document document;
  // Iterative, so that depth costs no stack; numbers as texts are not needed.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      json.data(), json.size());
  if (document.HasParseError()) return DataLoss("the policy is no JSON");
  if (!document.IsObject()) return DataLoss("the policy is no JSON object");
  ASSAY_RETURN_IF_ERROR(CheckMembers(document, "document"));
  Policy policy;
  policy.version = TakeText(document, "Version");
  policy.id = TakeText(document, "Id");
  const bool variables = policy.version == "2012-10-17";
  const auto statements = document.FindMember("Statement");
  if (statements == document.MemberEnd()) return DataLoss("the policy has no Statement");
  const Json& value = statements->value;
  const rapidjson::SizeType count = value.IsArray() ? value.Size() : 1;
  if (count > kMaxStatements) return ResourceExhausted("the policy has too many statements");
  for (rapidjson::SizeType i = 0; i < count; ++i) {
    ASSAY_ASSIGN_OR_RETURN(PolicyStatement statement,
                           TakeStatement(value.IsArray() ? value[i] : value, variables));
    policy.statements.push_back(std::move(statement));
    for (const PolicyCondition& condition : policy.statements.back().conditions) {
      if (condition.op != ConditionOperator::kOther) continue;
      policy.unsupported.push_back(StatementName(policy, i) + ": operator " +
                                   condition.operator_name.substr(0, 64));
    }
  }
  return policy;
}

std::string StatementName(const Policy& policy, size_t index) {
  std::string name = "statement " + std::to_string(index + 1);
  const std::string& sid = policy.statements[index].sid;
  if (!sid.empty()) name += " (" + sid.substr(0, 128) + ')';
  return name;
}

bool StatementHasAction(const PolicyStatement& statement, std::string_view action) {
  const bool inverted = !statement.not_actions.empty();
  for (const std::string& pattern : inverted ? statement.not_actions : statement.actions) {
    if (GlobMatches(pattern, action, GlobCase::kFoldAscii)) return !inverted;
  }
  return inverted;
}

Truth StatementHasResource(const PolicyStatement& statement, std::string_view resource) {
  if (!statement.not_resources.empty()) return Not(MeetsAny(statement.not_resources, resource));
  if (statement.resources.empty()) return Truth::kYes;
  return MeetsAny(statement.resources, resource);
}

std::string AccountOfPrincipal(std::string_view principal) {
  const auto is_account = [](std::string_view text) {
    return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (is_account(principal)) return std::string(principal);
  if (!principal.starts_with("arn:")) return "";
  for (int colons = 0; colons < 4; ++colons) {
    const size_t colon = principal.find(':');
    if (colon == std::string_view::npos) return "";
    principal.remove_prefix(colon + 1);
  }
  const std::string_view account = principal.substr(0, principal.find(':'));
  return is_account(account) ? std::string(account) : "";
}

bool IsAccountPrincipal(std::string_view principal) {
  const std::string account = AccountOfPrincipal(principal);
  return !account.empty() && (principal == account || principal.ends_with(":" + account + ":root"));
}

}  // namespace assay
