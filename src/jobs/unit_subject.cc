#include "jobs/unit_subject.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "jobs/event_orders.h"
#include "store/fleet_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

Result<UnitSubject> SubjectOfEvents(Transaction& tx, const UnitOrder& order) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> events, FindEventsOf(tx, order));
  UnitSubject subject;
  subject.objects = events.size();
  const auto elsewhere = [&](const EventRow& event) { return event.bucket != events[0].bucket; };
  // Of several buckets none can be named.
  if (events.empty() || std::any_of(events.begin(), events.end(), elsewhere)) return subject;
  subject.bucket = events[0].bucket;
  if (events.size() == 1) subject.key = events[0].key;
  return subject;
}

Result<UnitSubject> SubjectOfPage(Transaction& tx, const UnitOrder& order) {
  UnitSubject subject;
  ASSAY_ASSIGN_OR_RETURN(const std::optional<WalkPageRow> page,
                         GetWalkPage(tx, order.walk_id, order.page_number));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<WalkRow> walk, GetWalk(tx, order.walk_id));
  if (!page || !walk) return subject;
  ASSAY_ASSIGN_OR_RETURN(const std::optional<ResourceRow> resource,
                         GetResource(tx, walk->resource_id));
  if (!resource) return subject;
  subject.bucket = resource->bucket;
  subject.objects = page->listed_objects;
  if (!page->bounded) return subject;
  subject.after_key = page->after_key;
  subject.last_key = page->last_key;
  return subject;
}

}  // namespace

Result<UnitSubject> SubjectOf(Transaction& tx, const UnitOrder& order) {
  return order.is_events() ? SubjectOfEvents(tx, order) : SubjectOfPage(tx, order);
}

}  // namespace assay
