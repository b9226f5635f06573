// ServiceApi: the one handler of the HTTP server: the Classic API, /api/v1, the webhook for object
// events, health pages and metrics on one port.
//
//   POST /                        Macie Classic (AWS JSON 1.1)
//   /api/v1/...                   the console's API (docs/openapi.yaml)
//   POST /api/v1/events/{account} object events of a store; Authorization: Bearer <token>
//   GET /healthz /readyz /metrics open to everyone who reaches the port
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <memory>

#include "api/http_server.h"
#include "api/service_context.h"

namespace assay {

// Requests below this path may be larger (HttpServerOptions::large_body_prefix).
inline constexpr char kEventsPrefix[] = "/api/v1/events/";

class ServiceApi {
 public:
  // `context` is copied; what it points to must outlive the API.
  explicit ServiceApi(const ServiceContext& context);
  ~ServiceApi();

  HttpAnswer Handle(const HttpCall& call);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
