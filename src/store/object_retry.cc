#include "store/object_retry.h"

#include <vector>

#include "store/resource_rows.h"

namespace assay {
namespace {

struct Candidate {
  RetryPosition position;
  int64_t bucket_id = 0;
  EventRow event;
};

// In the order of the index object_outcome_all.
Result<std::vector<Candidate>> FindCandidates(Transaction& tx, const RetryFilter& filter,
                                              const RetryPosition& after, uint32_t limit) {
  std::vector<Candidate> found;
  ASSAY_RETURN_IF_ERROR(tx.Query(
      "SELECT o.dlp_risk, o.classified_at_ms, o.id, b.account_id, b.name, o.object_key, "
      "o.bucket_id "
      "FROM label l JOIN object o ON o.outcome_id = l.id JOIN bucket b ON b.id = o.bucket_id "
      "WHERE l.kind = 'outcome' AND l.detail = ?3 AND "
      "(?1 = '' OR b.account_id = ?1) AND (?2 = '' OR b.name = ?2) AND "
      "(o.dlp_risk, o.classified_at_ms, o.id) > (?4, ?5, ?6) "
      "ORDER BY o.dlp_risk, o.classified_at_ms, o.id LIMIT ?7",
      {filter.account_id, filter.bucket, filter.reason, after.dlp_risk, after.classified_at_ms,
       after.object_id, int64_t{limit}},
      [&](const SqlRow& row) {
        Candidate& candidate = found.emplace_back();
        candidate.position = {row.Int(0), row.Int(1), row.Int(2)};
        candidate.event.account_id = row.Text(3);
        candidate.event.bucket = row.Text(4);
        candidate.event.key = row.Bytes(5);
        candidate.bucket_id = row.Int(6);
      }));
  return found;
}

}  // namespace

Result<RetryStep> RetryObjects(Transaction& tx, const RetryFilter& filter,
                               const RetryPosition& position, uint32_t limit, int64_t now_ms) {
  RetryStep step;
  step.position = position;
  ASSAY_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                         FindCandidates(tx, filter, position, limit));
  step.more = candidates.size() == limit;
  std::vector<EventRow> events;
  std::vector<std::vector<SqlValue>> ids;
  for (Candidate& candidate : candidates) {
    step.position = candidate.position;
    EventRow& event = candidate.event;
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> resources,
                           ResourcesOfObject(tx, event.account_id, event.bucket, event.key));
    if (resources.empty()) continue;
    event.event_ms = now_ms;
    event.received_ms = now_ms;
    events.push_back(std::move(event));
    ids.push_back({candidate.bucket_id, candidate.position.object_id});
  }
  step.objects = events.size();
  ASSAY_RETURN_IF_ERROR(
      tx.ExecuteMany("UPDATE object SET retryable = 1, attempts = 0, not_before_ms = 0 "
                     "WHERE bucket_id = ?1 AND id = ?2",
                     ids));
  ASSAY_RETURN_IF_ERROR(PutEvents(tx, events));
  return step;
}

}  // namespace assay
