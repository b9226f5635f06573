// What there is to do, as the database tells: walks, resources to compare, events that are due. The
// part of planning that one process and a fleet share.
//
// Thread rule: free functions.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "jobs/event_queues.h"
#include "store/account_rows.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

// What one look into the database showed.
struct WorkFound {
  std::map<std::string, AccountRow> accounts;  // integrated
  std::map<int64_t, ResourceRow> resources;    // of these, by id
  std::vector<WalkRow> walks;                  // unfinished, of these
  std::set<std::string> due_events;            // accounts
};
Status FindWork(Transaction& tx, int64_t now_ms, WorkFound* found);

// Comparisons that are due. A resource is compared when nothing else walks it: its one-time
// classification comes first.
std::vector<WalkRow> DueComparisons(const WorkFound& found, int64_t interval_ms, int64_t now_ms);
Status StartWalks(Transaction& tx, const std::vector<WalkRow>& walks);

// Accounts whose walks stand at the quota and may go on: it was raised since `before`, or they were
// not known then (it may have been raised while nobody looked).
std::set<std::string> RaisedQuotas(const WorkFound& found,
                                   const std::map<std::string, AccountRow>& before);
Status ResumeWalks(Transaction& tx, const std::set<std::string>& account_ids);

// The event queues of the accounts, as EventQueues::Follow takes them.
std::map<std::string, std::vector<QueueAccount>> QueuesToFollow(const WorkFound& found,
                                                                AccountAccess* access);

}  // namespace assay
