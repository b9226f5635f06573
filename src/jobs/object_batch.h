// Reading and classifying a handful of objects at once: the step that `assay scan` and the service
// share. Every object that enters leaves with a record, or is marked cancelled.
//
// Thread rule: free functions; many threads may each work off a batch of their own with one pool.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "classify/classification.h"
#include "classify/classifier_client.h"
#include "jobs/read_ahead_budget.h"
#include "objectstore/object_store.h"

namespace assay {

// Enough to make the messages to a classifier worth it, not so much that others go idle.
inline constexpr size_t kBatchObjects = 64;
inline constexpr uint64_t kBatchBytes = uint64_t{1} << 20;
// A read-ahead budget has this much for each classifier process: one object of the usual limit.
inline constexpr uint64_t kReadAheadBytesPerJob = uint64_t{20} << 20;

struct BatchObject {
  ObjectInfo object;                // as listed; reading may add to it
  ObjectStore* store = nullptr;     // where it lies
  bool remote = false;              // reading waits for a network
  bool may_have_companion = false;  // "<key>.instruction" may lie beside it; for before_read
  // May be filled by before_read: its own access control list.
  ObjectAcl acl;
  bool world_readable = false;
  // Filled by ClassifyBatch:
  Classification record;   // has no account_id and no timestamp_ms yet
  bool cancelled = false;  // a stop request came first: there is no record
};

struct BatchOptions {
  ClassifierPool* pool = nullptr;
  uint64_t max_object_bytes = 0;  // as the pool's
  int64_t crawl_ms = 0;           // for Classification::last_crawl_ms
  DetectionsAs detections = DetectionsAs::kValues;
  std::function<bool()> stopping;  // no further object is begun
  // Objects that are with a classifier end now, too. May be empty: they are waited for.
  std::function<bool()> cancelled;
  // Asked before an object is read; anything but kNone is its outcome. May be empty, and may add
  // to what is known of the object.
  std::function<OutcomeReason(BatchObject*)> before_read;
  // For objects larger than kBatchBytes behind a network; null: they are read only once a
  // classifier is free for them.
  ReadAheadBudget* read_ahead = nullptr;
  // Told when the store failed while an object was read. May be empty.
  std::function<void(const BatchObject&)> on_unavailable;
};

void ClassifyBatch(const BatchOptions& options, std::vector<BatchObject>* batch);

// How many objects one of `workers` should take: `queued` are waiting, `at_hand` of them can be
// taken together; size_of(i) is the size of the i-th of these.
template <typename SizeFn>
size_t FairBatchSize(size_t queued, size_t at_hand, uint32_t workers, SizeFn size_of) {
  const size_t fair = std::min(queued / (2 * size_t{workers}) + 1, kBatchObjects);
  const size_t most = std::min(fair, at_hand);
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < most) {
    bytes += size_of(count);
    if (count > 0 && bytes > kBatchBytes) break;
    ++count;
  }
  return count;
}

}  // namespace assay
