#include "jobs/work_search.h"

#include <optional>
#include <string>
#include <utility>

namespace assay {
Status FindWork(Transaction& tx, int64_t now_ms, WorkFound* found) {
  *found = {};
  ASSAY_ASSIGN_OR_RETURN(const std::vector<AccountRow> accounts, ListAccounts(tx));
  for (const AccountRow& account : accounts) {
    if (account.state != AccountState::kIntegrated) continue;
    found->accounts[account.account_id] = account;
    ASSAY_ASSIGN_OR_RETURN(std::vector<ResourceRow> resources,
                           ListResources(tx, account.account_id, "", "", "", 0));
    for (ResourceRow& resource : resources) found->resources[resource.id] = std::move(resource);
    ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> due,
                           TakeDueEvents(tx, account.account_id, now_ms, 1));
    if (!due.empty()) found->due_events.insert(account.account_id);
  }
  ASSAY_ASSIGN_OR_RETURN(std::vector<WalkRow> walks, ListUnfinishedWalks(tx));
  for (WalkRow& walk : walks) {
    if (found->resources.contains(walk.resource_id)) found->walks.push_back(std::move(walk));
  }
  return Status::Ok();
}

std::vector<WalkRow> DueComparisons(const WorkFound& found, int64_t interval_ms, int64_t now_ms) {
  std::set<int64_t> walked;
  for (const WalkRow& walk : found.walks) walked.insert(walk.resource_id);
  std::vector<WalkRow> due;
  for (const auto& [id, resource] : found.resources) {
    if (!resource.continuous_full || walked.contains(id)) continue;
    if (resource.last_compared_ms + interval_ms > now_ms) continue;
    WalkRow walk;
    walk.resource_id = id;
    walk.account_id = resource.account_id;
    walk.kind = WalkKind::kComparison;
    walk.started_ms = now_ms;
    due.push_back(std::move(walk));
  }
  return due;
}

Status StartWalks(Transaction& tx, const std::vector<WalkRow>& walks) {
  for (const WalkRow& walk : walks) {
    // Disassociated meanwhile: there is nothing to walk.
    ASSAY_ASSIGN_OR_RETURN(const std::optional<ResourceRow> resource,
                           GetResource(tx, walk.resource_id));
    if (resource) ASSAY_RETURN_IF_ERROR(StartWalk(tx, walk).status());
  }
  return Status::Ok();
}

std::set<std::string> RaisedQuotas(const WorkFound& found,
                                   const std::map<std::string, AccountRow>& before) {
  std::set<std::string> raised;
  for (const WalkRow& walk : found.walks) {
    if (walk.state != WalkState::kQuotaReached) continue;
    const auto known = before.find(walk.account_id);
    const AccountRow& account = found.accounts.at(walk.account_id);
    if (known == before.end() || account.quota_bytes > known->second.quota_bytes) {
      raised.insert(walk.account_id);
    }
  }
  return raised;
}

Status ResumeWalks(Transaction& tx, const std::set<std::string>& account_ids) {
  for (const std::string& account_id : account_ids) {
    ASSAY_RETURN_IF_ERROR(ResumeQuotaWalks(tx, account_id));
  }
  return Status::Ok();
}

std::map<std::string, std::vector<QueueAccount>> QueuesToFollow(const WorkFound& found,
                                                                AccountAccess* access) {
  std::map<std::string, std::vector<QueueAccount>> queues;
  for (const auto& [account_id, account] : found.accounts) {
    const AccountConnection connection = access->ConnectionOf(account_id);
    if (connection.kind != AccountKind::kAws || connection.events_queue_url.empty()) continue;
    queues[connection.events_queue_url].push_back({account_id, account.service_role_arn});
  }
  return queues;
}

}  // namespace assay
