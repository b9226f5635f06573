// Parts of ListObjects: the page that a list fills, and lists that are read from ranges of entries
// (object_labels.h).
//
// Thread rule: free functions on a Transaction, and values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/object_rows.h"
#include "store/object_select.h"

namespace assay {

// What a page costs at most: entries, or time. Then it ends, short or even empty.
inline constexpr size_t kPageBudget = 20'000;
inline constexpr std::chrono::milliseconds kPageTimeBudget{40};

// How many entries are read at once when each has to be checked.
size_t MaxChunk(const RecordCondition& record);

// Newest first; the id makes the order total.
bool Before(const Candidate& a, const Candidate& b, ObjectOrder order);

// What a page has found so far.
struct PageInProgress {
  std::vector<Candidate> hits;
  bool more = false;    // there are hits behind the last one, or may be
  Candidate last_seen;  // where to go on when `more`
  size_t looked_at = 0;
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::now() + kPageTimeBudget;

  bool Exhausted() const {
    return looked_at >= kPageBudget || std::chrono::steady_clock::now() >= deadline;
  }

  // Takes the next candidate in order; false when the page is finished.
  bool Take(const Candidate& candidate, uint32_t limit) {
    if (candidate.hit && hits.size() == limit) {
      more = true;
      last_seen = hits.back();
      return false;
    }
    ++looked_at;
    if (candidate.hit) hits.push_back(candidate);
    last_seen = candidate;
    if (candidate.hit || !Exhausted()) return true;
    more = true;
    return false;
  }
};

// How many entries a range has.
struct RangeCount {
  int64_t bucket_id = 0;
  int64_t label_id = 0;
  int64_t risk = 0;
  int64_t objects = 0;
  int64_t newest_ms = 0;  // no entry is newer
};

// Which label of the query to read, and in which ranges.
struct EntryPlan {
  size_t driver = 0;
  std::vector<RangeCount> ranges;  // with bucket_id 0: over all buckets, counts unknown
};

// By the counts of the buckets: the label with the fewest entries, and only ranges that have any.
Result<EntryPlan> PlanBuckets(Transaction& tx, const ListQuery& query,
                              const std::vector<BucketName>& buckets);

// Merges the ranges of the query's rarest label, from behind `position`.
Status ListByEntries(Transaction& tx, const ListQuery& query, ObjectOrder order,
                     const ListPosition& position, uint32_t limit, PageInProgress* page);

}  // namespace assay
