// ServiceContext: everything the API needs from the rest of the service, wired by cli/serve and by
// tests.
//
// Thread rule: immutable once the API uses it; what it points to may be used by several threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "accounts/account_service.h"
#include "base/sealed_secret.h"
#include "inventory/inventory_service.h"
#include "jobs/classification_service.h"
#include "jobs/fleet_service.h"
#include "jobs/s3_resource_service.h"
#include "store/database.h"
#include "store/database_watch.h"
#include "store/metered_database.h"

namespace assay {

// All pointers must outlive the API; none may be null but `fleet` and `database_times`.
struct ServiceContext {
  Database* database = nullptr;
  const DatabaseWatch* database_watch = nullptr;    // of the same database
  const MeteredDatabase* database_times = nullptr;  // the same
  AccountAccess* access = nullptr;
  AccountService* accounts = nullptr;
  S3ResourceService* resources = nullptr;
  InventoryService* inventory = nullptr;
  ClassificationService* classification = nullptr;
  FleetService* fleet = nullptr;  // `classification`, when it is one of a fleet's
  const SealingKey* key = nullptr;
  std::string events_token;  // of the webhook; "" = no webhook
  std::string version;       // of this program, for status pages
  // Whether the run before this one ended by itself: what ServiceState said before this start was
  // written into it.
  bool last_stop_was_clean = true;
  // As InventoryOptions has it: hundredths of a cent per GB (C4).
  int64_t price_per_gb_hundredth_cents = 50'000;
  std::vector<std::string> regions;                   // that can be chosen, the home region first
  int64_t session_idle_ms = int64_t{30} * 60 * 1000;  // of the console, without a request
  // For people to see; what they change is kept in the store (store/setting_rows.h).
  int64_t retention_months = 1;
  int64_t default_quota_bytes = kDefaultQuotaBytes;
  int64_t snapshot_max_age_ms = int64_t{48} * 3600 * 1000;
  uint64_t max_object_bytes = uint64_t{20} << 20;  // 0 = all
  int64_t comparison_interval_ms = 60'000;
};

// kInvalidArgument, with what to do: the service was not set up for this region.
Status RequireRegion(const ServiceContext& context, const std::string& region);

}  // namespace assay
