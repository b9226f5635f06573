#include "queue/nats_unit_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "queue/nats_announcements.h"

namespace assay {
namespace {

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// With a server of its own.
class NatsUnitQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/assay-nats-XXXXXX";
    folder_ = mkdtemp(pattern);
    const std::string port = std::to_string(FreePort());
    options_.url = "nats://127.0.0.1:" + port;
    options_.client_name = "test";
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, 1);
      dup2(nowhere, 2);
      execlp("nats-server", "nats-server", "-a", "127.0.0.1", "-p", port.c_str(), "-js", "-sd",
             folder_.c_str(), nullptr);
      _exit(127);
    }
    connection_ = Connect();
    for (int i = 0; i < 600 && !connection_->connected(); ++i) usleep(50'000);
    ASSERT_TRUE(connection_->connected()) << "nats-server did not start";
    queue_ = OpenQueue(connection_);
    ASSERT_TRUE(queue_->Prepare().ok());
  }
  void TearDown() override {
    queue_.reset();
    connection_.reset();
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }

  std::shared_ptr<NatsConnection> Connect() {
    auto connection = NatsConnection::Open(options_);
    EXPECT_TRUE(connection.ok()) << connection.status().ToString();
    return *connection;
  }
  std::unique_ptr<UnitQueue> OpenQueue(const std::shared_ptr<NatsConnection>& connection) {
    return *OpenNatsQueue(connection, options_);
  }
  void Publish(QueueLane lane, const std::string& id) {
    const Status status = queue_->Publish({lane, "111122223333", id, "data of " + id});
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  std::string folder_;
  QueueOptions options_;
  pid_t pid_ = -1;
  std::shared_ptr<NatsConnection> connection_;
  std::unique_ptr<UnitQueue> queue_;
};

TEST_F(NatsUnitQueueTest, AUnitIsHandedOutOnceInItsLane) {
  Publish(QueueLane::kPages, "one");
  Publish(QueueLane::kPages, "one");  // known by its id
  auto events = queue_->Take(QueueLane::kEvents);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(*events, nullptr);
  auto taken = queue_->Take(QueueLane::kPages);
  ASSERT_TRUE(taken.ok() && *taken != nullptr);
  EXPECT_EQ((*taken)->message().id, "one");
  EXPECT_EQ((*taken)->message().account_id, "111122223333");
  EXPECT_EQ((*taken)->message().data, "data of one");
  EXPECT_EQ((*taken)->deliveries(), 1U);
  auto more = queue_->Take(QueueLane::kPages);
  EXPECT_TRUE(more.ok() && *more == nullptr);
  (*taken)->GiveBack(0);
  while (more.ok() && *more == nullptr) more = queue_->Take(QueueLane::kPages);
  ASSERT_TRUE(more.ok());
  EXPECT_EQ((*more)->deliveries(), 2U);
  (*more)->Finish();
}

// The time to wait is much longer than a test may take.
TEST_F(NatsUnitQueueTest, WhoeverWaitsLearnsOfAUnitOfAnyLane) {
  const std::unique_ptr<UnitQueue> other = OpenQueue(Connect());
  for (const QueueLane lane : {QueueLane::kPages, QueueLane::kEvents}) {
    const uint64_t here = queue_->Announced();
    const uint64_t there = other->Announced();
    std::thread waiting([&] { other->WaitForAnnouncement(there, 3'600'000); });
    // Whether it waits already or not.
    Publish(lane, "unit of " + std::string(QueueLaneName(lane)));
    waiting.join();
    EXPECT_NE(other->Announced(), there);
    queue_->WaitForAnnouncement(here, 3'600'000);
    auto taken = other->Take(lane);
    ASSERT_TRUE(taken.ok() && *taken != nullptr);
    (*taken)->Finish();
  }
}

TEST_F(NatsUnitQueueTest, WithoutAnAnnouncementTheWaitEnds) {
  const uint64_t seen = queue_->Announced();
  queue_->WaitForAnnouncement(seen, 20);
  EXPECT_EQ(queue_->Announced(), seen);
}

TEST_F(NatsUnitQueueTest, ListenersComeAndGoWhileThereAreAnnouncements) {
  std::atomic<bool> stop = false;
  std::thread announcing([&] {
    NatsAnnouncements announcements(connection_, "test.announce");
    while (!stop) announcements.Announce();
  });
  for (int i = 0; i < 30; ++i) {
    NatsAnnouncements listener(Connect(), "test.announce");
    const uint64_t seen = listener.Count();
    listener.Wait(seen, 3'600'000);
    EXPECT_NE(listener.Count(), seen);
  }
  stop = true;
  announcing.join();
}

}  // namespace
}  // namespace assay
