// The console's JSON API: /api/v1, as docs/openapi.yaml describes it. Callers sign with Signature
// Version 4 for the service "assay", or come with the session of a browser.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <string>

#include "api/authenticator.h"
#include "api/console_request.h"
#include "api/console_sessions.h"
#include "api/http_server.h"
#include "api/service_context.h"

namespace assay {

inline constexpr std::string_view kConsolePrefix = "/api/v1";

class ConsoleApi {
 public:
  // Both must outlive it.
  ConsoleApi(const ServiceContext* context, Authenticator* authenticator)
      : context_(context), authenticator_(authenticator), sessions_(context, authenticator) {}

  // Answers any request whose path begins with "/api/v1/". *route becomes the pattern it matched,
  // for metrics; it stays as it is when there is none.
  HttpAnswer Handle(const HttpCall& call, std::string* route);

 private:
  const ServiceContext* const context_;
  Authenticator* const authenticator_;
  ConsoleSessions sessions_;
};

// The status and JSON body that stand for a Status.
HttpAnswer ConsoleError(const Status& status);

}  // namespace assay
