#include "store/fleet_rows.h"

#include "store/row_query.h"

namespace assay {
namespace {

constexpr std::string_view kStateNames[] = {"open", "done", "dead"};

#define PAGE_COLUMNS                                                                    \
  "walk_id, number, account_id, page, next_page, after_key, last_key, bounded, state, " \
  "attempt, published_ms, listed_objects, listed_bytes, reason"

WalkPageRow ReadPage(const SqlRow& row) {
  WalkPageRow page;
  page.walk_id = row.Int(0);
  page.number = row.Int(1);
  page.account_id = row.Text(2);
  page.page = row.Bytes(3);
  page.next_page = row.Bytes(4);
  page.after_key = row.Bytes(5);
  page.last_key = row.Bytes(6);
  page.bounded = row.Int(7) != 0;
  const std::string state = row.Text(8);
  if (state == kStateNames[1]) page.state = WalkPageState::kDone;
  if (state == kStateNames[2]) page.state = WalkPageState::kDead;
  page.attempt = row.Int(9);
  page.published_ms = row.Int(10);
  page.listed_objects = static_cast<uint64_t>(row.Int(11));
  page.listed_bytes = static_cast<uint64_t>(row.Int(12));
  page.reason = row.Text(13);
  return page;
}

WorkerRow ReadWorker(const SqlRow& row) {
  WorkerRow worker;
  worker.worker_id = row.Text(0);
  worker.host = row.Text(1);
  worker.version = row.Text(2);
  worker.unit_format = row.Int(3);
  worker.started_ms = row.Int(4);
  worker.seen_ms = row.Int(5);
  worker.draining = row.Int(6) != 0;
  worker.units = row.Int(7);
  worker.units_in_hand = row.Int(8);
  worker.objects_per_minute = row.Int(9);
  worker.bytes_per_second = row.Int(10);
  worker.last_error = row.Text(11);
  return worker;
}

}  // namespace

Status InsertWalkPages(Transaction& tx, const std::vector<WalkPageRow>& pages) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(pages.size());
  for (const WalkPageRow& page : pages) {
    rows.push_back({page.walk_id, page.number, page.account_id, SqlBytes{page.page},
                    SqlBytes{page.next_page}, SqlBytes{page.after_key}, SqlBytes{page.last_key},
                    Flag(page.bounded), std::string(kStateNames[static_cast<size_t>(page.state)]),
                    page.attempt, page.published_ms, static_cast<int64_t>(page.listed_objects),
                    static_cast<int64_t>(page.listed_bytes), page.reason,
                    SqlBytesView{page.listing}});
  }
  if (rows.empty()) return Status::Ok();
  return tx.ExecuteMany(
      "INSERT INTO walk_page (" PAGE_COLUMNS
      ", listing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      rows);
}

Result<std::vector<WalkPageRow>> ListWalkPages(Transaction& tx) {
  return QueryAll<WalkPageRow>(
      tx, "SELECT " PAGE_COLUMNS " FROM walk_page ORDER BY walk_id, number", {}, ReadPage);
}

Result<std::optional<WalkPageRow>> GetWalkPage(Transaction& tx, int64_t walk_id, int64_t number) {
  return QueryOne<WalkPageRow>(
      tx, "SELECT " PAGE_COLUMNS " FROM walk_page WHERE walk_id = ?1 AND number = ?2",
      {walk_id, number}, ReadPage);
}

Result<std::string> GetWalkPageListing(Transaction& tx, int64_t walk_id, int64_t number) {
  std::string listing;
  ASSAY_RETURN_IF_ERROR(tx.Query("SELECT listing FROM walk_page WHERE walk_id = ?1 AND number = ?2",
                                 {walk_id, number},
                                 [&](const SqlRow& row) { listing = row.Bytes(0); }));
  return listing;
}

Status MarkWalkPagePublished(Transaction& tx, const WalkPageRow& page, int64_t now_ms) {
  return tx
      .Execute(
          "UPDATE walk_page SET attempt = ?3, published_ms = ?4 WHERE walk_id = ?1 AND number = ?2 "
          "AND attempt < ?3",
          {page.walk_id, page.number, page.attempt, now_ms})
      .status();
}

Status FinishWalkPage(Transaction& tx, const WalkPageRow& page) {
  return RequireChanged(
      tx.Execute("UPDATE walk_page SET state = 'done', listed_objects = ?3, listed_bytes = ?4, "
                 "reason = '' WHERE walk_id = ?1 AND number = ?2 AND state <> 'done'",
                 {page.walk_id, page.number, static_cast<int64_t>(page.listed_objects),
                  static_cast<int64_t>(page.listed_bytes)}),
      "the page is recorded already, or its walk is gone");
}

Status ReopenWalkPage(Transaction& tx, int64_t walk_id, int64_t number) {
  return tx
      .Execute(
          "UPDATE walk_page SET state = 'open', published_ms = 0, reason = '' "
          "WHERE walk_id = ?1 AND number = ?2 AND state <> 'done'",
          {walk_id, number})
      .status();
}

Status BuryWalkPage(Transaction& tx, int64_t walk_id, int64_t number, const std::string& reason) {
  return tx
      .Execute(
          "UPDATE walk_page SET state = 'dead', reason = ?3 "
          "WHERE walk_id = ?1 AND number = ?2 AND state = 'open'",
          {walk_id, number, reason})
      .status();
}

Result<bool> MoveCheckpoint(Transaction& tx, const WalkProgress& progress) {
  ASSAY_RETURN_IF_ERROR(tx.Execute("DELETE FROM walk_page WHERE walk_id = ?1 AND number <= ?2",
                                   {progress.walk_id, progress.number})
                            .status());
  ASSAY_ASSIGN_OR_RETURN(
      const uint64_t changed,
      tx.Execute(
          "UPDATE walk SET continuation = ?2, last_key = ?3, pages = pages + ?4, "
          "listed_objects = listed_objects + ?5, listed_bytes = listed_bytes + ?6, "
          "attempts = 0, not_before_ms = 0, last_error = CASE WHEN state = 'blocked' "
          "THEN '' ELSE last_error END, state = CASE WHEN state = 'blocked' THEN 'ready' "
          "ELSE state END WHERE id = ?1 AND state <> 'done'",
          {progress.walk_id, SqlBytes{progress.continuation}, SqlBytes{progress.last_key},
           static_cast<int64_t>(progress.pages), static_cast<int64_t>(progress.listed_objects),
           static_cast<int64_t>(progress.listed_bytes)}));
  return changed > 0;
}

Status StopWalk(Transaction& tx, const WalkRow& walk) {
  return tx
      .Execute(
          "UPDATE walk SET state = ?2, attempts = ?3, not_before_ms = ?4, last_error = ?5 "
          "WHERE id = ?1 AND state <> 'done'",
          {walk.id, std::string(WalkStateName(walk.state)), int64_t{walk.attempts},
           walk.not_before_ms, walk.last_error})
      .status();
}

Result<int64_t> ClaimLeadership(Transaction& tx, const std::string& holder, int64_t now_ms) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> epoch,
      QueryInt(tx,
               "INSERT INTO fleet_leader (id, epoch, holder, since_ms, seen_ms) "
               "VALUES (1, 1, ?1, ?2, ?2) ON CONFLICT (id) DO UPDATE SET "
               "epoch = fleet_leader.epoch + 1, holder = excluded.holder, "
               "since_ms = excluded.since_ms, seen_ms = excluded.seen_ms RETURNING epoch",
               {holder, now_ms}));
  if (!epoch) return Internal("the database returned no epoch");
  return *epoch;
}

Status RequireLeadership(Transaction& tx, int64_t epoch, int64_t now_ms) {
  ASSAY_ASSIGN_OR_RETURN(
      const uint64_t changed,
      tx.Execute("UPDATE fleet_leader SET seen_ms = ?2 WHERE id = 1 AND epoch = ?1",
                 {epoch, now_ms}));
  if (changed == 0) return Aborted("another process leads the fleet now");
  return Status::Ok();
}

Result<LeaderRow> GetLeader(Transaction& tx) {
  LeaderRow leader;
  ASSAY_RETURN_IF_ERROR(tx.Query("SELECT epoch, holder, since_ms, seen_ms FROM fleet_leader", {},
                                 [&](const SqlRow& row) {
                                   leader.epoch = row.Int(0);
                                   leader.holder = row.Text(1);
                                   leader.since_ms = row.Int(2);
                                   leader.seen_ms = row.Int(3);
                                 }));
  return leader;
}

Status LockResults(Transaction& tx, const std::string& account_id, Transaction::LockMode mode) {
  return tx.Lock("results of " + account_id, mode);
}

Status LockWalkPage(Transaction& tx, int64_t walk_id, int64_t number) {
  return tx
      .Execute("UPDATE walk_page SET state = state WHERE walk_id = ?1 AND number = ?2",
               {walk_id, number})
      .status();
}

Status PutWorker(Transaction& tx, const WorkerRow& worker) {
  return tx
      .Execute(
          "INSERT INTO worker (worker_id, host, version, unit_format, started_ms, seen_ms, "
          "draining, units, units_in_hand, objects_per_minute, bytes_per_second, last_error) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
          "ON CONFLICT (worker_id) DO UPDATE SET seen_ms = excluded.seen_ms, "
          "draining = excluded.draining, units_in_hand = excluded.units_in_hand, "
          "objects_per_minute = excluded.objects_per_minute, "
          "bytes_per_second = excluded.bytes_per_second, last_error = excluded.last_error",
          {worker.worker_id, worker.host, worker.version, worker.unit_format, worker.started_ms,
           worker.seen_ms, Flag(worker.draining), worker.units, worker.units_in_hand,
           worker.objects_per_minute, worker.bytes_per_second, worker.last_error})
      .status();
}

Status DeleteWorker(Transaction& tx, const std::string& worker_id) {
  return tx.Execute("DELETE FROM worker WHERE worker_id = ?1", {worker_id}).status();
}

Result<std::vector<WorkerRow>> ListWorkers(Transaction& tx) {
  return QueryAll<WorkerRow>(
      tx,
      "SELECT worker_id, host, version, unit_format, started_ms, seen_ms, draining, units, "
      "units_in_hand, objects_per_minute, bytes_per_second, last_error FROM worker "
      "ORDER BY host, worker_id",
      {}, ReadWorker);
}

Status PruneFleet(Transaction& tx, int64_t before_ms) {
  ASSAY_RETURN_IF_ERROR(tx.Execute("DELETE FROM worker WHERE seen_ms < ?1", {before_ms}).status());
  return tx.Execute("DELETE FROM unit_claim WHERE claimed_ms < ?1", {before_ms}).status();
}

Result<int64_t> ClaimUnit(Transaction& tx, const std::string& unit_id, int64_t now_ms) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> claims,
      QueryInt(tx,
               "INSERT INTO unit_claim (unit_id, claims, claimed_ms) VALUES (?1, 1, ?2) "
               "ON CONFLICT (unit_id) DO UPDATE SET claims = unit_claim.claims + 1, "
               "claimed_ms = excluded.claimed_ms RETURNING claims",
               {unit_id, now_ms}));
  if (!claims) return Internal("the database returned no number of claims");
  return *claims;
}

Status ReturnUnit(Transaction& tx, const std::string& unit_id, int64_t now_ms) {
  // -1: the next claim counts the one who gave it back, too.
  return tx
      .Execute(
          "INSERT INTO unit_claim (unit_id, claims, claimed_ms) VALUES (?1, -1, ?2) "
          "ON CONFLICT (unit_id) DO UPDATE SET claims = -1, claimed_ms = excluded.claimed_ms",
          {unit_id, now_ms})
      .status();
}

Status LeaseEvents(Transaction& tx, const std::vector<EventRow>& events, int64_t until_ms) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(events.size());
  for (const EventRow& event : events) {
    rows.push_back({event.id, event.received_ms, until_ms, int64_t{event.attempts}});
  }
  if (rows.empty()) return Status::Ok();
  return tx.ExecuteMany(
      "UPDATE object_event SET not_before_ms = ?3 WHERE id = ?1 AND received_ms = ?2 AND "
      "attempts = ?4",
      rows);
}

Result<std::vector<EventRow>> FindEvents(Transaction& tx, const std::vector<EventRow>& events) {
  std::vector<EventRow> found;
  for (const EventRow& wanted : events) {
    ASSAY_RETURN_IF_ERROR(tx.Query(
        "SELECT account_id, bucket, object_key, deleted, event_ms, attempts, not_before_ms "
        "FROM object_event WHERE id = ?1 AND received_ms = ?2",
        {wanted.id, wanted.received_ms}, [&](const SqlRow& row) {
          EventRow event = wanted;
          event.account_id = row.Text(0);
          event.bucket = row.Text(1);
          event.key = row.Bytes(2);
          event.deleted = row.Int(3) != 0;
          event.event_ms = row.Int(4);
          event.attempts = static_cast<uint32_t>(row.Int(5));
          event.not_before_ms = row.Int(6);
          found.push_back(std::move(event));
        }));
  }
  return found;
}

}  // namespace assay
