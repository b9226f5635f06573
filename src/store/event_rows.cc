// Object events waiting to be worked off (resource_rows.h).
#include <algorithm>

#include "store/resource_rows.h"
#include "store/row_query.h"

namespace assay {
namespace {

#define EVENT_COLUMNS \
  "id, account_id, bucket, object_key, deleted, event_ms, received_ms, attempts, not_before_ms"

EventRow ReadEvent(const SqlRow& row) {
  EventRow event;
  event.id = row.Int(0);
  event.account_id = row.Text(1);
  event.bucket = row.Text(2);
  event.key = row.Bytes(3);
  event.deleted = row.Int(4) != 0;
  event.event_ms = row.Int(5);
  event.received_ms = row.Int(6);
  event.attempts = static_cast<uint32_t>(row.Int(7));
  event.not_before_ms = row.Int(8);
  return event;
}

int64_t DueSince(const EventRow& event) { return std::max(event.received_ms, event.not_before_ms); }

}  // namespace

Status PutEvents(Transaction& tx, const std::vector<EventRow>& events) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(events.size());
  for (const EventRow& event : events) {
    rows.push_back({event.account_id, event.bucket, SqlBytes{event.key}, Flag(event.deleted),
                    event.event_ms, event.received_ms, int64_t{event.attempts},
                    event.not_before_ms});
  }
  // received_ms always grows: FinishEvent tells by it that the event it took has been replaced,
  // also when both came within one millisecond.
  return tx.ExecuteMany(
      "INSERT INTO object_event (account_id, bucket, object_key, deleted, event_ms, received_ms, "
      "attempts, not_before_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
      "ON CONFLICT (account_id, bucket, object_key) DO UPDATE SET deleted = excluded.deleted, "
      "event_ms = excluded.event_ms, attempts = excluded.attempts, "
      "not_before_ms = excluded.not_before_ms, "
      "received_ms = CASE WHEN excluded.received_ms > object_event.received_ms "
      "THEN excluded.received_ms ELSE object_event.received_ms + 1 END "
      "WHERE excluded.event_ms >= object_event.event_ms",
      rows);
}

Result<std::vector<EventRow>> TakeDueEvents(Transaction& tx, const std::string& account_id,
                                            int64_t now_ms, uint32_t limit) {
  // Fresh and postponed events apart, each a range of the index: a backlog of postponed events
  // that are not due yet is not read over and over.
  ASSAY_ASSIGN_OR_RETURN(
      std::vector<EventRow> events,
      QueryAll<EventRow>(tx,
                         "SELECT " EVENT_COLUMNS " FROM object_event WHERE account_id = ?1 AND "
                         "not_before_ms = 0 ORDER BY received_ms LIMIT ?2",
                         {account_id, int64_t{limit}}, ReadEvent));
  ASSAY_ASSIGN_OR_RETURN(
      const std::vector<EventRow> postponed,
      QueryAll<EventRow>(tx,
                         "SELECT " EVENT_COLUMNS
                         " FROM object_event WHERE account_id = ?1 AND not_before_ms > 0 AND "
                         "not_before_ms <= ?2 ORDER BY not_before_ms, received_ms LIMIT ?3",
                         {account_id, now_ms, int64_t{limit}}, ReadEvent));
  events.insert(events.end(), postponed.begin(), postponed.end());
  std::stable_sort(events.begin(), events.end(),
                   [](const EventRow& a, const EventRow& b) { return DueSince(a) < DueSince(b); });
  if (events.size() > limit) events.resize(limit);
  return events;
}

Status FinishEvent(Transaction& tx, const EventRow& event) {
  return tx
      .Execute("DELETE FROM object_event WHERE id = ?1 AND received_ms = ?2",
               {event.id, event.received_ms})
      .status();
}

Status PostponeEvent(Transaction& tx, const EventRow& event, int64_t not_before_ms,
                     uint32_t attempts) {
  return tx
      .Execute(
          "UPDATE object_event SET attempts = attempts + ?4, not_before_ms = ?3 "
          "WHERE id = ?1 AND received_ms = ?2",
          {event.id, event.received_ms, not_before_ms, int64_t{attempts}})
      .status();
}

Result<EventBacklog> GetEventBacklog(Transaction& tx) {
  EventBacklog backlog;
  ASSAY_RETURN_IF_ERROR(
      tx.Query("SELECT count(*), min(received_ms) FROM object_event", {}, [&](const SqlRow& row) {
        backlog.count = static_cast<uint64_t>(row.Int(0));
        backlog.oldest_received_ms = row.Int(1);
      }));
  return backlog;
}

}  // namespace assay
