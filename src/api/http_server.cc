// The only source that includes Boost.Beast and Asio: they take long to compile.
#include "api/http_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace assay {
namespace {

constexpr size_t kQuickThreads = 2;

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

std::chrono::milliseconds Ms(int64_t ms) { return std::chrono::milliseconds(ms); }

// "Fri, 24 May 2013 00:00:00 GMT"
std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string PeerIp(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "";
  const asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// The answer to a request that could not be read; empty when nobody waits for one.
std::optional<HttpAnswer> AnswerToReadError(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return HttpErrorAnswer(431, "RequestHeaderFieldsTooLarge", "The headers are too large.");
  }
  if (error == http::error::body_limit) {
    return HttpErrorAnswer(413, "PayloadTooLarge", "The body is too large.");
  }
  const bool parse_error = error.category() == make_error_code(http::error::bad_method).category();
  if (!parse_error || error == http::error::end_of_stream ||
      error == http::error::partial_message) {
    return std::nullopt;
  }
  return HttpErrorAnswer(400, "BadRequest", "This is no HTTP/1.1 request: " + error.message());
}

// What Beast's parser lets through although its length could be read in two ways.
std::optional<HttpAnswer> AnswerToBadFraming(const Parser& parser) {
  const auto& request = parser.get();
  const auto encodings = request.equal_range(http::field::transfer_encoding);
  if (encodings.first != encodings.second &&
      (std::next(encodings.first) != encodings.second ||
       !beast::iequals(encodings.first->value(), "chunked"))) {
    return HttpErrorAnswer(501, "NotImplemented", "The only Transfer-Encoding taken is chunked.");
  }
  const std::string_view target(request.target().data(), request.target().size());
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) {
    return HttpErrorAnswer(400, "BadRequest", "The request target must be a path.");
  }
  return std::nullopt;
}

HttpCall MakeCall(http::request<http::string_body>&& request, std::string peer_ip, bool tls) {
  HttpCall call;
  call.method = request.method_string();
  call.target = request.target();
  const size_t question = call.target.find('?');
  call.path = call.target.substr(0, question);
  if (question != std::string::npos) call.query = call.target.substr(question + 1);
  for (const auto& field : request) {
    call.headers.emplace_back(field.name_string(), field.value());
  }
  call.body = std::move(request.body());
  call.peer_ip = std::move(peer_ip);
  call.tls = tls;
  return call;
}

template <typename Response>
void FillHeaders(const HttpAnswer& answer, bool keep_alive, Response* response) {
  response->result(static_cast<unsigned>(answer.status));
  response->set(http::field::date, HttpDate());
  response->set(http::field::content_type, answer.content_type);
  response->set(http::field::cache_control, "no-store");
  response->set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : answer.headers) response->set(name, value);
  response->keep_alive(keep_alive);
}

Result<std::shared_ptr<asio::ssl::context>> MakeTls(const HttpServerOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error) {
    return InvalidArgument("the TLS certificate " + options.tls_certificate_file +
                           " is no PEM certificate that can be read: " + error.message());
  }
  context->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) {
    return InvalidArgument("the TLS key " + options.tls_key_file +
                           " is no PEM key of the certificate: " + error.message());
  }
  return context;
}

}  // namespace

struct HttpServer::Impl {
  // One connection, as Stop sees it. Lives in its coroutine; touched by the server's thread only.
  struct Connection {
    beast::tcp_stream* socket = nullptr;
    bool busy = true;  // a request was begun; else it waits for one
  };

  explicit Impl(HttpServerOptions given) : options(std::move(given)), pool(options.threads) {}

  Status Listen();
  asio::awaitable<void> Accept();
  asio::awaitable<void> ServePlain(tcp::socket socket);
  asio::awaitable<void> ServeTls(tcp::socket socket);
  template <typename Stream>
  asio::awaitable<void> Converse(Stream& stream, Connection& connection);
  template <typename Stream>
  asio::awaitable<bool> WaitForRequest(Stream& stream, Connection& connection,
                                       beast::flat_buffer& buffer);
  template <typename Stream>
  asio::awaitable<bool> ServeOne(Stream& stream, beast::flat_buffer& buffer);
  template <typename Stream>
  asio::awaitable<std::optional<HttpAnswer>> ReadBody(Stream& stream, beast::flat_buffer& buffer,
                                                      Parser& parser, bool& broken);
  template <typename Stream>
  asio::awaitable<bool> Write(Stream& stream, HttpAnswer answer, bool head, bool keep_alive);
  template <typename Stream>
  asio::awaitable<void> CloseSlowly(Stream& stream);
  asio::awaitable<HttpAnswer> Answer(HttpCall call);
  asio::awaitable<void> HoldBack(int64_t delay_ms);
  asio::awaitable<HttpAnswer> CallHandler(const HttpCall& call);

  void Enter(Connection* connection);
  void Leave(Connection* connection);
  void Drain();
  void CloseAll();
  uint64_t BodyLimit(std::string_view path) const;

  const HttpServerOptions options;
  asio::io_context io{1};
  asio::thread_pool pool;
  asio::thread_pool quick_pool{kQuickThreads};
  std::optional<tcp::acceptor> acceptor;
  uint16_t port = 0;
  std::thread thread;
  std::mutex stop_mutex;  // one Stop at a time
  bool stopped = false;   // guarded by stop_mutex

  // Touched by the server's thread only.
  std::shared_ptr<asio::ssl::context> tls;
  std::set<Connection*> connections;
  bool draining = false;
  uint64_t body_bytes = 0;  // of requests being read or answered, at most
  uint64_t in_handlers = 0;

  std::mutex mutex;
  std::condition_variable all_gone;
  size_t open = 0;       // connections; guarded by mutex
  bool drained = false;  // no connection is added any more; guarded by mutex
};

Status HttpServer::Impl::Listen() {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) return InvalidArgument("no IP address to listen on: " + options.address);
  const std::string where = options.address + ":" + std::to_string(options.port);
  const tcp::endpoint endpoint(address, options.port);
  acceptor.emplace(io);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return Unavailable("listening on " + where + ": " + error.message());
  port = acceptor->local_endpoint(error).port();
  return Status::Ok();
}

asio::awaitable<void> HttpServer::Impl::Accept() {
  asio::steady_timer pause(io);
  error_code error;
  while (!draining) {
    if (connections.size() >= options.max_connections) {
      // The others wait in the system's queue until there is room.
      pause.expires_after(Ms(20));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    tcp::socket socket(io);
    co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (draining || error == asio::error::operation_aborted) co_return;
    if (error) {  // no file descriptor left, for one
      pause.expires_after(Ms(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);
    if (tls != nullptr) {
      asio::co_spawn(io, ServeTls(std::move(socket)), asio::detached);
    } else {
      asio::co_spawn(io, ServePlain(std::move(socket)), asio::detached);
    }
  }
}

asio::awaitable<void> HttpServer::Impl::ServePlain(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  Connection connection{&stream};
  Enter(&connection);
  try {
    co_await Converse(stream, connection);
  } catch (const std::exception&) {
    // Out of memory for this connection: it is closed, the others go on.
  }
  Leave(&connection);
}

asio::awaitable<void> HttpServer::Impl::ServeTls(tcp::socket socket) {
  const std::shared_ptr<asio::ssl::context> context = tls;  // survives a reload
  TlsStream stream(std::move(socket), *context);
  Connection connection{&beast::get_lowest_layer(stream)};
  Enter(&connection);
  try {
    error_code error;
    connection.socket->expires_after(Ms(options.write_timeout_ms));
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      co_await Converse(stream, connection);
      connection.socket->expires_after(Ms(1'000));
      co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
  } catch (const std::exception&) {
    // As above.
  }
  Leave(&connection);
}

template <typename Stream>
asio::awaitable<void> HttpServer::Impl::Converse(Stream& stream, Connection& connection) {
  beast::flat_buffer buffer(options.max_header_bytes + 64 * 1024);
  bool go_on = true;
  while (go_on) {
    go_on = co_await WaitForRequest(stream, connection, buffer);
    if (!go_on) break;
    connection.busy = true;
    go_on = co_await ServeOne(stream, buffer);
  }
  co_await CloseSlowly(stream);
}

// False when the connection ends before another request begins.
template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::WaitForRequest(Stream& stream, Connection& connection,
                                                       beast::flat_buffer& buffer) {
  if (draining) co_return false;
  if (buffer.size() > 0) co_return true;  // the client did not wait for the answer
  connection.busy = false;
  connection.socket->expires_after(Ms(options.idle_timeout_ms));
  error_code error;
  const size_t size = co_await stream.async_read_some(
      buffer.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
  buffer.commit(size);
  co_return !error;
}

// Reads one request and answers it; false when the connection is to be closed then.
template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::ServeOne(Stream& stream, beast::flat_buffer& buffer) {
  beast::tcp_stream& socket = beast::get_lowest_layer(stream);
  Parser parser;
  parser.header_limit(options.max_header_bytes);
  parser.body_limit(boost::none);  // known when the path is
  error_code error;
  socket.expires_after(Ms(options.header_timeout_ms));
  co_await http::async_read_header(stream, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  std::optional<HttpAnswer> refusal;
  if (error) {
    refusal = AnswerToReadError(error);
    if (!refusal) co_return false;
  } else {
    refusal = AnswerToBadFraming(parser);
  }
  uint64_t reserved = 0;
  if (!refusal) {
    const std::string_view target(parser.get().target().data(), parser.get().target().size());
    const uint64_t limit = BodyLimit(target);
    const auto length = parser.content_length();
    reserved = length ? *length : (parser.chunked() ? limit : 0);
    if (reserved > limit) {
      refusal = AnswerToReadError(http::error::body_limit);
      reserved = 0;
    } else if (body_bytes + reserved > options.max_total_body_bytes) {
      refusal = HttpErrorAnswer(503, "SlowDown", "Too much is being received: try again later.");
      reserved = 0;
    }
    parser.body_limit(limit);
  }
  if (refusal) {
    co_await Write(stream, *std::move(refusal), false, false);
    co_return false;
  }
  struct Reservation {  // given back on every way out
    uint64_t& total;
    uint64_t bytes;
    ~Reservation() { total -= bytes; }
  };
  body_bytes += reserved;
  const Reservation reservation{body_bytes, reserved};

  bool broken = false;
  refusal = co_await ReadBody(stream, buffer, parser, broken);
  if (broken) co_return false;
  if (refusal) {
    co_await Write(stream, *std::move(refusal), false, false);
    co_return false;
  }
  const bool head = parser.get().method() == http::verb::head;
  const bool keep_alive = parser.get().keep_alive();
  HttpCall call =
      MakeCall(parser.release(), PeerIp(socket.socket()), std::is_same_v<Stream, TlsStream>);
  socket.expires_never();
  HttpAnswer answer = co_await Answer(std::move(call));
  if (answer.delay_ms > 0) co_await HoldBack(answer.delay_ms);
  co_return co_await Write(stream, std::move(answer), head, keep_alive && !draining);
}

template <typename Stream>
asio::awaitable<std::optional<HttpAnswer>> HttpServer::Impl::ReadBody(Stream& stream,
                                                                      beast::flat_buffer& buffer,
                                                                      Parser& parser,
                                                                      bool& broken) {
  error_code error;
  beast::get_lowest_layer(stream).expires_after(Ms(options.body_timeout_ms));
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    http::response<http::empty_body> go_on(http::status::continue_, 11);
    co_await http::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, error));
    broken = static_cast<bool>(error);
    if (broken) co_return std::nullopt;
  }
  co_await http::async_read(stream, buffer, parser,
                            asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return std::nullopt;
  std::optional<HttpAnswer> refusal = AnswerToReadError(error);
  broken = !refusal;
  co_return refusal;
}

asio::awaitable<HttpAnswer> HttpServer::Impl::Answer(HttpCall call) {
  if (std::find(options.quick_paths.begin(), options.quick_paths.end(), call.path) !=
      options.quick_paths.end()) {
    co_return co_await asio::co_spawn(quick_pool.get_executor(), CallHandler(call),
                                      asio::use_awaitable);
  }
  if (in_handlers >= options.threads + uint64_t{options.max_waiting}) {
    HttpAnswer busy = HttpErrorAnswer(503, "SlowDown", "Too many requests: try again later.");
    busy.headers.emplace_back("Retry-After", "1");
    co_return busy;
  }
  ++in_handlers;
  HttpAnswer answer =
      co_await asio::co_spawn(pool.get_executor(), CallHandler(call), asio::use_awaitable);
  --in_handlers;
  co_return answer;
}

// In short steps, so that a drain does not wait for it.
asio::awaitable<void> HttpServer::Impl::HoldBack(int64_t delay_ms) {
  constexpr int64_t kStepMs = 100;
  asio::steady_timer timer(io);
  error_code error;
  for (; delay_ms > 0 && !draining; delay_ms -= kStepMs) {
    timer.expires_after(Ms(std::min(delay_ms, kStepMs)));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

// Runs on a thread of the pool.
asio::awaitable<HttpAnswer> HttpServer::Impl::CallHandler(const HttpCall& call) {
  try {
    co_return options.handler(call);
  } catch (const std::exception&) {
    // No exception crosses folders; this is for memory that ran out in one request.
  }
  co_return HttpErrorAnswer(500, "InternalError", "The request failed for a reason of our own.");
}

template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::Write(Stream& stream, HttpAnswer answer, bool head,
                                              bool keep_alive) {
  beast::get_lowest_layer(stream).expires_after(Ms(options.write_timeout_ms));
  error_code error;
  if (head) {
    http::response<http::empty_body> response;
    response.version(11);
    FillHeaders(answer, keep_alive, &response);
    response.content_length(answer.body.size());
    http::response_serializer<http::empty_body> serializer(response);
    co_await http::async_write_header(stream, serializer,
                                      asio::redirect_error(asio::use_awaitable, error));
  } else {
    http::response<http::string_body> response;
    response.version(11);
    FillHeaders(answer, keep_alive, &response);
    response.body() = std::move(answer.body);
    response.prepare_payload();
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
  }
  co_return !error && keep_alive;
}

// A client that is still sending would lose the answer if the socket were closed under it.
template <typename Stream>
asio::awaitable<void> HttpServer::Impl::CloseSlowly(Stream& stream) {
  if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
    error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(Ms(draining ? 200 : 2'000));
    std::array<char, 4096> ignored;
    for (size_t total = 0; !error && total < (8U << 20);) {
      total += co_await stream.async_read_some(asio::buffer(ignored),
                                               asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void HttpServer::Impl::Enter(Connection* connection) {
  connections.insert(connection);
  const std::lock_guard lock(mutex);
  open = connections.size();
}

void HttpServer::Impl::Leave(Connection* connection) {
  connections.erase(connection);
  const std::lock_guard lock(mutex);
  open = connections.size();
  all_gone.notify_all();
}

void HttpServer::Impl::Drain() {
  draining = true;
  error_code error;
  acceptor->close(error);
  for (Connection* connection : connections) {
    if (!connection->busy) connection->socket->cancel();
  }
  const std::lock_guard lock(mutex);
  drained = true;
  all_gone.notify_all();
}

void HttpServer::Impl::CloseAll() {
  error_code error;
  for (Connection* connection : connections) connection->socket->socket().close(error);
}

uint64_t HttpServer::Impl::BodyLimit(std::string_view path) const {
  const bool large =
      !options.large_body_prefix.empty() && path.starts_with(options.large_body_prefix);
  return large ? options.max_large_body_bytes : options.max_body_bytes;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Stop(0); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (!impl->options.tls_certificate_file.empty()) {
    auto tls = MakeTls(impl->options);
    if (!tls.ok()) return tls.status();
    impl->tls = *std::move(tls);
  }
  ASSAY_RETURN_IF_ERROR(impl->Listen());
  asio::co_spawn(impl->io, impl->Accept(), asio::detached);
  Impl* const running = impl.get();
  impl->thread = std::thread([running] {
    const auto work = asio::make_work_guard(running->io);
    running->io.run();
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

uint16_t HttpServer::port() const { return impl_->port; }

Status HttpServer::ReloadTls() {
  if (impl_->options.tls_certificate_file.empty()) return Status::Ok();
  auto tls = MakeTls(impl_->options);
  if (!tls.ok()) return tls.status();
  asio::post(impl_->io, [impl = impl_.get(), context = *std::move(tls)] { impl->tls = context; });
  return Status::Ok();
}

void HttpServer::Stop(int64_t drain_ms) {
  Impl* const impl = impl_.get();
  const std::lock_guard stop_lock(impl->stop_mutex);
  if (impl->stopped) return;
  impl->stopped = true;
  asio::post(impl->io, [impl] { impl->Drain(); });
  {
    std::unique_lock lock(impl->mutex);
    const auto gone = [impl] { return impl->drained && impl->open == 0; };
    if (!impl->all_gone.wait_for(lock, Ms(drain_ms), gone)) {
      asio::post(impl->io, [impl] { impl->CloseAll(); });
      impl->all_gone.wait(lock, gone);  // handlers that run are waited for
    }
  }
  impl->io.stop();
  impl->thread.join();
  impl->pool.join();
  impl->quick_pool.join();
}

}  // namespace assay
