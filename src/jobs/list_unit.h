// ListUnit: one page of a resource's listing, compared with what is recorded, as a unit of work.
//
// Thread rule: free function.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "jobs/work_unit.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

inline constexpr uint32_t kPageKeys = 1000;

struct ListRequest {
  int64_t walk_id = 0;
  WalkKind kind = WalkKind::kOneTime;
  ResourceRow resource;
  std::shared_ptr<ObjectStore> store;
  bool remote = false;
  std::string page;       // continuation; "" = the first
  std::string after_key;  // last key of the page before; "" = none
  // The page was listed before, by another: its keys end there, however the bucket changed since.
  struct Bounds {
    std::string last_key;
    std::string next_page;
    bool by_key = true;  // false: the store does not list in the order of keys; the page is one
                         // answer of its
    uint32_t keys = kPageKeys;  // it had then
  };
  std::optional<Bounds> bounds;
  // What it listed (page_listing.h); "" = not known. Taken for what there is while it is fresh and
  // nothing that is recorded contradicts it; otherwise the store is asked.
  std::string listing;
  // Of the account's quota, what units in hand may still be charged.
  uint64_t reserved_bytes = 0;
  int64_t now_ms = 0;
};

// kUnavailable and so on: the store did not list. Database errors come back as `database_error`.
// Objects the quota has no room for are left out (unit->cut_before). Rows of objects that are not
// listed any more are found by comparison walks only, and only after a second listing without them:
// what was recorded between a listing and the look at the database is not gone.
Result<std::shared_ptr<WorkUnit>> ListUnit(Database* database, const ListRequest& request,
                                           Status* database_error);

}  // namespace assay
