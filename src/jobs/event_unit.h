// Object events as a unit of work: what is known of their objects, and the stores they lie in.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "jobs/work_unit.h"
#include "store/account_rows.h"
#include "store/database.h"

namespace assay {

// Fills in what the database says of each of unit->events; (*regions)[i] is where the i-th object
// lies, "" when it is not ours any more.
Status LoadEventUnit(Transaction& tx, WorkUnit* unit, std::vector<std::string>* regions);
// What goes wrong here is unit->blocked.
void OpenEventStores(AccountAccess* access, const AccountRow& account,
                     const std::vector<std::string>& regions, WorkUnit* unit);

}  // namespace assay
