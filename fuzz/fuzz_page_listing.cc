// Listings that a leader keeps for workers: whatever is decoded comes back the same when it is
// encoded again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "jobs/page_listing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const assay::Result<assay::PageListing> listing = assay::DecodePageListing(bytes);
  if (!listing.ok()) return 0;
  const std::string once = assay::EncodePageListing(listing->objects, listing->listed_ms);
  const assay::Result<assay::PageListing> again = assay::DecodePageListing(once);
  if (!again.ok() || again->objects.size() != listing->objects.size()) std::abort();
  if (assay::EncodePageListing(again->objects, again->listed_ms) != once) std::abort();
  return 0;
}
