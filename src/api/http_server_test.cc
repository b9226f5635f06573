#include "api/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace assay {
namespace {

// One connection, spoken by hand: what a well-behaved client never sends is what matters.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void Send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t size = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return;  // refused early: the answer says why
      sent += static_cast<size_t>(size);
    }
  }
  // Up to and with `end`, or all there is until the server closes.
  std::string ReadTo(const std::string& end) {
    std::string text;
    char byte = 0;
    while (text.find(end) == std::string::npos && recv(fd_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  std::string ReadAll() {
    std::string text;
    char buffer[4096];
    for (ssize_t size; (size = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<size_t>(size));
    }
    return text;
  }

 private:
  const int fd_;
  bool connected_ = false;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    options_.port = 0;
    options_.threads = 2;
    options_.handler = [](const HttpCall& call) {
      HttpAnswer answer;
      answer.content_type = "text/plain";
      answer.body = call.method + " " + call.path + "?" + call.query + " " +
                    std::string(call.Header("X-TEST")) + " " + std::to_string(call.body.size()) +
                    " " + call.peer_ip + "\n";
      return answer;
    };
  }
  void Start() {
    auto server = HttpServer::Start(options_);
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
  }
  std::string Talk(const std::string& request) {
    RawClient client(server_->port());
    client.Send(request);
    return client.ReadAll();
  }
  HttpServerOptions options_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, GivesTheHandlerTheWholeRequest) {
  Start();
  const std::string answer = Talk(
      "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nx-test:  v \r\nContent-Length: 5\r\n"
      "Connection: close\r\n\r\nhello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST /a%20b?x=1 v 5 127.0.0.1\n")) << answer;
}

TEST_F(HttpServerTest, JoinsChunksAndKeepsTheConnection) {
  Start();
  RawClient client(server_->port());
  client.Send(
      "POST /one HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.ReadTo("127.0.0.1\n").find("POST /one?  5 "), std::string::npos);
  EXPECT_NE(client.ReadTo("127.0.0.1\n").find("GET /two?  0 "), std::string::npos);
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  Start();
  const std::string answer = Talk("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 22\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpServerTest, RefusesWhatIsTooLarge) {
  options_.max_body_bytes = 1000;
  options_.large_body_prefix = "/large";
  options_.max_large_body_bytes = 2000;
  Start();
  const auto post = [&](const std::string& path, size_t size) {
    return Talk("POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'));
  };
  EXPECT_TRUE(post("/a", 1000).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("/a", 1001).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(post("/large/a", 2000).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("/large/a", 2001).starts_with("HTTP/1.1 413 "));
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
      std::string(0x800, 'x') + "\r\n0\r\n\r\n";
  EXPECT_TRUE(Talk(chunked).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(Talk("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, RefusesWhatCanBeReadInTwoWays) {
  Start();
  for (const char* request : {
           "GARBAGE\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
           "0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\nabc",
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "GET http://elsewhere/ HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n",
       }) {
    const std::string answer = Talk(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 501"))
        << request << answer;
    EXPECT_NE(answer.find("{\"error\":"), std::string::npos) << request;
  }
}

TEST_F(HttpServerTest, EndsConnectionsThatStall) {
  options_.header_timeout_ms = 200;
  options_.body_timeout_ms = 200;
  options_.idle_timeout_ms = 200;
  Start();
  for (const char* begun : {"", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"}) {
    EXPECT_EQ(Talk(begun), "") << begun;  // returns when the server closes
  }
}

TEST_F(HttpServerTest, AnExceptionIsOneFailedRequest) {
  options_.handler = [](const HttpCall&) -> HttpAnswer { throw std::bad_alloc(); };
  Start();
  EXPECT_TRUE(
      Talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, ADrainLetsRequestsEndAndTakesNoMore) {
  std::atomic<bool> begun{false};
  std::atomic<bool> draining{false};
  options_.handler = [&](const HttpCall&) {
    begun = true;
    while (!draining) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return HttpAnswer{};
  };
  Start();
  const uint16_t port = server_->port();
  RawClient client(port), idle(port);
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (!begun) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::thread stopper([&] { server_->Stop(120'000); });
  EXPECT_EQ(idle.ReadAll(), "");  // ends when the drain has begun
  draining = true;
  const std::string answer = client.ReadAll();
  stopper.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_FALSE(RawClient(port).connected());
}

TEST_F(HttpServerTest, RefusesWhenTooManyWait) {
  options_.threads = 1;
  options_.max_waiting = 0;
  std::atomic<bool> release{false};
  std::atomic<bool> begun{false};
  options_.quick_paths = {"/quick"};
  options_.handler = [&](const HttpCall& call) {
    if (call.path == "/quick") return HttpAnswer{};
    begun = true;
    while (!release) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return HttpAnswer{};
  };
  Start();
  RawClient first(server_->port());
  first.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  while (!begun) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(
      Talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(Talk("GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 200 "));
  release = true;
  EXPECT_TRUE(first.ReadAll().starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, SaysWhatIsWrongWithItsOptions) {
  options_.address = "no address";
  EXPECT_EQ(HttpServer::Start(options_).status().code(), StatusCode::kInvalidArgument);
  options_.address = "127.0.0.1";
  options_.tls_certificate_file = "/nonexistent.pem";
  EXPECT_EQ(HttpServer::Start(options_).status().code(), StatusCode::kInvalidArgument);
  options_.tls_certificate_file.clear();
  Start();
  options_.port = server_->port();
  EXPECT_EQ(HttpServer::Start(options_).status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace assay
