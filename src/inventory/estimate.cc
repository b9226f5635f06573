#include "inventory/estimate.h"

#include <algorithm>
#include <array>
#include <limits>

namespace assay {
namespace {

// Sums stay exact in 64 bits; what is larger is refused. A division by GB keeps the product of two
// 64-bit numbers within 128 bits.
__extension__ using Uint128 = unsigned __int128;
constexpr int64_t kMaxCents = std::numeric_limits<int64_t>::max();
constexpr Uint128 kBytesPerGb = Uint128{1} << 30;

bool AddExact(uint64_t* sum, uint64_t value) { return !__builtin_add_overflow(*sum, value, sum); }

}  // namespace

bool IsArchiveStorageClass(std::string_view storage_class) {
  // The last two are the tiers of INTELLIGENT_TIERING, in the words of x-amz-archive-status and of
  // inventory reports. GLACIER_IR ("instant retrieval") is read like any other class.
  static constexpr std::array<std::string_view, 4> kArchives = {
      "GLACIER", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"};
  return std::find(kArchives.begin(), kArchives.end(), storage_class) != kArchives.end();
}

uint64_t ProcessedBytes(uint64_t size, std::string_view storage_class) {
  if (IsArchiveStorageClass(storage_class)) return 0;
  return std::clamp(size, kMinProcessedBytes, kMaxProcessedBytes);
}

Status SizeTotals::Add(uint64_t size, std::string_view storage_class) {
  SizeTotals next = *this;
  if (!AddExact(&next.objects, 1) || !AddExact(&next.total_size, size) ||
      !AddExact(&next.total_processed, ProcessedBytes(size, storage_class))) {
    return ResourceExhausted("the bucket's objects add up to more than 2^64 bytes");
  }
  *this = next;
  return Status::Ok();
}

Status SizeTotals::Add(const SizeTotals& other) {
  SizeTotals next = *this;
  if (!AddExact(&next.objects, other.objects) || !AddExact(&next.total_size, other.total_size) ||
      !AddExact(&next.total_processed, other.total_processed)) {
    return ResourceExhausted("the objects add up to more than 2^64 bytes");
  }
  *this = next;
  return Status::Ok();
}

Result<int64_t> CostCents(uint64_t total_processed, int64_t price_per_gb_hundredth_cents) {
  if (price_per_gb_hundredth_cents < 0) return InvalidArgument("a price cannot be negative");
  const Uint128 hundredth_cent_bytes =
      Uint128{total_processed} * static_cast<uint64_t>(price_per_gb_hundredth_cents);
  const Uint128 divisor = kBytesPerGb * 100;
  const Uint128 cents = (hundredth_cent_bytes + divisor / 2) / divisor;
  if (cents > static_cast<Uint128>(kMaxCents)) {
    return ResourceExhausted("the cost estimate is more than can be shown");
  }
  return static_cast<int64_t>(cents);
}

std::string FormatDollars(int64_t cents) {
  // The magnitude of the smallest number does not fit its own type.
  const uint64_t magnitude =
      cents < 0 ? ~static_cast<uint64_t>(cents) + 1 : static_cast<uint64_t>(cents);
  std::string digits = std::to_string(magnitude / 100);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  const uint64_t rest = magnitude % 100;
  std::string text = cents < 0 ? "-" : "";
  text += digits;
  text += rest < 10 ? ".0" : ".";
  text += std::to_string(rest);
  return text;
}

}  // namespace assay
