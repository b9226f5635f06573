#include "jobs/event_intake.h"

#include <optional>

#include "jobs/now_ms.h"
#include "store/object_rows.h"

namespace assay {

Status StoreEvents(Database* database, const std::vector<EventRow>& events) {
  return database->Write([&](Transaction& tx) -> Status {
    std::vector<EventRow> ours;
    for (const EventRow& event : events) {
      // Buckets send events of all their keys; only those of selected prefixes are kept.
      ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                             ResourcesOfObject(tx, event.account_id, event.bucket, event.key));
      if (!resources.empty()) ours.push_back(event);
    }
    return ours.empty() ? Status::Ok() : PutEvents(tx, ours);
  });
}

Status RequestClassification(Database* database, const std::string& account_id,
                             const std::string& bucket, const std::string& key) {
  const int64_t now_ms = NowMs();
  return database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(std::optional<ObjectRow> row, GetObject(tx, account_id, bucket, key));
    if (!row) return NotFound("no outcome of this object is recorded");
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                           ResourcesOfObject(tx, account_id, bucket, key));
    if (resources.empty()) {
      return InvalidArgument("no associated bucket or prefix holds this object any more");
    }
    // The outcome stays to be seen until there is a new one, and with it what was charged.
    row->retryable = true;
    row->attempts = 0;
    row->not_before_ms = 0;
    ASSAY_RETURN_IF_ERROR(PutObjects(tx, {*row}));
    EventRow event;
    event.account_id = account_id;
    event.bucket = bucket;
    event.key = key;
    event.event_ms = now_ms;
    event.received_ms = now_ms;
    return PutEvents(tx, {event});
  });
}

}  // namespace assay
