#include "accounts/account_service.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "accounts/integration.h"
#include "accounts/trail.h"
#include "aws/aws_time.h"
#include "aws/json_body.h"
#include "store/access_rows.h"
#include "store/fleet_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr size_t kIntegrationThreads = 8;

// A change as the audit log tells it.
struct Change {
  std::string_view action;
  std::string target;
  std::string detail = "{}";
};

Status Audit(Transaction& tx, const Caller& caller, const Change& change, const Status& outcome) {
  AuditRow row;
  row.at_ms = NowMs();
  row.actor = caller.user;
  row.source = caller.source_ip;
  row.action = change.action;
  row.target = change.target;
  row.result = outcome.ok() ? "ok" : std::string(StatusCodeName(outcome.code()));
  row.detail =
      outcome.ok() ? change.detail : JsonBody().Text("message", outcome.message()).Finish();
  return AddAudit(tx, row);
}

Status NotEnabled() { return PermissionDenied("the service is not enabled: enable it first"); }

std::string RoleNameOf(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

// Regions in which an account may have a trail.
Result<std::set<std::string>> SelectedRegions(Transaction& tx, const std::string& account_id) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                         ListResources(tx, account_id, "", "", "", 0));
  std::set<std::string> regions;
  for (const ResourceRow& resource : resources) regions.insert(resource.region);
  return regions;
}

}  // namespace

struct AccountService::Impl {
  Database* const database;
  AccountAccess* const access;
  const int64_t default_quota_bytes;

  // Held alone while the service is enabled or disabled, shared by everything else that changes
  // accounts.
  std::shared_mutex service_mutex;
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<std::mutex>> account_mutexes;  // guarded by mutex

  Impl(Database* db, AccountAccess* account_access, int64_t quota)
      : database(db), access(account_access), default_quota_bytes(quota) {}

  std::mutex& MutexOf(const std::string& account_id) {
    const std::lock_guard lock(mutex);
    std::unique_ptr<std::mutex>& found = account_mutexes[account_id];
    if (found == nullptr) found = std::make_unique<std::mutex>();
    return *found;
  }

  const std::string& master() const { return access->master_account_id(); }

  Status WriteAudit(const Caller& caller, const Change& change, const Status& outcome) {
    return database->Write([&](Transaction& tx) { return Audit(tx, caller, change, outcome); });
  }

  Result<ServiceState> State() {
    ServiceState state;
    ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(state, GetServiceState(tx));
      return Status::Ok();
    }));
    return state;
  }

  Result<std::optional<AccountRow>> Row(const std::string& account_id) {
    std::optional<AccountRow> row;
    ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(row, GetAccount(tx, account_id));
      return Status::Ok();
    }));
    return row;
  }

  // The row of an account that has just been integrated; what is kept of an earlier one is its
  // quota.
  Status PutIntegrated(Transaction& tx, const std::string& account_id, AccountRole role,
                       const IntegratedRoles& roles) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> before, GetAccount(tx, account_id));
    AccountRow row;
    row.account_id = account_id;
    row.role = role;
    row.state = AccountState::kIntegrated;
    row.handshake_role_arn = roles.handshake_role_arn;
    row.service_role_arn = roles.service_role_arn;
    row.integrated_at_ms = NowMs();
    row.last_contact_ms = row.integrated_at_ms;
    row.quota_bytes = before ? before->quota_bytes : default_quota_bytes;
    return PutAccount(tx, row);
  }

  Status Enable(const Caller& caller);
  Status PutEnabled(Transaction& tx, const IntegratedRoles& roles);
  Status Disable(const Caller& caller);
  Status RemoveTrails(const std::vector<AccountRow>& accounts);
  MemberResult Associate(const std::string& account_id, const Caller& caller);
  Integration Integrate(const std::string& account_id, const std::optional<AccountRow>& before);
  Status Disassociate(const std::string& account_id, const Caller& caller);
  Status RemoveTrailOf(const AccountRow& account, const std::string& region);
  Status SyncTrail(const std::string& account_id, const std::string& region);
};

AccountService::AccountService(Database* database, AccountAccess* access,
                               int64_t default_quota_bytes)
    : impl_(std::make_unique<Impl>(database, access, default_quota_bytes)) {
  // Best effort: without it both names are tried.
  (void)database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> accounts, ListAccounts(tx));
    for (const AccountRow& account : accounts) {
      if (account.handshake_role_arn.empty()) continue;
      access->RememberHandshakeRole(account.account_id, RoleNameOf(account.handshake_role_arn));
    }
    return Status::Ok();
  });
}

AccountService::~AccountService() = default;

Status AccountService::Enable(const Caller& caller) {
  const std::unique_lock lock(impl_->service_mutex);
  return impl_->Enable(caller);
}

Status AccountService::Impl::Enable(const Caller& caller) {
  ASSAY_RETURN_IF_ERROR(CheckAccountId(master()));
  ASSAY_ASSIGN_OR_RETURN(const ServiceState state, State());
  const Change change{.action = "Enable", .target = master()};
  if (state.enabled) {
    if (state.master_account_id == master()) return Status::Ok();
    return InvalidArgument("the service is enabled with master account " + state.master_account_id +
                           ": disable it first, or configure that one");
  }
  const Integration integration = IntegrateMaster(access);
  if (!integration.status.ok()) {
    ASSAY_RETURN_IF_ERROR(WriteAudit(caller, change, integration.status));
    return {integration.status.code(),
            integration.status.message() +
                (integration.remedy.empty() ? "" : ": " + integration.remedy)};
  }
  return database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutEnabled(tx, integration.roles));
    return Audit(tx, caller, change, Status::Ok());
  });
}

Status AccountService::Impl::PutEnabled(Transaction& tx, const IntegratedRoles& roles) {
  ASSAY_ASSIGN_OR_RETURN(ServiceState state, GetServiceState(tx));
  if (!state.master_account_id.empty() && state.master_account_id != master()) {
    // The master of an earlier time is an account like any other now.
    ASSAY_ASSIGN_OR_RETURN(std::optional<AccountRow> former,
                           GetAccount(tx, state.master_account_id));
    if (former) {
      former->role = AccountRole::kMember;
      ASSAY_RETURN_IF_ERROR(PutAccount(tx, *former));
    }
  }
  state.enabled = true;
  state.master_account_id = master();
  state.enabled_at_ms = NowMs();
  ASSAY_RETURN_IF_ERROR(PutServiceState(tx, state));
  return PutIntegrated(tx, master(), AccountRole::kMaster, roles);
}

Status AccountService::Disable(const DisableAcknowledgements& acknowledged, const Caller& caller) {
  if (!acknowledged.access_ends) {
    return InvalidArgument(
        "acknowledge that access to every member account ends and that members must be added "
        "again");
  }
  if (!acknowledged.data_is_deleted) {
    return InvalidArgument(
        "acknowledge that processing stops and that all collected metadata is deleted");
  }
  const std::unique_lock lock(impl_->service_mutex);
  return impl_->Disable(caller);
}

Status AccountService::Impl::Disable(const Caller& caller) {
  ASSAY_ASSIGN_OR_RETURN(ServiceState state, State());
  if (!state.enabled) return Status::Ok();
  std::vector<AccountRow> accounts;
  ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(accounts, ListAccounts(tx));
    return Status::Ok();
  }));
  // Before anything is forgotten. A trail that cannot be removed now does not keep the service
  // alive; the audit log names it.
  const Status trails = RemoveTrails(accounts);
  return database->WriteLocking([&](Transaction& tx) -> Status {
    // What workers are recording is deleted with the rest, and what they record later is void.
    for (const AccountRow& account : accounts) {
      ASSAY_RETURN_IF_ERROR(LockResults(tx, account.account_id, Transaction::LockMode::kExclusive));
    }
    ASSAY_RETURN_IF_ERROR(DeleteCollectedData(tx));
    for (const AccountRow& account : accounts) {
      ASSAY_ASSIGN_OR_RETURN(std::optional<AccountRow> row, GetAccount(tx, account.account_id));
      if (!row || row->state != AccountState::kIntegrated) continue;
      row->state = AccountState::kDisabled;
      ASSAY_RETURN_IF_ERROR(PutAccount(tx, *row));
    }
    ASSAY_ASSIGN_OR_RETURN(ServiceState now, GetServiceState(tx));
    now.enabled = false;
    now.disabled_at_ms = NowMs();
    ASSAY_RETURN_IF_ERROR(PutServiceState(tx, now));
    const std::string detail =
        trails.ok() ? "{}" : JsonBody().Text("trailsLeft", trails.message()).Finish();
    return Audit(tx, caller, {.action = "Disable", .target = master(), .detail = detail},
                 Status::Ok());
  });
}

// The first failure, named by account and region; the others are tried all the same.
Status AccountService::Impl::RemoveTrails(const std::vector<AccountRow>& accounts) {
  Status first;
  for (const AccountRow& account : accounts) {
    if (account.state != AccountState::kIntegrated) continue;
    std::set<std::string> regions;
    ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(regions, SelectedRegions(tx, account.account_id));
      return Status::Ok();
    }));
    for (const std::string& region : regions) {
      const std::lock_guard lock(MutexOf(account.account_id));
      const Status removed = RemoveTrailOf(account, region);
      if (!removed.ok() && first.ok()) {
        first = removed.WithContext(account.account_id + ' ' + region);
      }
    }
  }
  return first;
}

Status AccountService::Impl::RemoveTrailOf(const AccountRow& account, const std::string& region) {
  if (access->ConnectionOf(account.account_id).kind != AccountKind::kAws) return Status::Ok();
  const Status removed = RemoveTrail(access, {.account_id = account.account_id,
                                              .region = region,
                                              .service_role_arn = account.service_role_arn});
  return removed.code() == StatusCode::kUnimplemented ? Status::Ok() : removed;
}

Result<ServiceState> AccountService::State() { return impl_->State(); }

std::vector<MemberResult> AccountService::AssociateMembers(
    const std::vector<std::string>& account_ids, const Caller& caller) {
  std::vector<MemberResult> results(account_ids.size());
  std::atomic<size_t> next{0};
  // Each waits for its own account's services most of the time.
  const auto work = [&] {
    for (size_t at = next++; at < account_ids.size(); at = next++) {
      const std::shared_lock lock(impl_->service_mutex);
      results[at] = impl_->Associate(account_ids[at], caller);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(kIntegrationThreads, account_ids.size()); ++i) {
    threads.emplace_back(work);
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return results;
}

// Re-adding a disassociated member skips the handshake: its roles are still there (A5).
Integration AccountService::Impl::Integrate(const std::string& account_id,
                                            const std::optional<AccountRow>& before) {
  const bool has_roles = before && before->state == AccountState::kDisassociated &&
                         !before->service_role_arn.empty() &&
                         access->ConnectionOf(account_id).kind == AccountKind::kAws;
  if (has_roles && EnterWithServiceRole(access, account_id, before->service_role_arn).ok()) {
    Integration kept;
    kept.roles = {.handshake_role_arn = before->handshake_role_arn,
                  .service_role_arn = before->service_role_arn};
    return kept;
  }
  return IntegrateMember(access, account_id);
}

MemberResult AccountService::Impl::Associate(const std::string& account_id, const Caller& caller) {
  MemberResult result;
  result.account_id = account_id;
  result.status = CheckAccountId(account_id);
  if (!result.status.ok()) {
    result.remedy = "give the account's ID of 12 digits";
    return result;
  }
  const std::lock_guard lock(MutexOf(account_id));
  const Change change{.action = "AssociateMemberAccount", .target = account_id};
  const auto refuse = [&](Status status, std::string remedy) {
    result.status = std::move(status);
    result.remedy = std::move(remedy);
    const Status audited = WriteAudit(caller, change, result.status);
    if (!audited.ok()) result.status = audited;
    return result;
  };
  const Result<ServiceState> state = State();
  if (!state.ok()) return refuse(state.status(), "");
  if (!state->enabled) {
    return refuse(NotEnabled().WithContext("account " + account_id), "enable the service first");
  }
  if (account_id == master()) {
    return refuse(InvalidArgument("account " + account_id + " is the master account itself"),
                  "the master account is integrated already: leave it out");
  }
  const Result<std::optional<AccountRow>> before = Row(account_id);
  if (!before.ok()) return refuse(before.status(), "");
  if (*before && (*before)->state == AccountState::kIntegrated) return result;

  const Integration integration = Integrate(account_id, *before);
  if (!integration.status.ok()) return refuse(integration.status, integration.remedy);
  const Status written = database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> members,
                           ListIntegratedAccounts(tx, "", kMaxMembers + 1));
    result.limit_exceeded = members.size() > kMaxMembers;
    if (result.limit_exceeded) {
      return ResourceExhausted("account " + account_id + ": there are " +
                               std::to_string(kMaxMembers) + " member accounts already");
    }
    ASSAY_RETURN_IF_ERROR(PutIntegrated(tx, account_id, AccountRole::kMember, integration.roles));
    return Audit(tx, caller, change, Status::Ok());
  });
  if (!written.ok()) {
    return refuse(written, result.limit_exceeded ? "disassociate a member account first" : "");
  }
  return result;
}

Status AccountService::DisassociateMember(const std::string& account_id, const Caller& caller) {
  ASSAY_RETURN_IF_ERROR(CheckAccountId(account_id));
  const std::shared_lock service_lock(impl_->service_mutex);
  const std::lock_guard lock(impl_->MutexOf(account_id));
  const Status status = impl_->Disassociate(account_id, caller);
  if (!status.ok()) {
    ASSAY_RETURN_IF_ERROR(impl_->WriteAudit(
        caller, {.action = "DisassociateMemberAccount", .target = account_id}, status));
  }
  return status;
}

Status AccountService::Impl::Disassociate(const std::string& account_id, const Caller& caller) {
  if (account_id == master()) {
    return InvalidArgument("account " + account_id +
                           " is the master account: disable the service instead");
  }
  std::optional<AccountRow> account;
  std::set<std::string> regions;
  const Status left = database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(account, GetAccount(tx, account_id));
    if (!account || account->state != AccountState::kIntegrated) {
      return NotFound("account " + account_id + " is no member account");
    }
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                           ListResources(tx, account_id, "", "", "", 0));
    regions.clear();
    for (const ResourceRow& resource : resources) {
      regions.insert(resource.region);
      ASSAY_RETURN_IF_ERROR(DeleteResource(tx, resource.id));
    }
    account->state = AccountState::kDisassociated;
    ASSAY_RETURN_IF_ERROR(PutAccount(tx, *account));
    const std::string detail =
        JsonBody().Number("resources", static_cast<int64_t>(resources.size())).Finish();
    return Audit(tx, caller,
                 {.action = "DisassociateMemberAccount", .target = account_id, .detail = detail},
                 Status::Ok());
  });
  ASSAY_RETURN_IF_ERROR(left);
  for (const std::string& region : regions) {
    const Status removed = RemoveTrailOf(*account, region);
    if (removed.ok()) continue;
    // The member has left all the same; that its trail is still there must not be lost.
    const Change change{.action = "RemoveTrail", .target = account_id + '/' + region};
    const Status noted = database->Write([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(SetAccountContact(tx, account_id, NowMs(),
                                              "the trail is still there: " + removed.message()));
      return Audit(tx, Caller{}, change, removed);
    });
    ASSAY_RETURN_IF_ERROR(noted);
  }
  return Status::Ok();
}

Result<std::vector<AccountRow>> AccountService::List(const std::string& after, uint32_t limit) {
  std::vector<AccountRow> accounts;
  ASSAY_RETURN_IF_ERROR(impl_->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(accounts, ListIntegratedAccounts(tx, after, limit));
    return Status::Ok();
  }));
  return accounts;
}

Status AccountService::SetQuota(const std::string& account_id, int64_t bytes,
                                const Caller& caller) {
  ASSAY_RETURN_IF_ERROR(CheckAccountId(account_id));
  if (bytes < 0) return InvalidArgument("a quota is 0 bytes or more");
  const std::shared_lock service_lock(impl_->service_mutex);
  const std::lock_guard lock(impl_->MutexOf(account_id));
  return impl_->database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account, GetAccount(tx, account_id));
    if (!account) return NotFound("account " + account_id + " is not integrated");
    ASSAY_RETURN_IF_ERROR(SetAccountQuota(tx, account_id, bytes));
    ASSAY_RETURN_IF_ERROR(ResumeQuotaWalks(tx, account_id));
    const std::string detail = JsonBody()
                                   .Number("quotaBytesBefore", account->quota_bytes)
                                   .Number("quotaBytes", bytes)
                                   .Finish();
    return Audit(tx, caller, {.action = "SetQuota", .target = account_id, .detail = detail},
                 Status::Ok());
  });
}

Status AccountService::SyncTrail(const std::string& account_id, const std::string& region) {
  if (impl_->access->ConnectionOf(account_id).kind != AccountKind::kAws) return Status::Ok();
  const std::shared_lock service_lock(impl_->service_mutex);
  const std::lock_guard lock(impl_->MutexOf(account_id));
  return impl_->SyncTrail(account_id, region);
}

Status AccountService::Impl::SyncTrail(const std::string& account_id, const std::string& region) {
  std::optional<AccountRow> account;
  std::vector<ResourceRow> resources;
  ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const ServiceState state, GetServiceState(tx));
    ASSAY_ASSIGN_OR_RETURN(account, GetAccount(tx, account_id));
    if (!state.enabled || !account || account->state != AccountState::kIntegrated) {
      account.reset();
      return Status::Ok();
    }
    ASSAY_ASSIGN_OR_RETURN(resources, ListResources(tx, account_id, region, "", "", 0));
    return Status::Ok();
  }));
  if (!account) return Status::Ok();
  const TrailPlace place{
      .account_id = account_id, .region = region, .service_role_arn = account->service_role_arn};
  Status status = resources.empty()
                      ? RemoveTrail(access, place)
                      : EnsureTrail(access, place, TrailObjectArns(resources, region));
  if (status.code() == StatusCode::kUnimplemented) status = Status::Ok();
  const Change change{
      .action = "SyncTrail",
      .target = account_id + '/' + region,
      .detail =
          JsonBody().Number("dataResources", static_cast<int64_t>(resources.size())).Finish()};
  const Status noted = database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(SetAccountContact(tx, account_id, NowMs(), status.message()));
    return Audit(tx, Caller{}, change, status);
  });
  ASSAY_RETURN_IF_ERROR(noted);
  return status.WithContext("the trail of account " + account_id + " in " + region);
}

}  // namespace assay
