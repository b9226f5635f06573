// SplitPage: a page of a listing as units that several workers can share. A page of small objects
// is done in a moment; one of large ones would keep a single worker busy for minutes while others
// idle.
//
// Thread rule: free function.
#pragma once

#include <cstdint>
#include <vector>

#include "objectstore/object_store.h"
#include "store/fleet_rows.h"

namespace assay {

// Less than a second of one core's work, and a hundred times what handing out a unit costs.
inline constexpr uint64_t kUnitBytes = uint64_t{64} << 20;

// Cuts `page`, whose `objects` were listed, behind the objects that fill a part of kUnitBytes. The
// parts are pages themselves, numbered from page.number on: each ends where the next one begins,
// and the last one where `page` does. A page that is not bounded by keys, or of a store that cannot
// list from a key on, stays whole.
std::vector<WalkPageRow> SplitPage(const WalkPageRow& page, const std::vector<ObjectInfo>& objects,
                                   ObjectStore* store, const std::string& bucket);

}  // namespace assay
