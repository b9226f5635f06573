#include "aws/http.h"

#include <curl/curl.h>

#include <array>
#include <cctype>
#include <mutex>
#include <utility>
#include <vector>

namespace assay {
namespace {

constexpr size_t kMaxHeaders = 200;
constexpr size_t kMaxHeaderBytes = size_t{64} << 10;
constexpr long kReceiveBuffer = 256L << 10;
constexpr std::string_view kBlanks = " \t\r\n";

struct EasyCloser {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using EasyHandle = std::unique_ptr<CURL, EasyCloser>;

struct ListCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderLines = std::unique_ptr<curl_slist, ListCloser>;

// What the callbacks of one request share.
struct Exchange {
  const HttpRequest* request = nullptr;
  HttpReply* reply = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  size_t header_bytes = 0;
  bool sink_ended = false;
  bool hostile = false;
};

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// "HTTP/1.1 200 OK" -> 200; 0 when it is no status line.
int StatusOf(std::string_view line) {
  const size_t space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos || line.size() < space + 4) {
    return 0;
  }
  int status = 0;
  for (size_t i = space + 1; i < space + 4; ++i) {
    if (line[i] < '0' || line[i] > '9') return 0;
    status = status * 10 + (line[i] - '0');
  }
  return status;
}

size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const std::string_view line(data, size * count);
  HttpReply& reply = *exchange->reply;
  if (const int status = StatusOf(line); status != 0) {
    // A new reply starts (after "100 Continue").
    reply.status = status;
    reply.headers.clear();
    return line.size();
  }
  exchange->header_bytes += line.size();
  if (exchange->header_bytes > kMaxHeaderBytes || reply.headers.size() > kMaxHeaders) {
    exchange->hostile = true;
    return 0;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(Trimmed(line.substr(0, colon)));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  reply.headers[std::move(name)] = std::string(Trimmed(line.substr(colon + 1)));
  return line.size();
}

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const std::string_view piece(data, size * count);
  HttpReply& reply = *exchange->reply;
  if (exchange->request->sink && reply.status >= 200 && reply.status < 300) {
    if (exchange->request->sink(reply, piece)) return piece.size();
    exchange->sink_ended = true;
    return 0;
  }
  const size_t room = exchange->request->max_body - reply.body.size();
  reply.body.append(piece.substr(0, room));
  if (piece.size() <= room) return piece.size();
  exchange->sink_ended = true;
  return 0;
}

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* exchange = static_cast<Exchange*>(context);
  return exchange->cancel != nullptr && exchange->cancel->load(std::memory_order_relaxed) ? 1 : 0;
}

HeaderLines MakeHeaderLines(const HttpRequest& request) {
  HeaderLines lines;
  const auto add = [&lines](const std::string& line) {
    lines.reset(curl_slist_append(lines.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers) {
    // libcurl takes "Name;" for a header with an empty value.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  // What libcurl would add by itself and nobody signed.
  add("Accept:");
  if (!request.body.empty()) add("Expect:");
  return lines;
}

Status TransportStatus(CURLcode code, const Exchange& exchange, const char* detail) {
  if (code == CURLE_OK || exchange.sink_ended) return Status::Ok();
  if (exchange.hostile) return Unavailable("the reply has more headers than any honest one");
  std::string message = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return Cancelled("cancelled");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return PermissionDenied("TLS: " + message);
    case CURLE_URL_MALFORMAT:
      return InvalidArgument(std::move(message));
    case CURLE_OUT_OF_MEMORY:
      return ResourceExhausted(std::move(message));
    default:
      return Unavailable(std::move(message));
  }
}

bool NeverSent(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT || code == CURLE_URL_MALFORMAT;
}

void InitializeLibraryOnce() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)result;
}

}  // namespace

const std::string& HttpReply::Header(std::string_view name) const {
  static const std::string kNone;
  const auto found = headers.find(name);
  return found == headers.end() ? kNone : found->second;
}

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientOptions options) : options_(std::move(options)) {
    InitializeLibraryOnce();
    share_ = curl_share_init();
    if (share_ == nullptr) return;
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Impl::Lock);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Impl::Unlock);
    // Connections themselves are not shared: libcurl does not promise that across threads.
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }

  ~Impl() {
    idle_.clear();
    if (share_ != nullptr) curl_share_cleanup(share_);
  }

  HttpReply Perform(const HttpRequest& request) {
    HttpReply reply;
    EasyHandle easy = Take();
    if (easy == nullptr) {
      reply.transport = ResourceExhausted("cannot make a connection handle");
      return reply;
    }
    Exchange exchange{.request = &request, .reply = &reply, .cancel = options_.cancel};
    std::array<char, CURL_ERROR_SIZE> detail{};
    const HeaderLines lines = MakeHeaderLines(request);
    SetRequest(easy.get(), request, lines.get(), &exchange, detail.data());
    const CURLcode code = curl_easy_perform(easy.get());
    reply.transport = TransportStatus(code, exchange, detail.data());
    reply.never_sent = NeverSent(code);
    Give(std::move(easy));
    return reply;
  }

  const HttpClientOptions& options() const { return options_; }

 private:
  static void Lock(CURL*, curl_lock_data data, curl_lock_access, void* context) {
    static_cast<Impl*>(context)->share_mutexes_[static_cast<size_t>(data)].lock();
  }
  static void Unlock(CURL*, curl_lock_data data, void* context) {
    static_cast<Impl*>(context)->share_mutexes_[static_cast<size_t>(data)].unlock();
  }

  EasyHandle Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        EasyHandle easy = std::move(idle_.back());
        idle_.pop_back();
        return easy;
      }
    }
    return EasyHandle(curl_easy_init());
  }

  void Give(EasyHandle easy) {
    // Keeps connections, drops every pointer into this request.
    curl_easy_reset(easy.get());
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(easy));
  }

  void SetRequest(CURL* easy, const HttpRequest& request, curl_slist* lines, Exchange* exchange,
                  char* detail) const {
    SetConnection(easy, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    if (exchange->cancel != nullptr) {
      curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
      curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &OnProgress);
      curl_easy_setopt(easy, CURLOPT_XFERINFODATA, exchange);
    }
  }

  void SetConnection(CURL* easy, const HttpRequest& request) const {
    curl_easy_setopt(easy, CURLOPT_SHARE, share_);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "assay");
    const auto connect_timeout =
        request.connect_timeout.count() > 0 ? request.connect_timeout : options_.connect_timeout;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(options_.stall_timeout.count()));
    if (request.total_timeout.count() > 0) {
      curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout.count()));
    }
    if (!options_.use_proxy) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (!options_.verify_tls) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!options_.ca_bundle.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_bundle.c_str());
    }
  }

  const HttpClientOptions options_;
  CURLSH* share_ = nullptr;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_mutexes_;
  std::mutex mutex_;
  std::vector<EasyHandle> idle_;  // guarded by mutex_, the one used last at the end
};

HttpClient::HttpClient(HttpClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;

HttpReply HttpClient::Perform(const HttpRequest& request) { return impl_->Perform(request); }
const HttpClientOptions& HttpClient::options() const { return impl_->options(); }

}  // namespace assay
