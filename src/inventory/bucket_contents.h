// What a bucket holds, added up: the figures of a snapshot while they are collected.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "inventory/estimate.h"
#include "store/bucket_rows.h"

namespace assay {

class BucketContents {
 public:
  // Takes in one object. `storage_class` "" counts as STANDARD; kResourceExhausted when a sum
  // would no longer be exact.
  Status Add(uint64_t size, std::string_view storage_class, std::string_view encryption,
             int64_t last_modified_ms);
  Status Add(const BucketContents& other);

  const SizeTotals& totals() const { return totals_; }
  // Puts the figures into the row; its other members stay as they are.
  void FillRow(SnapshotRow* row) const;

 private:
  using Sizes = std::map<std::string, SizeByName, std::less<>>;
  static void AddTo(Sizes* sizes, std::string_view name, uint64_t objects, uint64_t bytes);

  SizeTotals totals_;
  Sizes by_storage_class_;
  Sizes by_encryption_;
  int64_t oldest_ms_ = 0;
  int64_t newest_ms_ = 0;
};

}  // namespace assay
