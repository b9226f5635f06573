// What `assay scan` was told to look at.
//
// Thread rule: values; the stores behind them are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "objectstore/object_store.h"
#include "objectstore/s3_store.h"

namespace assay {

// One walk: all keys of a bucket that start with a prefix.
struct ScanTarget {
  std::string label;     // unique and stable: what --resume finds it by ("exports", "s3://b/p")
  std::string shown_as;  // put before keys for people: "s3://b/", "exports/"; may be ""
  std::shared_ptr<ObjectStore> store;
  std::string bucket;  // "" for plain paths
  std::string prefix;
  bool remote = false;  // reading waits for a network
};

struct TargetOptions {
  S3StoreOptions s3;
  uint64_t max_object_bytes = 0;  // of standard input that is kept; 0 = all
};

// "-", "s3://" (every bucket), "s3://bucket[/prefix]", or a path. Opens the stores, reads nothing
// of S3 except the list of buckets for "s3://". Errors say which target and what to do.
Result<std::vector<ScanTarget>> OpenTargets(const std::vector<std::string>& names,
                                            const TargetOptions& options);

// A store of one object, "-", with what standard input holds: in place when it is a file, else
// copied to an unnamed temporary file, at most `limit` + 1 bytes (0 = all).
Result<std::shared_ptr<ObjectStore>> OpenStdin(uint64_t limit);

}  // namespace assay
