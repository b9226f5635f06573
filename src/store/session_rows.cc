#include "store/session_rows.h"

#include "store/row_query.h"

namespace assay {
namespace {

ConsoleSessionRow ReadSession(const SqlRow& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Int(3), row.Int(4)};
}

}  // namespace

Status PutConsoleSession(Transaction& tx, const ConsoleSessionRow& session) {
  return tx
      .Execute(
          "INSERT INTO console_session (token_hash, user_name, csrf_token, created_at_ms, "
          "last_used_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
          {session.token_hash, session.user_name, session.csrf_token, session.created_at_ms,
           session.last_used_ms})
      .status();
}

Result<std::optional<ConsoleSessionRow>> GetConsoleSession(Transaction& tx,
                                                           const std::string& token_hash) {
  return QueryOne<ConsoleSessionRow>(tx,
                                     "SELECT token_hash, user_name, csrf_token, created_at_ms, "
                                     "last_used_ms FROM console_session WHERE token_hash = ?1",
                                     {token_hash}, ReadSession);
}

Status TouchConsoleSession(Transaction& tx, const std::string& token_hash, int64_t now_ms) {
  return tx
      .Execute("UPDATE console_session SET last_used_ms = ?2 WHERE token_hash = ?1",
               {token_hash, now_ms})
      .status();
}

Status DeleteConsoleSession(Transaction& tx, const std::string& token_hash) {
  return tx.Execute("DELETE FROM console_session WHERE token_hash = ?1", {token_hash}).status();
}

Status DeleteConsoleSessionsOf(Transaction& tx, const std::string& user_name,
                               const std::string& but_token_hash) {
  return tx
      .Execute("DELETE FROM console_session WHERE user_name = ?1 AND token_hash <> ?2",
               {user_name, but_token_hash})
      .status();
}

Status PruneConsoleSessions(Transaction& tx, int64_t used_before_ms, int64_t created_before_ms) {
  return tx
      .Execute("DELETE FROM console_session WHERE last_used_ms < ?1 OR created_at_ms < ?2",
               {used_before_ms, created_before_ms})
      .status();
}

}  // namespace assay
