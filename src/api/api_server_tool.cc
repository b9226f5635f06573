// Serves the API over folders, for tests/api: api-server DIRECTORY ACCESS_KEY SECRET. Prints its
// port, and ends when its standard input does. Console users: admin and viewer (read-only), whose
// password is SECRET.
#include <cstdio>
#include <memory>

#include "api/api_fixture.h"
#include "api/http_server.h"
#include "api/service_api.h"

int main(int argc, char** argv) {
  using namespace assay;
  if (argc != 4) {
    std::fputs("usage: api-server DIRECTORY ACCESS_KEY SECRET\n", stderr);
    return 2;
  }
  auto fixture = ApiFixture::Open(argv[1]);
  Status status = fixture.status();
  if (status.ok()) status = (*fixture)->AddCredential(argv[2], argv[3], false);
  if (status.ok()) status = (*fixture)->AddConsoleUser("admin", argv[3], false);
  if (status.ok()) status = (*fixture)->AddConsoleUser("viewer", argv[3], true);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  ServiceApi api((*fixture)->Context());
  HttpServerOptions options;
  options.port = 0;
  options.large_body_prefix = kEventsPrefix;
  options.handler = [&](const HttpCall& call) { return api.Handle(call); };
  auto server = HttpServer::Start(options);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", (*server)->port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  (*server)->Stop(1000);
  return 0;
}
