#include "jobs/page_split.h"

#include <string>
#include <utility>

namespace assay {

std::vector<WalkPageRow> SplitPage(const WalkPageRow& page, const std::vector<ObjectInfo>& objects,
                                   ObjectStore* store, const std::string& bucket) {
  std::vector<WalkPageRow> parts;
  WalkPageRow part = page;
  part.listed_objects = 0;
  part.listed_bytes = 0;
  for (const ObjectInfo& object : objects) {
    if (part.listed_bytes >= kUnitBytes && page.bounded) {
      const std::string here = store->ContinuationAfter(bucket, part.last_key);
      if (here.empty()) return {page};
      part.next_page = here;
      parts.push_back(part);
      ++part.number;
      part.page = here;
      part.after_key = part.last_key;
      part.listed_objects = 0;
      part.listed_bytes = 0;
    }
    part.last_key = object.key;
    ++part.listed_objects;
    part.listed_bytes += object.size;
  }
  part.next_page = page.next_page;
  parts.push_back(std::move(part));
  return parts;
}

}  // namespace assay
