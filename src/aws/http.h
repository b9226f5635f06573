// HTTP/1.1 over libcurl: connections kept alive and reused, certificates verified, bodies streamed
// to the caller as they come. Redirects are never followed and nothing is retried here: that needs
// signatures and knowledge of the service.
//
// Thread rule: an HttpClient may be used by several threads at once; each request borrows a
// connection handle of a pool (the one used last first, so that few threads use few connections).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

struct HttpClientOptions {
  bool verify_tls = true;
  std::string ca_bundle;  // PEM file; "" = the system's
  std::chrono::milliseconds connect_timeout{10000};
  // A request on which no byte moves for this long fails. The whole time is not limited.
  std::chrono::seconds stall_timeout{30};
  // Ignore the proxies that environment variables name (instance metadata is never proxied).
  bool use_proxy = true;
  // Requests in progress end with kCancelled soon after this becomes true. May be null.
  const std::atomic<bool>* cancel = nullptr;
};

struct HttpReply;

// Takes a piece of the body; `head` has its status and headers already. False ends the request.
using BodySink = std::function<bool(const HttpReply& head, std::string_view piece)>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // scheme, authority, encoded path and query: sent exactly as it is
  HeaderList headers;
  std::string body;
  // Where the body of a reply with status 200-299 goes; empty = HttpReply::body.
  BodySink sink;
  // Longest body that goes to HttpReply::body; a longer one is cut there without an error.
  size_t max_body = size_t{1} << 20;
  // 0 = as the client's connect_timeout.
  std::chrono::milliseconds connect_timeout{0};
  // A limit on the whole request, for small exchanges only; 0 = none.
  std::chrono::milliseconds total_timeout{0};
};

struct HttpReply {
  int status = 0;  // 0 when no status line came
  // Names in lower case; of a repeated name the last value.
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  // OK when the whole reply came (or the sink ended it). kUnavailable: not connected, reset,
  // stalled or cut short; kPermissionDenied: the certificate is not trusted; kInvalidArgument: no
  // such URL; kCancelled. What came before stays valid.
  Status transport;
  // The connection could not be made: the other side has seen nothing.
  bool never_sent = false;

  // The value of a header ("" when there is none); `name` in lower case.
  const std::string& Header(std::string_view name) const;
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpReply Perform(const HttpRequest& request);

  const HttpClientOptions& options() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
