// The arithmetic of Total size, Total processed and Total cost estimate (rules C1-C6).
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "objectstore/object_store.h"

namespace assay {

inline constexpr uint64_t kMinProcessedBytes = 1024;                // 1 KB
inline constexpr uint64_t kMaxProcessedBytes = uint64_t{20} << 20;  // 20 MB

// Whether objects of this class must be restored before they can be read. The archive tiers of
// INTELLIGENT_TIERING are named ARCHIVE_ACCESS and DEEP_ARCHIVE_ACCESS here, as in
// x-amz-archive-status; a listing does not tell the tier, an inventory report does.
bool IsArchiveStorageClass(std::string_view storage_class);

// What classifying one object counts as (C3).
uint64_t ProcessedBytes(uint64_t size, std::string_view storage_class);

struct SizeTotals {
  uint64_t objects = 0;
  uint64_t total_size = 0;
  uint64_t total_processed = 0;
  // kResourceExhausted instead of wrapping round; the totals are unchanged then.
  Status Add(uint64_t size, std::string_view storage_class);
  Status Add(const SizeTotals& other);
};

// total_processed in GB times the price, in cents, half up (C4, C6). The price is in
// hundredths of a cent per GB, so that 5.00 USD is 50,000. kResourceExhausted beyond 2^63 cents.
Result<int64_t> CostCents(uint64_t total_processed, int64_t price_per_gb_hundredth_cents);
// "1,234.50" dollars.
std::string FormatDollars(int64_t cents);

}  // namespace assay
