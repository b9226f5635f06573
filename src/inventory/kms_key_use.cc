#include "inventory/kms_key_use.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::string_view kDecrypt = "kms:Decrypt";

// How a statement names a role.
enum class Naming { kNot, kByAccount, kUnsure, kByName, kAsEveryone };

// "arn:aws:iam::ID:role/path/NAME" -> NAME.
std::string_view RoleName(std::string_view role_arn) {
  return role_arn.substr(role_arn.rfind('/') + 1);
}

// Whether a principal is a session of the role: which sessions there will be nobody knows.
bool IsSessionOf(std::string_view principal, std::string_view role_arn) {
  const std::string marker =
      ":sts::" + AccountOfPrincipal(role_arn) + ":assumed-role/" + std::string(RoleName(role_arn));
  return principal.find(marker + '/') != std::string_view::npos;
}

Naming NamingIn(const PolicyPrincipal& principal, const std::string& role) {
  Naming best = principal.everyone ? Naming::kAsEveryone : Naming::kNot;
  for (const std::string& name : principal.aws) {
    Naming one = Naming::kNot;
    if (name == role) one = Naming::kByName;
    if (IsSessionOf(name, role)) one = Naming::kUnsure;
    if (IsAccountPrincipal(name) && AccountOfPrincipal(name) == AccountOfPrincipal(role)) {
      one = Naming::kByAccount;
    }
    best = std::max(best, one);
  }
  return best;
}

// Whether an Allow lets the role in by its principals.
Truth AllowsRole(const PolicyStatement& statement, const std::string& role, bool role_policy_allows,
                 bool* only_account) {
  if (statement.not_principal) {
    // Allows everyone else; an account left out leaves its roles in, which is not meant.
    return NamingIn(*statement.not_principal, role) == Naming::kNot ? Truth::kYes : Truth::kUnknown;
  }
  if (!statement.principal) return Truth::kNo;
  switch (NamingIn(*statement.principal, role)) {
    case Naming::kNot:
      return Truth::kNo;
    case Naming::kByAccount:
      *only_account = !role_policy_allows;
      return role_policy_allows ? Truth::kYes : Truth::kNo;
    case Naming::kUnsure:
      return Truth::kUnknown;
    case Naming::kByName:
    case Naming::kAsEveryone:
      break;
  }
  return Truth::kYes;
}

// Whether a Deny speaks of the role; an account's Deny speaks of all its roles.
Truth DeniesRole(const PolicyStatement& statement, const std::string& role) {
  if (statement.not_principal) {
    const Naming naming = NamingIn(*statement.not_principal, role);
    if (naming == Naming::kNot) return Truth::kYes;
    // To leave out a role its account has to be left out too, and sessions one by one.
    return naming == Naming::kAsEveryone ? Truth::kNo : Truth::kUnknown;
  }
  if (!statement.principal) return Truth::kNo;
  const Naming naming = NamingIn(*statement.principal, role);
  if (naming == Naming::kNot) return Truth::kNo;
  return naming == Naming::kUnsure ? Truth::kUnknown : Truth::kYes;
}

// What is known of the request that S3 makes to KMS in the role's name.
RequestContext ContextOf(const KmsKeyUseInput& input, const std::string& role) {
  RequestContext context;
  const std::string account = AccountOfPrincipal(role);
  const bool in_china = input.region.starts_with("cn-");
  context["kms:viaservice"] = {"s3." + input.region + ".amazonaws.com" + (in_china ? ".cn" : "")};
  if (in_china) context["kms:viaservice"].push_back("s3." + input.region + ".amazonaws.com");
  context["kms:calleraccount"] = {account};
  context["aws:principalarn"] = {role};
  context["aws:principalaccount"] = {account};
  context["aws:principaltype"] = {"AssumedRole"};
  context["aws:principalisawsservice"] = {"false"};
  context["aws:viaawsservice"] = {"true"};
  context["aws:securetransport"] = {"true"};
  context["kms:encryptionalgorithm"] = {"SYMMETRIC_DEFAULT"};
  context["kms:grantisforawsresource"] = {};
  // Nobody signs in with a second factor for a service.
  context["aws:multifactorauthpresent"] = {"false"};
  return context;
}

struct RoleVerdict {
  Truth verdict = Truth::kNo;
  std::string reason;
};

class RoleQuestion {
 public:
  RoleQuestion(const KmsKeyUseInput& input, const Policy& policy, const std::string& role)
      : input_(input), policy_(policy), role_(role), context_(ContextOf(input, role)) {}

  RoleVerdict Answer();

 private:
  bool Concerns(const PolicyStatement& statement) const {
    return StatementHasAction(statement, kDecrypt) &&
           StatementHasResource(statement, input_.key_arn) != Truth::kNo;
  }
  // Conditions, and a resource that hangs on a variable.
  Truth Holds(const PolicyStatement& statement) const {
    return And(EvaluateConditions(statement, context_),
               StatementHasResource(statement, input_.key_arn));
  }
  RoleVerdict Denied() const;
  RoleVerdict Allowed(bool* only_account) const;
  RoleVerdict Granted() const;

  const KmsKeyUseInput& input_;
  const Policy& policy_;
  const std::string& role_;
  const RequestContext context_;
};

RoleVerdict RoleQuestion::Denied() const {
  RoleVerdict result;
  for (size_t i = 0; i < policy_.statements.size(); ++i) {
    const PolicyStatement& statement = policy_.statements[i];
    if (statement.allow || !Concerns(statement)) continue;
    const Truth denies = And(DeniesRole(statement, role_), Holds(statement));
    if (denies <= result.verdict) continue;
    result.verdict = denies;
    result.reason = "key policy, " + StatementName(policy_, i) +
                    (denies == Truth::kYes ? ": denies " : ": may deny ") + "kms:Decrypt to " +
                    role_;
  }
  return result;
}

RoleVerdict RoleQuestion::Allowed(bool* only_account) const {
  RoleVerdict result;
  for (size_t i = 0; i < policy_.statements.size(); ++i) {
    const PolicyStatement& statement = policy_.statements[i];
    if (!statement.allow || !Concerns(statement)) continue;
    const Truth holds = Holds(statement);
    if (holds == Truth::kNo) continue;
    const Truth allows =
        And(AllowsRole(statement, role_, input_.role_policy_allows_kms, only_account), holds);
    if (allows <= result.verdict) continue;
    result.verdict = allows;
    result.reason = "key policy, " + StatementName(policy_, i) +
                    (allows == Truth::kYes ? ": allows " : ": may allow ") + "kms:Decrypt to " +
                    role_;
  }
  return result;
}

RoleVerdict RoleQuestion::Granted() const {
  RoleVerdict result;
  for (const KmsKeyGrant& grant : input_.grants) {
    const bool decrypts = std::find(grant.operations.begin(), grant.operations.end(), "Decrypt") !=
                          grant.operations.end();
    if (!decrypts || grant.grantee_principal != role_) continue;
    const Truth grants = grant.has_constraints ? Truth::kUnknown : Truth::kYes;
    if (grants <= result.verdict) continue;
    result.verdict = grants;
    result.reason = std::string(grant.has_constraints ? "a grant with constraints" : "a grant") +
                    " of the key names " + role_;
  }
  return result;
}

RoleVerdict RoleQuestion::Answer() {
  const RoleVerdict denied = Denied();
  if (denied.verdict == Truth::kYes) return {Truth::kNo, denied.reason};
  bool only_account = false;
  RoleVerdict allowed = Allowed(&only_account);
  if (allowed.verdict != Truth::kYes) {
    RoleVerdict granted = Granted();
    if (granted.verdict > allowed.verdict) allowed = std::move(granted);
  }
  if (allowed.verdict == Truth::kNo) {
    allowed.reason = only_account
                         ? "the key policy names only the account, and the IAM policy of " + role_ +
                               " allows no kms:Decrypt: add the role as a key user"
                         : "nothing in the key policy or its grants lets " + role_ +
                               " decrypt: add the role as a key user";
    return allowed;
  }
  if (denied.verdict == Truth::kUnknown) return {Truth::kUnknown, denied.reason};
  return allowed;
}

}  // namespace

KmsKeyUse EvaluateKmsKeyUse(const KmsKeyUseInput& input) {
  const Result<Policy> policy = ParsePolicy(input.key_policy);
  if (!policy.ok()) {
    return {Truth::kUnknown, "the key policy is not understood: " + policy.status().message()};
  }
  KmsKeyUse best{Truth::kNo, "no role to be a key user"};
  bool first = true;
  for (const std::string& role : input.roles) {
    RoleVerdict one = RoleQuestion(input, *policy, role).Answer();
    if (!first && one.verdict <= best.verdict) continue;
    first = false;
    best = {one.verdict, std::move(one.reason)};
    if (best.verdict == Truth::kYes) break;
  }
  return best;
}

std::vector<std::string> KeyUserRoles(const std::string& account_id,
                                      const std::string& service_role, std::string_view partition) {
  const std::string start = "arn:" + std::string(partition) + ":iam::" + account_id + ":role/";
  std::vector<std::string> roles;
  if (service_role.starts_with("arn:")) {
    roles.push_back(service_role);
  } else if (!service_role.empty()) {
    roles.push_back(start + service_role);
  }
  for (const char* role : {"aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
                           "AWSServiceRoleForAmazonMacie", "AWSMacieServiceCustomerServiceRole"}) {
    const std::string arn = start + role;
    if (std::find(roles.begin(), roles.end(), arn) == roles.end()) roles.push_back(arn);
  }
  return roles;
}

}  // namespace assay
