// BucketListing: adds up a bucket by listing it, several ranges of keys at once, in memory that
// does not grow with the bucket. A listing that failed goes on where it stopped when it is run
// again.
//
// The ranges come from the prefixes one level of the bucket has (or, in a level of nothing but
// keys, from the shape of its first keys). How evenly they cut decides only the speed: together
// they hold every key exactly once, whatever the store says about its prefixes.
//
// Thread rule: Run from one thread at a time; listed() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "inventory/bucket_contents.h"
#include "objectstore/object_store.h"

namespace assay {

struct BucketListingOptions {
  uint32_t parallel = 4;   // ranges listed at once; 1 = the bucket as one
  std::string encryption;  // what by_encryption says of objects whose listing does not tell
  const std::atomic<bool>* cancel = nullptr;  // may be null
};

class BucketListing {
 public:
  BucketListing(std::string bucket, BucketListingOptions options);

  // Lists what is not listed yet. Entries that are no objects (links, special files) do not count.
  // kCancelled: goes on with the next Run, like after kUnavailable.
  Status Run(ObjectStore* store);
  // Objects taken in so far.
  uint64_t listed() const { return listed_.load(std::memory_order_relaxed); }
  // The sum; complete when Run was OK.
  Result<BucketContents> Contents() const;

 private:
  // The keys after `after` up to `last` ("" = no end).
  struct Range {
    std::string after;
    std::string last;
    std::string continuation;
    bool started = false;
    bool done = false;
    BucketContents contents;
  };

  Status Plan(ObjectStore* store);
  void SetRanges(std::vector<std::string> splits);
  void Work(ObjectStore* store);
  Status ListRange(ObjectStore* store, Range* range);
  Status TakePage(const ListPage& page, Range* range);
  bool IsCancelled() const { return options_.cancel != nullptr && *options_.cancel; }

  const std::string bucket_;
  const BucketListingOptions options_;
  bool planned_ = false;
  std::vector<std::unique_ptr<Range>> ranges_;
  std::atomic<uint64_t> listed_{0};
  std::atomic<size_t> next_range_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  Status first_error_;  // guarded by mutex_
};

}  // namespace assay
