// ConsoleSessions: people signed in to the console. A session is a cookie whose value only the
// browser has; the store keeps its hash. Whatever changes something must also carry the session's
// CSRF token, which no other site can read. A session ends when it is signed out, idle for the
// configured time, or twelve hours old.
// Sources: RFC 6265 and its successor draft (SameSite); OWASP's "Cross-Site Request Forgery
// Prevention" and "Session Management" cheat sheets.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/authenticator.h"
#include "api/http_server.h"
#include "api/service_context.h"
#include "store/session_rows.h"

namespace assay {

inline constexpr std::string_view kSessionCookie = "assay_session";

// The value of a cookie in a Cookie header; nothing when it is not there, or there twice.
std::optional<std::string> CookieValue(std::string_view header, std::string_view name);

class ConsoleSessions {
 public:
  // Both must outlive it.
  ConsoleSessions(const ServiceContext* context, Authenticator* authenticator)
      : context_(context), authenticator_(authenticator) {}

  // Whether the request comes with a session's cookie and without a signature.
  static bool HasCookie(const HttpCall& call);

  // Who calls. A request that changes something is refused without the CSRF token, and from
  // read-only users.
  std::variant<AuthenticatedCaller, AuthenticationRefusal> Authenticate(const HttpCall& call,
                                                                        bool changes);

  // GET, POST and DELETE of /api/v1/session, and POST of /api/v1/session/password.
  HttpAnswer Handle(const HttpCall& call, std::string_view path);

 private:
  struct Session {
    ConsoleSessionRow row;
    bool read_only = false;
  };
  // kNotFound: no session, or one that is over.
  Result<Session> Find(const HttpCall& call);
  HttpAnswer SignIn(const HttpCall& call);
  HttpAnswer SignOut(const HttpCall& call);
  HttpAnswer ChangePassword(const HttpCall& call);
  HttpAnswer Describe(const Session& session);
  // Nothing when too many are being checked already.
  std::optional<bool> CheckPassword(const std::string& password, const std::string& hash);
  Status Note(const HttpCall& call, const std::string& user, std::string_view action,
              std::string_view result);

  const ServiceContext* const context_;
  Authenticator* const authenticator_;
  std::mutex password_mutex_;  // one password is checked at a time: each costs 32 MB and 50 ms
  std::atomic<int> checking_{0};
};

}  // namespace assay
