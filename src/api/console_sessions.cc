#include "api/console_sessions.h"

#include <utility>

#include "api/console_api.h"
#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/constant_time.h"
#include "base/password.h"
#include "base/random_bytes.h"
#include "base/utf8.h"
#include "store/access_rows.h"

namespace assay {
namespace {

constexpr int64_t kLongestMs = int64_t{12} * 3600 * 1000;
constexpr int64_t kTouchEveryMs = 60'000;
constexpr size_t kTokenLetters = 43;  // 256 bits
constexpr size_t kLongestPassword = 1024;
constexpr size_t kLongestName = 64;
constexpr int kMostChecks = 4;  // of passwords, waiting for their turn included
constexpr size_t kShortestPassword = 12;
constexpr std::string_view kTokenAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

HttpAnswer Refusal(int status, std::string_view code, std::string_view message) {
  return HttpErrorAnswer(status, code, message);
}

HttpAnswer NotSignedIn() { return Refusal(401, "NotSignedIn", "Sign in to the console first."); }

HttpAnswer TooMany() {
  return Refusal(429, "LimitExceeded", "Too many sign-ins at once: try again in a moment.");
}

HttpAnswer Done() {
  HttpAnswer answer;
  answer.body = "{}";
  return answer;
}

// Lives as long as the browser does; never sent along by another site's page.
std::pair<std::string, std::string> CookieHeader(const std::string& token, bool tls, bool ends) {
  std::string value =
      std::string(kSessionCookie) + '=' + token + "; Path=/; HttpOnly; SameSite=Strict";
  if (tls) value += "; Secure";
  if (ends) value += "; Max-Age=0";
  return {"Set-Cookie", value};
}

std::string TextOf(const rapidjson::Document& body, const char* name) {
  const auto member = body.FindMember(name);
  if (member == body.MemberEnd() || !member->value.IsString()) return "";
  return std::string(JsonText(member->value));
}

}  // namespace

std::optional<std::string> CookieValue(std::string_view header, std::string_view name) {
  std::optional<std::string> found;
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (!pair.empty() && (pair.front() == ' ' || pair.front() == '\t')) pair.remove_prefix(1);
    while (!pair.empty() && (pair.back() == ' ' || pair.back() == '\t')) pair.remove_suffix(1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = std::string(pair.substr(equals + 1));
  }
  return found;
}

bool ConsoleSessions::HasCookie(const HttpCall& call) {
  return call.Header("authorization").empty() && call.query.find("X-Amz-") == std::string::npos &&
         CookieValue(call.Header("cookie"), kSessionCookie).has_value();
}

Result<ConsoleSessions::Session> ConsoleSessions::Find(const HttpCall& call) {
  const auto token = CookieValue(call.Header("cookie"), kSessionCookie);
  if (!token || token->size() != kTokenLetters) return NotFound("no session");
  const int64_t now = NowMs();
  std::optional<ConsoleSessionRow> row;
  std::optional<ConsoleUserRow> user;
  ASSAY_RETURN_IF_ERROR(context_->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(row, GetConsoleSession(tx, Sha256Hex(*token)));
    if (!row) return Status::Ok();
    ASSAY_ASSIGN_OR_RETURN(user, GetConsoleUser(tx, row->user_name));
    return Status::Ok();
  }));
  if (!row || !user || row->last_used_ms + context_->session_idle_ms < now ||
      row->created_at_ms + kLongestMs < now) {
    return NotFound("the session is over");
  }
  // A page that asks by itself does not keep alive what nobody looks at.
  if (call.Header("x-background").empty() && row->last_used_ms + kTouchEveryMs < now) {
    // A store that cannot be written keeps nobody from reading.
    static_cast<void>(context_->database->Write(
        [&](Transaction& tx) { return TouchConsoleSession(tx, row->token_hash, now); }));
  }
  return Session{*std::move(row), user->read_only};
}

std::variant<AuthenticatedCaller, AuthenticationRefusal> ConsoleSessions::Authenticate(
    const HttpCall& call, bool changes) {
  const Result<Session> session = Find(call);
  if (session.status().code() == StatusCode::kNotFound) {
    return AuthenticationRefusal{400, "NotSignedIn", "Sign in to the console first.", 0};
  }
  if (!session.ok()) {
    return AuthenticationRefusal{500, "InternalFailure", session.status().message(), 0};
  }
  const ConsoleSessionRow& row = session->row;
  if (changes && !ConstantTimeEqual(call.Header("x-csrf-token"), row.csrf_token)) {
    return AuthenticationRefusal{400, "AccessDeniedException",
                                 "The request carries no X-CSRF-Token of this session.", 0};
  }
  if (changes && session->read_only) {
    return AuthenticationRefusal{400, "AccessDeniedException",
                                 "User " + row.user_name + " may look, and change nothing.", 0};
  }
  AuthenticatedCaller caller;
  caller.caller = {row.user_name, call.peer_ip};
  caller.account_id = context_->access->master_account_id();
  caller.region = context_->access->home_region();
  caller.read_only = session->read_only;
  return caller;
}

HttpAnswer ConsoleSessions::Handle(const HttpCall& call, std::string_view path) {
  if (path == "/session/password" && call.method == "POST") return ChangePassword(call);
  if (path == "/session" && call.method == "POST") return SignIn(call);
  if (path == "/session" && call.method == "DELETE") return SignOut(call);
  if (path == "/session" && (call.method == "GET" || call.method == "HEAD")) {
    const Result<Session> session = Find(call);
    if (session.status().code() == StatusCode::kNotFound) return NotSignedIn();
    return session.ok() ? Describe(*session) : ConsoleError(session.status());
  }
  HttpAnswer answer = Refusal(405, "MethodNotAllowed", "This page does not take that method.");
  answer.headers.emplace_back("Allow", path == "/session" ? "GET, POST, DELETE" : "POST");
  return answer;
}

std::optional<bool> ConsoleSessions::CheckPassword(const std::string& password,
                                                   const std::string& hash) {
  if (checking_.fetch_add(1) >= kMostChecks) {
    --checking_;
    return std::nullopt;
  }
  bool right = false;
  {
    const std::lock_guard lock(password_mutex_);
    right = VerifyPassword(password, hash);
  }
  --checking_;
  return right;
}

Status ConsoleSessions::Note(const HttpCall& call, const std::string& user, std::string_view action,
                             std::string_view result) {
  AuditRow entry;
  entry.at_ms = NowMs();
  entry.actor = user;
  entry.source = call.peer_ip;
  entry.action = action;
  entry.target = "console";
  entry.result = result;
  entry.detail = "{}";
  return context_->database->Write([&](Transaction& tx) { return AddAudit(tx, entry); });
}

HttpAnswer ConsoleSessions::SignIn(const HttpCall& call) {
  // A form of another site cannot send this: nobody is signed in as somebody else unawares.
  if (!call.Header("content-type").starts_with("application/json")) {
    return Refusal(415, "UnsupportedMediaType", "Sign in with application/json.");
  }
  const Result<rapidjson::Document> body = ParseJsonObject(call.body);
  if (!body.ok()) return ConsoleError(body.status());
  const std::string name = TextOf(*body, "userName");
  const std::string password = TextOf(*body, "password");
  if (name.empty() || password.empty() || password.size() > kLongestPassword ||
      name.size() > kLongestName || !IsValidUtf8(name) || name.find('\0') != std::string::npos) {
    return ConsoleError(InvalidArgument("userName and password are required"));
  }
  std::optional<ConsoleUserRow> user;
  const Status read = context_->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(user, GetConsoleUser(tx, name));
    return Status::Ok();
  });
  if (!read.ok()) return ConsoleError(read);
  // A name that is not there costs as much time as a wrong password.
  static const std::string kNobody = HashPassword(RandomText(20, kTokenAlphabet));
  const std::optional<bool> right = CheckPassword(password, user ? user->password_hash : kNobody);
  if (!right) return TooMany();
  if (!*right || !user) {
    static_cast<void>(Note(call, name, "SignIn", "AccessDenied"));
    HttpAnswer answer = Refusal(401, "AccessDenied", "The user name or the password is wrong.");
    answer.delay_ms = authenticator_->Fail(call.peer_ip);
    return answer;
  }
  authenticator_->Succeed(call.peer_ip);
  const int64_t now = NowMs();
  const std::string token = RandomText(kTokenLetters, kTokenAlphabet);
  Session session;
  session.read_only = user->read_only;
  session.row = {Sha256Hex(token), user->user_name, RandomText(kTokenLetters, kTokenAlphabet), now,
                 now};
  const Status written = context_->database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(
        PruneConsoleSessions(tx, now - context_->session_idle_ms, now - kLongestMs));
    return PutConsoleSession(tx, session.row);
  });
  if (!written.ok()) return ConsoleError(written);
  static_cast<void>(Note(call, name, "SignIn", "ok"));
  HttpAnswer answer = Describe(session);
  answer.headers.push_back(CookieHeader(token, call.tls, /*ends=*/false));
  return answer;
}

HttpAnswer ConsoleSessions::SignOut(const HttpCall& call) {
  const auto caller = Authenticate(call, /*changes=*/false);
  const Result<Session> session = Find(call);
  if (std::holds_alternative<AuthenticationRefusal>(caller) || !session.ok()) return NotSignedIn();
  if (!ConstantTimeEqual(call.Header("x-csrf-token"), session->row.csrf_token)) {
    return Refusal(403, "AccessDeniedException", "The request carries no X-CSRF-Token.");
  }
  const Status status = context_->database->Write(
      [&](Transaction& tx) { return DeleteConsoleSession(tx, session->row.token_hash); });
  if (!status.ok()) return ConsoleError(status);
  HttpAnswer answer = Done();
  answer.headers.push_back(CookieHeader("", call.tls, /*ends=*/true));
  return answer;
}

// Read-only users too may change their own.
HttpAnswer ConsoleSessions::ChangePassword(const HttpCall& call) {
  const Result<Session> session = Find(call);
  if (session.status().code() == StatusCode::kNotFound) return NotSignedIn();
  if (!session.ok()) return ConsoleError(session.status());
  if (!ConstantTimeEqual(call.Header("x-csrf-token"), session->row.csrf_token)) {
    return Refusal(403, "AccessDeniedException", "The request carries no X-CSRF-Token.");
  }
  const Result<rapidjson::Document> body = ParseJsonObject(call.body);
  if (!body.ok()) return ConsoleError(body.status());
  const std::string now = TextOf(*body, "currentPassword");
  const std::string next = TextOf(*body, "newPassword");
  if (next.size() < kShortestPassword || next.size() > kLongestPassword) {
    return ConsoleError(InvalidArgument("the new password must have 12 to 1024 bytes"));
  }
  std::optional<ConsoleUserRow> user;
  const Status read = context_->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(user, GetConsoleUser(tx, session->row.user_name));
    return Status::Ok();
  });
  if (!read.ok()) return ConsoleError(read);
  const std::optional<bool> right =
      user && now.size() <= kLongestPassword ? CheckPassword(now, user->password_hash) : false;
  if (!right) return TooMany();
  if (!*right) {
    static_cast<void>(Note(call, session->row.user_name, "ChangePassword", "AccessDenied"));
    HttpAnswer answer = Refusal(403, "AccessDenied", "The current password is wrong.");
    answer.delay_ms = authenticator_->Fail(call.peer_ip);
    return answer;
  }
  user->password_hash = HashPassword(next);
  const Status written = context_->database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutConsoleUser(tx, *user));
    return DeleteConsoleSessionsOf(tx, user->user_name, session->row.token_hash);
  });
  if (!written.ok()) return ConsoleError(written);
  static_cast<void>(Note(call, user->user_name, "ChangePassword", "ok"));
  return Done();
}

HttpAnswer ConsoleSessions::Describe(const Session& session) {
  const Result<ServiceState> state = context_->accounts->State();
  if (!state.ok()) return ConsoleError(state.status());
  JsonOut out;
  out.BeginObject();
  out.Text("userName", session.row.user_name);
  out.Bool("readOnly", session.read_only);
  out.Text("csrfToken", session.row.csrf_token);
  out.Int("idleTimeoutSeconds", context_->session_idle_ms / 1000);
  out.Text("version", context_->version);
  out.Text("masterAccountId", context_->access->master_account_id());
  out.Text("homeRegion", context_->access->home_region());
  out.Name("regions").BeginArray();
  for (const std::string& region : context_->regions) out.String(region);
  out.EndArray();
  out.Bool("enabled", state->enabled);
  out.EndObject();
  HttpAnswer answer;
  answer.body = out.Take();
  return answer;
}

}  // namespace assay
