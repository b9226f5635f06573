// Walks: the durable state of classification (resource_rows.h).
#include "store/resource_rows.h"
#include "store/row_query.h"

namespace assay {
namespace {

#define WALK_COLUMNS                                                          \
  "id, resource_id, account_id, kind, state, continuation, last_key, pages, " \
  "listed_objects, listed_bytes, attempts, not_before_ms, last_error, started_ms, finished_ms"

WalkState StateOf(const std::string& name) {
  if (name == "ready") return WalkState::kReady;
  if (name == "quota-reached") return WalkState::kQuotaReached;
  if (name == "blocked") return WalkState::kBlocked;
  return WalkState::kDone;
}

WalkRow ReadWalk(const SqlRow& row) {
  WalkRow walk;
  walk.id = row.Int(0);
  walk.resource_id = row.Int(1);
  walk.account_id = row.Text(2);
  walk.kind = row.Text(3) == "one-time" ? WalkKind::kOneTime : WalkKind::kComparison;
  walk.state = StateOf(row.Text(4));
  walk.continuation = row.Bytes(5);
  walk.last_key = row.Bytes(6);
  walk.pages = static_cast<uint64_t>(row.Int(7));
  walk.listed_objects = static_cast<uint64_t>(row.Int(8));
  walk.listed_bytes = static_cast<uint64_t>(row.Int(9));
  walk.attempts = static_cast<uint32_t>(row.Int(10));
  walk.not_before_ms = row.Int(11);
  walk.last_error = row.Text(12);
  walk.started_ms = row.Int(13);
  walk.finished_ms = row.Int(14);
  return walk;
}

}  // namespace

std::string_view WalkKindName(WalkKind kind) {
  return kind == WalkKind::kOneTime ? "one-time" : "comparison";
}

std::string_view WalkStateName(WalkState state) {
  switch (state) {
    case WalkState::kReady:
      return "ready";
    case WalkState::kQuotaReached:
      return "quota-reached";
    case WalkState::kBlocked:
      return "blocked";
    case WalkState::kDone:
      break;
  }
  return "done";
}

Result<int64_t> StartWalk(Transaction& tx, const WalkRow& walk) {
  const std::string kind(WalkKindName(walk.kind));
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> started,
      QueryInt(tx,
               "INSERT INTO walk (resource_id, account_id, kind, state, continuation, last_key, "
               "pages, listed_objects, listed_bytes, attempts, not_before_ms, last_error, "
               "started_ms, finished_ms) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
               "ON CONFLICT (resource_id, kind) WHERE state <> 'done' DO NOTHING RETURNING id",
               {walk.resource_id, walk.account_id, kind, std::string(WalkStateName(walk.state)),
                SqlBytes{walk.continuation}, SqlBytes{walk.last_key},
                static_cast<int64_t>(walk.pages), static_cast<int64_t>(walk.listed_objects),
                static_cast<int64_t>(walk.listed_bytes), int64_t{walk.attempts}, walk.not_before_ms,
                walk.last_error, walk.started_ms, walk.finished_ms}));
  if (started) return *started;
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> unfinished,
      QueryInt(tx, "SELECT id FROM walk WHERE resource_id = ?1 AND kind = ?2 AND state <> 'done'",
               {walk.resource_id, kind}));
  // Only with PostgreSQL, when the other one ended between the two statements: the caller's
  // transaction will be tried again.
  if (!unfinished) return Aborted("the unfinished walk ended meanwhile");
  return *unfinished;
}

Status UpdateWalk(Transaction& tx, const WalkRow& walk) {
  return RequireChanged(
      tx.Execute("UPDATE walk SET state = ?2, continuation = ?3, last_key = ?4, pages = ?5, "
                 "listed_objects = ?6, listed_bytes = ?7, attempts = ?8, not_before_ms = ?9, "
                 "last_error = ?10, started_ms = ?11, finished_ms = ?12 WHERE id = ?1",
                 {walk.id, std::string(WalkStateName(walk.state)), SqlBytes{walk.continuation},
                  SqlBytes{walk.last_key}, static_cast<int64_t>(walk.pages),
                  static_cast<int64_t>(walk.listed_objects),
                  static_cast<int64_t>(walk.listed_bytes), int64_t{walk.attempts},
                  walk.not_before_ms, walk.last_error, walk.started_ms, walk.finished_ms}),
      "the walk was deleted with its resource");
}

Result<std::optional<WalkRow>> GetWalk(Transaction& tx, int64_t id) {
  return QueryOne<WalkRow>(tx, "SELECT " WALK_COLUMNS " FROM walk WHERE id = ?1", {id}, ReadWalk);
}

Result<std::vector<WalkRow>> ListUnfinishedWalks(Transaction& tx) {
  return QueryAll<WalkRow>(
      tx, "SELECT " WALK_COLUMNS " FROM walk WHERE state <> 'done' ORDER BY started_ms, id", {},
      ReadWalk);
}

Result<std::vector<WalkRow>> ListWalksOfResource(Transaction& tx, int64_t resource_id) {
  return QueryAll<WalkRow>(
      tx, "SELECT " WALK_COLUMNS " FROM walk WHERE resource_id = ?1 ORDER BY started_ms, id",
      {resource_id}, ReadWalk);
}

Result<uint64_t> PruneWalks(Transaction& tx, uint32_t limit) {
  return tx.Execute(
      "DELETE FROM walk WHERE id IN (SELECT old.id FROM walk old WHERE old.state = 'done' AND "
      "EXISTS (SELECT 1 FROM walk later WHERE later.resource_id = old.resource_id AND "
      "later.kind = old.kind AND later.state = 'done' AND later.id > old.id) "
      "ORDER BY old.id LIMIT ?1)",
      {int64_t{limit}});
}

Status NoteWalkDone(Transaction& tx, int64_t resource_id, WalkKind kind, int64_t now_ms) {
  return tx
      .Execute(kind == WalkKind::kOneTime
                   ? "UPDATE resource SET one_time_done_ms = ?2 WHERE id = ?1"
                   : "UPDATE resource SET last_compared_ms = ?2 WHERE id = ?1",
               {resource_id, now_ms})
      .status();
}

Status ResumeQuotaWalks(Transaction& tx, const std::string& account_id) {
  return tx
      .Execute("UPDATE walk SET state = 'ready' WHERE account_id = ?1 AND state = 'quota-reached'",
               {account_id})
      .status();
}

}  // namespace assay
