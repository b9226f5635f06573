// HttpServer: HTTP/1.1, with or without TLS, on one port, within limits of size, time and number.
// It knows nothing of routes: every complete request is given to one handler, which may block.
//
// Thread rule: one thread of the server's own reads and writes; handlers run on a pool of threads,
// several at once. Start, port, ReloadTls and Stop may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

// One complete request.
struct HttpCall {
  std::string method;  // "GET"
  std::string target;  // as sent: "/api/v1/objects?bucket=a%20b"
  std::string path;    // as sent, percent-encoded, without the query; starts with '/'
  std::string query;   // as sent, without '?'
  HeaderList headers;  // in the order sent
  std::string body;    // bytes; chunks joined
  std::string peer_ip;
  bool tls = false;

  // The first header of that name (any case), without outer blanks; "" when there is none.
  std::string_view Header(std::string_view name) const;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  HeaderList headers;  // besides Content-Type, Content-Length, Date and Connection
  // The answer is held back that long (no thread waits), for those who guess passwords.
  int64_t delay_ms = 0;
};

// {"error":{"code":...,"message":...}} with the given status: for requests that no API answers.
HttpAnswer HttpErrorAnswer(int status, std::string_view code, std::string_view message);

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // an IP address
  uint16_t port = 8765;               // 0 = any free one
  std::string tls_certificate_file;   // PEM chain; "" = no TLS
  std::string tls_key_file;           // PEM
  uint32_t threads = 16;              // that run handlers
  // Answered on threads of their own, so that they answer when all others wait for something.
  std::vector<std::string> quick_paths;
  uint32_t max_connections = 1024;
  uint32_t max_waiting = 512;  // requests that may wait for a handler thread; more get 503
  uint32_t max_header_bytes = 16 * 1024;
  uint64_t max_body_bytes = 1 << 20;
  // The limit for paths that begin with this prefix; "" = none do.
  std::string large_body_prefix;
  uint64_t max_large_body_bytes = 8 << 20;
  // Of all requests that are being read or answered; more get 503.
  uint64_t max_total_body_bytes = 256 << 20;
  int64_t header_timeout_ms = 10'000;  // from the first byte of a request to the end of its headers
  int64_t body_timeout_ms = 30'000;
  int64_t write_timeout_ms = 30'000;  // also of the TLS handshake
  int64_t idle_timeout_ms = 60'000;   // of a connection between requests
  // Must not throw; what it throws all the same becomes 500.
  std::function<HttpAnswer(const HttpCall&)> handler;
};

class HttpServer {
 public:
  // Binds and listens. kInvalidArgument: an address, certificate or key that is none (the message
  // says which); kUnavailable: the port is taken.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options);
  ~HttpServer();  // Stop(0)
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  // Reads the certificate and key files again, for connections made from now on; on error the old
  // ones stay.
  Status ReloadTls();
  // Stops accepting, lets requests that were begun end within `drain_ms`, closes the rest, and
  // returns when no handler runs any more. The second call does nothing.
  void Stop(int64_t drain_ms);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
