// What the leader of a fleet saw when it listed a page: kept in the page's row, so that the worker
// that gets the page need not list it once more. Stores ask for money, or for long, for each
// listing.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "objectstore/object_store.h"

namespace assay {

// So long a listing is taken for what there is. A page that waits longer for a worker is listed
// again: it costs little beside its waiting.
inline constexpr int64_t kListingFreshMs = 60'000;

struct PageListing {
  int64_t listed_ms = 0;            // before the store was asked; milliseconds since the Unix epoch
  std::vector<ObjectInfo> objects;  // in the store's order
};

// Of each object what ObjectStore::List tells; all are of one bucket. Some 60 bytes an object.
std::string EncodePageListing(std::span<const ObjectInfo> objects, int64_t listed_ms);
// kDataLoss: it was not made by EncodePageListing, or by a newer version.
Result<PageListing> DecodePageListing(std::string_view bytes);

// Whether a listing of then can stand for one of now. Clocks of two machines may differ a little.
bool IsFresh(const PageListing& listing, int64_t now_ms);

}  // namespace assay
