// What comes from outside into the table of events, however many processes work it off.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

// Keeps those of the events that concern selected buckets or prefixes.
Status StoreEvents(Database* database, const std::vector<EventRow>& events);
// See ClassificationService::ClassifyAgain.
Status RequestClassification(Database* database, const std::string& account_id,
                             const std::string& bucket, const std::string& key);

}  // namespace assay
