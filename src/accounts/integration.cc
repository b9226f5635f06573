#include "accounts/integration.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "accounts/account_service.h"
#include "accounts/trust_policy.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "aws/uri.h"
#include "objectstore/s3_endpoint.h"

namespace assay {
namespace {

constexpr const char* kMacieServiceName = "macie.amazonaws.com";
constexpr const char* kServiceRolePolicyName = "AmazonMacieServiceRolePolicy";
constexpr const char* kServiceRolePath = "/aws-service-role/macie.amazonaws.com/";

Integration Failure(const std::string& account_id, const Status& status, std::string remedy) {
  Integration failure;
  failure.status = status.WithContext("account " + account_id);
  failure.remedy = std::move(remedy);
  return failure;
}

std::string LaunchTemplate(const std::string& account_id, const std::string& master_account_id) {
  return "launch the member template (`assay templates member`) in account " + account_id +
         " with MasterAccountId " + master_account_id;
}

bool ContainsNoCase(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// Why one handshake role cannot be used, the more telling reasons last.
enum class HandshakeFailure {
  kNone,
  kRoleMissing,
  kRefused,
  kNotTrusted,
  kWrongExternalId,
  kOther
};

struct HandshakeAttempt {
  HandshakeFailure failure = HandshakeFailure::kNone;
  Status status;
  std::string remedy;  // with kOther
};

HandshakeAttempt JudgeTrust(std::string_view policy, const std::string& master_account_id) {
  switch (CheckHandshakeTrust(policy, master_account_id)) {
    case TrustVerdict::kTrusted:
    case TrustVerdict::kUnreadable:  // then the cloud's own word stands
      return {};
    case TrustVerdict::kWrongExternalId:
      return {HandshakeFailure::kWrongExternalId,
              PermissionDenied("its trust policy asks for another external ID"), ""};
    case TrustVerdict::kNotTrusted:
      return {HandshakeFailure::kNotTrusted,
              PermissionDenied("its trust policy does not name this master account"), ""};
  }
  return {};
}

// STS refused. AWS itself says the same for a role that is missing, one that trusts somebody else
// and a wrong external id; where the role can be read with the operator's own credentials, it
// tells.
HandshakeAttempt JudgeRefusal(AccountAccess* access, const std::string& account_id,
                              const std::string& role, const Status& status,
                              const AwsError& error) {
  if (error.code.find("NoSuchEntity") != std::string::npos) {
    return {HandshakeFailure::kRoleMissing, status, ""};
  }
  if (ContainsNoCase(error.message, "externalid") || ContainsNoCase(error.message, "external id")) {
    return {HandshakeFailure::kWrongExternalId, status, ""};
  }
  if (ContainsNoCase(error.message, "no identity-based policy")) {
    return {HandshakeFailure::kOther, status,
            "allow the credentials of the master account to call sts:AssumeRole"};
  }
  if (!error.code.starts_with("AccessDenied")) {
    return {HandshakeFailure::kOther, status, "check the credentials of the master account"};
  }
  const Result<AwsServiceContext> sts = access->SourceContext(account_id, "sts");
  const Result<AwsServiceContext> iam = access->SourceContext(account_id, "iam");
  if (sts.ok() && iam.ok()) {
    const Result<CallerIdentity> caller = GetCallerIdentity(*sts);
    if (caller.ok() && caller->account_id == account_id) {
      const Result<IamRole> found = IamClient(*iam).GetRole(role);
      if (found.status().code() == StatusCode::kNotFound) {
        return {HandshakeFailure::kRoleMissing, status, ""};
      }
      if (found.ok()) {
        HandshakeAttempt judged = JudgeTrust(found->trust_policy, access->master_account_id());
        if (judged.failure != HandshakeFailure::kNone) return judged;
      }
    }
  }
  return {HandshakeFailure::kRefused, status, ""};
}

HandshakeAttempt TryHandshake(AccountAccess* access, const std::string& account_id,
                              const std::string& role) {
  AwsError error;
  const Result<AwsCredentials> credentials = access->AssumeHandshakeRole(account_id, role, &error);
  if (!credentials.ok()) {
    const Status& status = credentials.status();
    if (error.http_status == 0) {
      const bool unreachable = status.code() == StatusCode::kUnavailable;
      return {HandshakeFailure::kOther, status,
              unreachable ? "check that the STS endpoint of account " + account_id +
                                " is right and can be reached from here"
                          : "give the service credentials of the master account"};
    }
    if (status.code() == StatusCode::kUnavailable) {
      return {HandshakeFailure::kOther, status, "STS is busy or broken: try again"};
    }
    return JudgeRefusal(access, account_id, role, status, error);
  }
  // Some clouds let anybody assume anything, even roles that do not exist.
  const Result<AwsServiceContext> iam = access->HandshakeContext(account_id, "iam", role);
  if (!iam.ok()) return {HandshakeFailure::kOther, iam.status(), ""};
  const Result<IamRole> found = IamClient(*iam).GetRole(role);
  if (found.ok()) return JudgeTrust(found->trust_policy, access->master_account_id());
  switch (found.status().code()) {
    case StatusCode::kNotFound:
      return {HandshakeFailure::kRoleMissing, found.status(), ""};
    case StatusCode::kPermissionDenied:  // a role made by hand, without the right to read itself
      return {};
    default:
      return {HandshakeFailure::kOther, found.status(),
              "check that the IAM endpoint of account " + account_id +
                  " is right and can be reached from here"};
  }
}

Integration ExplainHandshake(AccountAccess* access, const std::string& account_id,
                             const HandshakeAttempt& attempt, const std::string& role) {
  const std::string& master = access->master_account_id();
  const std::string launch = LaunchTemplate(account_id, master);
  switch (attempt.failure) {
    case HandshakeFailure::kNone:
      break;
    case HandshakeFailure::kRoleMissing:
      return Failure(account_id,
                     NotFound("there is no role " + std::string(kHandshakeRole) + " (nor " +
                              std::string(kLaterHandshakeRole) + ")"),
                     launch);
    case HandshakeFailure::kNotTrusted:
      return Failure(
          account_id, attempt.status.WithContext("role " + role),
          "the role " + role + " does not trust master account " + master + ": " + launch);
    case HandshakeFailure::kWrongExternalId:
      return Failure(account_id, attempt.status.WithContext("role " + role),
                     "the trust policy of role " + role + " must ask for sts:ExternalId " + master +
                         ": " + launch);
    case HandshakeFailure::kRefused:
      return Failure(account_id, attempt.status.WithContext("role " + role),
                     "the role " + role + " is missing, does not trust master account " + master +
                         ", or asks for another sts:ExternalId than " + master + ": " + launch);
    case HandshakeFailure::kOther:
      return Failure(account_id, attempt.status, attempt.remedy);
  }
  return Failure(account_id, attempt.status, launch);
}

// Assumes one of the two handshake roles; its name goes to *role.
Integration Handshake(AccountAccess* access, const std::string& account_id, std::string* role) {
  HandshakeAttempt worst;
  std::string worst_role;
  for (const std::string_view name : {kHandshakeRole, kLaterHandshakeRole}) {
    HandshakeAttempt attempt = TryHandshake(access, account_id, std::string(name));
    if (attempt.failure == HandshakeFailure::kNone) {
      *role = name;
      access->RememberHandshakeRole(account_id, name);
      return {};
    }
    if (attempt.failure > worst.failure) {
      worst = std::move(attempt);
      worst_role = name;
    }
    if (worst.failure == HandshakeFailure::kOther) break;
  }
  return ExplainHandshake(access, account_id, worst, worst_role);
}

// Whether the service may make roles itself: an IAM that is not Amazon's, and the operator says so.
bool MayCreateRoles(const AccountAccess& access, const AwsServiceContext& iam,
                    const std::string& account_id) {
  const Result<Url> url = ParseUrl(iam.endpoint_url);
  return url.ok() && !IsAmazonHost(url->host) && access.ConnectionOf(account_id).create_roles;
}

Result<IamRole> CreateOrdinaryRole(const IamClient& iam) {
  return iam.CreateRole({.name = std::string(kServiceLinkedRole),
                         .path = kServiceRolePath,
                         .trust_policy = std::string(ServiceLinkedRoleTrustPolicy()),
                         .description = "What the service reads this account with"});
}

// Makes the service-linked role; that it exists already is fine.
Status CreateServiceLinkedRole(const IamClient& iam, bool may_create_roles) {
  const std::string name(kServiceLinkedRole);
  const Result<IamRole> created = iam.CreateServiceLinkedRole(kMacieServiceName);
  if (created.ok() && created->name == name) return Status::Ok();
  if (!may_create_roles) return created.status();
  if (created.ok()) {
    // This IAM makes the name from the service's; what was just made is of no use.
    (void)iam.DeleteRole(created->name);
  } else if (created.status().code() == StatusCode::kPermissionDenied ||
             created.status().code() == StatusCode::kUnavailable) {
    return created.status();
  }
  return CreateOrdinaryRole(iam).status();
}

// An IAM that is not Amazon's knows nothing of the policy of Macie's role.
Status EnsureServiceRolePolicy(const IamClient& iam) {
  const std::string role(kServiceLinkedRole);
  const Result<std::string> policy = iam.GetRolePolicy(role, kServiceRolePolicyName);
  if (policy.ok() && SameJson(*policy, ServiceLinkedRolePolicy())) return Status::Ok();
  const Status put =
      iam.PutRolePolicy(role, kServiceRolePolicyName, std::string(ServiceLinkedRolePolicy()));
  // Whoever keeps us from it looks after the role's rights.
  return put.code() == StatusCode::kPermissionDenied ? Status::Ok() : put;
}

// The ARN of the service-linked role, which is made when it is absent (A4).
Result<std::string> EnsureServiceLinkedRole(const IamClient& iam, bool may_create_roles) {
  const std::string name(kServiceLinkedRole);
  Result<IamRole> role = iam.GetRole(name);
  if (!role.ok()) {
    const StatusCode code = role.status().code();
    if (code != StatusCode::kNotFound && code != StatusCode::kPermissionDenied) {
      return role.status();
    }
    const Status created = CreateServiceLinkedRole(iam, may_create_roles);
    role = iam.GetRole(name);
    if (!role.ok()) return created.ok() ? role.status() : created;
  }
  if (may_create_roles) ASSAY_RETURN_IF_ERROR(EnsureServiceRolePolicy(iam));
  return role->arn;
}

Integration FinishWithRoles(AccountAccess* access, const std::string& account_id,
                            const AwsServiceContext& iam, IntegratedRoles roles) {
  Result<std::string> arn =
      EnsureServiceLinkedRole(IamClient(iam), MayCreateRoles(*access, iam, account_id));
  if (!arn.ok()) {
    const bool denied = arn.status().code() == StatusCode::kPermissionDenied;
    return Failure(account_id, arn.status().WithContext("role AWSServiceRoleForAmazonMacie"),
                   denied ? "allow iam:CreateServiceLinkedRole and iam:GetRole for it, as the "
                            "templates do (`assay templates`)"
                          : "check that the IAM endpoint of account " + account_id +
                                " is right, and try again");
  }
  roles.service_role_arn = *std::move(arn);
  const Status entered = EnterWithServiceRole(access, account_id, roles.service_role_arn);
  if (!entered.ok()) {
    const bool named = !access->ConnectionOf(account_id).service_role.empty();
    return Failure(account_id, entered.WithContext("the service role"),
                   named ? "check the role that service_role names: its trust policy, or launch "
                           "the templates (`assay templates`)"
                         : "AWS lets only itself assume a service-linked role: launch the "
                           "templates and set service_role to AWSMacieServiceCustomerServiceRole");
  }
  Integration done;
  done.roles = std::move(roles);
  return done;
}

// Accounts without roles: their store must answer.
Integration IntegrateStore(AccountAccess* access, const std::string& account_id) {
  const AccountConnection connection = access->ConnectionOf(account_id);
  const Result<std::shared_ptr<ObjectStore>> store = access->OpenStore(account_id, "", "");
  Status status = store.status();
  if (status.ok()) status = (*store)->ListBuckets().status();
  if (status.ok()) return {};
  if (connection.kind == AccountKind::kDirectory) {
    return Failure(account_id, status, "check the folder that the configuration names for it");
  }
  return Failure(account_id, status,
                 status.code() == StatusCode::kPermissionDenied
                     ? "check the keys that the configuration names for it"
                     : "check that its endpoint is right and can be reached from here");
}

}  // namespace

Status EnterWithServiceRole(AccountAccess* access, const std::string& account_id,
                            const std::string& service_role_arn) {
  ASSAY_ASSIGN_OR_RETURN(
      const AwsServiceContext sts,
      access->ServiceContext(account_id, "sts", access->home_region(), service_role_arn));
  ASSAY_ASSIGN_OR_RETURN(const CallerIdentity caller, GetCallerIdentity(sts));
  if (caller.account_id != account_id) {
    return PermissionDenied("its role leads into another account");
  }
  return Status::Ok();
}

Integration IntegrateMember(AccountAccess* access, const std::string& account_id) {
  if (access->ConnectionOf(account_id).kind != AccountKind::kAws) {
    return IntegrateStore(access, account_id);
  }
  std::string role;
  Integration handshake = Handshake(access, account_id, &role);
  if (!handshake.status.ok()) return handshake;
  const Result<AwsServiceContext> iam = access->HandshakeContext(account_id, "iam", role);
  if (!iam.ok()) return Failure(account_id, iam.status(), "");
  IntegratedRoles roles;
  roles.handshake_role_arn = RoleArn(account_id, access->home_region(), role);
  return FinishWithRoles(access, account_id, *iam, std::move(roles));
}

Integration IntegrateMaster(AccountAccess* access) {
  const std::string& master = access->master_account_id();
  if (access->ConnectionOf(master).kind != AccountKind::kAws) {
    return IntegrateStore(access, master);
  }
  const Result<AwsServiceContext> sts = access->SourceContext(master, "sts");
  const Result<AwsServiceContext> iam = access->SourceContext(master, "iam");
  if (!sts.ok()) return Failure(master, sts.status(), "give the service its credentials");
  if (!iam.ok()) return Failure(master, iam.status(), "give the service its credentials");
  const Result<CallerIdentity> caller = GetCallerIdentity(*sts);
  if (!caller.ok()) {
    const bool unreachable = caller.status().code() == StatusCode::kUnavailable;
    return Failure(master, caller.status(),
                   unreachable ? "check that its STS endpoint is right and can be reached from here"
                               : "give the service credentials of this account");
  }
  if (caller->account_id != master) {
    return Failure(master,
                   PermissionDenied("the credentials are those of account " + caller->account_id),
                   "give the service credentials of account " + master + ", or name account " +
                       caller->account_id + " as the master");
  }
  return FinishWithRoles(access, master, *iam, {});
}

}  // namespace assay
