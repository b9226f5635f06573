// Several threads at once, as the thread rules of http.h and credentials.h allow. Run under
// ThreadSanitizer (make test-all), which sees what no expectation here can.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "aws/credentials.h"
#include "aws/http.h"

namespace assay {
namespace {

constexpr int kThreads = 6;

void InThreads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

// Answers every request with its path, one connection in each of its threads.
class EchoServer {
 public:
  EchoServer() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ADD_FAILURE() << "no socket on the loopback interface";
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Accept(); });
  }
  ~EchoServer() {
    ended_ = true;
    for (std::thread& thread : threads_) thread.join();
    close(listener_);
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  const std::string& url() const { return url_; }

 private:
  // False when the server ends first.
  bool WaitFor(int fd) const {
    pollfd waited{fd, POLLIN, 0};
    while (!ended_) {
      if (poll(&waited, 1, 20) > 0) return true;
    }
    return false;
  }
  void Accept() const {
    while (WaitFor(listener_)) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      Serve(fd);
      close(fd);
    }
  }
  void Serve(int fd) const {
    std::string received;
    while (WaitFor(fd)) {
      char buffer[4096];
      const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      received.append(buffer, static_cast<size_t>(got));
      const size_t end = received.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t path = received.find(' ') + 1;
      const std::string body = received.substr(path, received.find(' ', path) - path);
      received.erase(0, end + 4);
      const std::string reply =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      if (send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  int listener_ = -1;
  std::string url_;
  std::atomic<bool> ended_{false};
  std::vector<std::thread> threads_;
};

TEST(AwsThreadsTest, OneHttpClientServesAllThreads) {
  const EchoServer server;
  HttpClientOptions options;
  options.use_proxy = false;
  std::atomic<int> right{0};
  constexpr int kRequests = 40;
  {
    HttpClient client(options);
    InThreads([&](int thread) {
      for (int i = 0; i < kRequests; ++i) {
        const std::string path = "/" + std::to_string(thread) + "-" + std::to_string(i);
        HttpRequest request;
        request.url = server.url() + path;
        const HttpReply reply = client.Perform(request);
        if (reply.transport.ok() && reply.status == 200 && reply.body == path) ++right;
      }
    });
  }
  EXPECT_EQ(right, kThreads * kRequests);
}

TEST(AwsThreadsTest, OneThreadRefreshesForAll) {
  std::atomic<int> fetched{0};
  std::atomic<int> at_once{0};
  CredentialProvider provider([&]() -> Result<AwsCredentials> {
    EXPECT_EQ(++at_once, 1) << "two refreshes at once";
    AwsCredentials credentials;
    credentials.access_key_id = "id-" + std::to_string(++fetched);
    credentials.secret_access_key = "secret";
    --at_once;
    return credentials;
  });
  InThreads([&](int thread) {
    for (int i = 0; i < 200; ++i) {
      const Result<AwsCredentials> got = provider.Get();
      ASSERT_TRUE(got.ok());
      if (thread == 0 && i % 10 == 9) provider.Invalidate(got->access_key_id);
    }
  });
  EXPECT_GT(fetched, 1);
  EXPECT_LE(fetched, 21) << "nobody but the thread that invalidates causes a fetch";
}

}  // namespace
}  // namespace assay
