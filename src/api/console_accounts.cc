// /api/v1: enabling, accounts, quotas.
#include "api/console_request.h"
#include "api/json_io.h"
#include "store/account_rows.h"

namespace assay {
namespace {

// {"enabled":...}: what enabling and disabling answer.
Result<std::string> EnabledBody(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const ServiceState state, request.context->accounts->State());
  JsonOut out;
  out.BeginObject();
  out.Bool("enabled", state.enabled);
  out.Text("masterAccountId", state.master_account_id);
  out.Time("enabledAt", state.enabled_at_ms);
  out.Time("disabledAt", state.disabled_at_ms);
  out.EndObject();
  return out.Take();
}

Result<std::string> Enable(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(request.context->accounts->Enable(request.who.caller));
  request.context->classification->Wake();
  return EnabledBody(request);
}

Result<std::string> Disable(const ConsoleRequest& request) {
  DisableAcknowledgements acknowledged;
  ASSAY_ASSIGN_OR_RETURN(acknowledged.access_ends, BoolMemberOf(request.body, "accessEnds"));
  ASSAY_ASSIGN_OR_RETURN(acknowledged.data_is_deleted, BoolMemberOf(request.body, "dataIsDeleted"));
  ASSAY_RETURN_IF_ERROR(request.context->accounts->Disable(acknowledged, request.who.caller));
  request.context->classification->Wake();
  return EnabledBody(request);
}

Result<std::string> ListAllAccounts(const ConsoleRequest& request) {
  std::vector<AccountRow> rows;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListAccounts(tx));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("accounts").BeginArray();
  for (const AccountRow& row : rows) {
    const AccountConnection connection = request.context->access->ConnectionOf(row.account_id);
    out.BeginObject();
    out.Text("accountId", row.account_id);
    out.Text("role", AccountRoleName(row.role));
    out.Text("kind", AccountKindName(connection.kind));
    out.Text("state", AccountStateName(row.state));
    out.Text("handshakeRoleArn", row.handshake_role_arn);
    out.Text("serviceRoleArn", row.service_role_arn);
    out.Int("quotaBytes", row.quota_bytes);
    out.Int("chargedBytes", row.charged_bytes);
    out.Time("integratedAt", row.integrated_at_ms);
    out.Time("lastContact", row.last_contact_ms);
    out.Text("lastError", row.last_error);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> AddAccounts(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string typed, TextMemberOf(request.body, "accountIds", true));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                         AccountService::ParseAccountIds(typed));
  JsonOut out;
  out.BeginObject();
  out.Name("results").BeginArray();
  for (const MemberResult& result :
       request.context->accounts->AssociateMembers(ids, request.who.caller)) {
    out.BeginObject();
    out.Text("accountId", result.account_id);
    out.Bool("ok", result.status.ok());
    out.Text("message", result.status.ok() ? "integrated" : result.status.message());
    out.Text("remedy", result.remedy);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  request.context->classification->Wake();
  return out.Take();
}

Result<std::string> RemoveAccount(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_RETURN_IF_ERROR(
      request.context->accounts->DisassociateMember(request.account(), request.who.caller));
  JsonOut out;
  out.BeginObject();
  out.Text("accountId", request.account());
  out.Text("state", AccountStateName(AccountState::kDisassociated));
  out.EndObject();
  return out.Take();
}

Result<std::string> ChangeQuota(const ConsoleRequest& request) {
  ASSAY_RETURN_IF_ERROR(RequireAccountId(request.account()));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> bytes,
                         IntMemberOf(request.body, "quotaBytes"));
  if (!bytes || *bytes < 0)
    return InvalidArgument("quotaBytes must be a number of bytes, 0 or more");
  ASSAY_RETURN_IF_ERROR(
      request.context->accounts->SetQuota(request.account(), *bytes, request.who.caller));
  request.context->classification->Wake();
  JsonOut out;
  out.BeginObject();
  out.Text("accountId", request.account());
  out.Int("quotaBytes", *bytes);
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> AccountRoutes() {
  return {
      {"POST", "/enable", true, "", Enable},
      {"POST", "/disable", true, "", Disable},
      {"GET", "/accounts", false, "", ListAllAccounts},
      {"POST", "/accounts", true, "", AddAccounts},
      {"DELETE", "/accounts/{account}", true, "", RemoveAccount},
      {"PATCH", "/accounts/{account}", true, "", ChangeQuota},
  };
}

}  // namespace assay
