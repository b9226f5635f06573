// S3 resources: the buckets and prefixes that are monitored, and the walks over them that are the
// durable state of classification.
//
// Thread rule: free functions on a Transaction. Moments are milliseconds since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace assay {

struct ResourceRow {
  int64_t id = 0;  // given by InsertResource
  std::string account_id;
  std::string region;
  std::string bucket;
  std::string prefix;            // "" = the whole bucket
  bool one_time_full = false;    // oneTime FULL: existing objects too (R4)
  bool continuous_full = true;   // continuous FULL
  int64_t associated_at_ms = 0;  // objects added later are new (R4)
  int64_t one_time_done_ms = 0;  // 0 = not asked for, or still under way
  int64_t last_compared_ms = 0;  // when a listing comparison last reached the end; 0 = never
};

// kInvalidArgument when the same (account, region, bucket, prefix) is there already. Returns the
// id.
Result<int64_t> InsertResource(Transaction& tx, const ResourceRow& resource);
Status UpdateResource(Transaction& tx, const ResourceRow& resource);  // by id
// Also removes its walks; objects stay until their retention ends (R6).
Status DeleteResource(Transaction& tx, int64_t id);
Result<std::optional<ResourceRow>> FindResource(Transaction& tx, const std::string& account_id,
                                                const std::string& region,
                                                const std::string& bucket,
                                                const std::string& prefix);
Result<std::optional<ResourceRow>> GetResource(Transaction& tx, int64_t id);
// By (bucket, prefix), after that pair; "" region = all regions; limit 0 = all.
Result<std::vector<ResourceRow>> ListResources(Transaction& tx, const std::string& account_id,
                                               const std::string& region,
                                               const std::string& after_bucket,
                                               const std::string& after_prefix, uint32_t limit);
Result<uint64_t> CountResources(Transaction& tx, const std::string& account_id);
// Resources of the account that hold the key: same bucket, and the prefix begins the key.
Result<std::vector<ResourceRow>> ResourcesOfObject(Transaction& tx, const std::string& account_id,
                                                   const std::string& bucket,
                                                   const std::string& key);

enum class WalkKind {
  kOneTime,     // classify what exists
  kComparison,  // listing differences: what is new, changed, or gone
};
enum class WalkState {
  kReady,
  kQuotaReached,  // stands where the account's quota ended; goes on when that is raised (R5)
  kBlocked,       // failed for now: tried again at not_before_ms
  kDone,
};

// Names of both, in the database, the API and metrics: "one-time", "quota-reached".
std::string_view WalkKindName(WalkKind kind);
std::string_view WalkStateName(WalkState state);

// One walk over the listing of a resource. A unit of work is a page of it (design decision 7): the
// continuation is the checkpoint, moved in the transaction that records the page's outcomes.
struct WalkRow {
  int64_t id = 0;
  int64_t resource_id = 0;
  std::string account_id;
  WalkKind kind = WalkKind::kOneTime;
  WalkState state = WalkState::kReady;
  std::string continuation;  // of the next page; "" = the first
  std::string last_key;  // bytes; the last key of the page before: deletions are found up to here
  uint64_t pages = 0;    // done
  uint64_t listed_objects = 0;
  uint64_t listed_bytes = 0;
  uint32_t attempts = 0;      // failures in a row
  int64_t not_before_ms = 0;  // kBlocked: not tried earlier
  std::string last_error;
  int64_t started_ms = 0;
  int64_t finished_ms = 0;
};

// At most one unfinished walk of a kind per resource: returns the id of that one when it exists.
Result<int64_t> StartWalk(Transaction& tx, const WalkRow& walk);
Status UpdateWalk(Transaction& tx, const WalkRow& walk);  // by id; kNotFound when it was deleted
Result<std::optional<WalkRow>> GetWalk(Transaction& tx, int64_t id);
// Walks that are not kDone, oldest first.
Result<std::vector<WalkRow>> ListUnfinishedWalks(Transaction& tx);
Result<std::vector<WalkRow>> ListWalksOfResource(Transaction& tx, int64_t resource_id);
// Removes at most `limit` walks that are kDone, but for the newest of each kind of every resource.
// Returns how many.
Result<uint64_t> PruneWalks(Transaction& tx, uint32_t limit);
// The resource's walk of that kind has reached the end (one_time_done_ms, last_compared_ms).
Status NoteWalkDone(Transaction& tx, int64_t resource_id, WalkKind kind, int64_t now_ms);
// kQuotaReached walks of the account become kReady.
Status ResumeQuotaWalks(Transaction& tx, const std::string& account_id);

// Object events (notifications) not yet worked off. The same object announced twice before it is
// worked off is one row with the later of the two.
struct EventRow {
  int64_t id = 0;
  std::string account_id;
  std::string bucket;
  std::string key;
  bool deleted = false;  // ObjectRemoved
  int64_t event_ms = 0;  // as the store says, or the time of receipt
  int64_t received_ms = 0;
  uint32_t attempts = 0;
  int64_t not_before_ms = 0;
};
Status PutEvents(Transaction& tx, const std::vector<EventRow>& events);
// The oldest events of an account that are due, at most `limit`.
Result<std::vector<EventRow>> TakeDueEvents(Transaction& tx, const std::string& account_id,
                                            int64_t now_ms, uint32_t limit);
// Removes the event unless it was replaced by a later one meanwhile (received_ms differs).
Status FinishEvent(Transaction& tx, const EventRow& event);
// After `attempts` more that came to nothing.
Status PostponeEvent(Transaction& tx, const EventRow& event, int64_t not_before_ms,
                     uint32_t attempts = 1);
struct EventBacklog {
  uint64_t count = 0;
  int64_t oldest_received_ms = 0;  // 0 = none
};
Result<EventBacklog> GetEventBacklog(Transaction& tx);

}  // namespace assay
