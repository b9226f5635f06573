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
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "queue/nats_announcements.h"

namespace assay {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// A way to a local port that takes one connection, and `delay` for all that passes, each way.
class LongWay {
 public:
  LongWay(int to, std::chrono::milliseconds delay) : delay_(delay) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    there_ = std::thread([this, to] {
      const int from = accept(listener_, nullptr, nullptr);
      if (from < 0) return;
      const int behind = socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in server = Loopback(to);
      EXPECT_EQ(connect(behind, reinterpret_cast<const sockaddr*>(&server), sizeof server), 0);
      std::thread back([this, from, behind] { Carry(behind, from); });
      Carry(from, behind);
      back.join();
      close(from);
      close(behind);
    });
  }
  // After the connection is closed.
  ~LongWay() {
    shutdown(listener_, SHUT_RDWR);
    there_.join();
    close(listener_);
  }
  int port() const { return port_; }

 private:
  void Carry(int from, int to) const {
    char bytes[4096];
    ssize_t size = 0;
    while ((size = recv(from, bytes, sizeof bytes, 0)) > 0) {
      std::this_thread::sleep_for(delay_);
      if (send(to, bytes, static_cast<size_t>(size), MSG_NOSIGNAL) != size) break;
    }
    shutdown(to, SHUT_RDWR);
  }

  const std::chrono::milliseconds delay_;
  int listener_ = -1;
  int port_ = 0;
  std::thread there_;
};

// With a server of its own.
class NatsUnitQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/assay-nats-XXXXXX";
    folder_ = mkdtemp(pattern);
    port_ = FreePort();
    options_.url = "nats://127.0.0.1:" + std::to_string(port_);
    options_.client_name = "test";
    StartServer();
    connection_ = Connect();
    AwaitConnection();
    queue_ = OpenQueue(connection_);
    ASSERT_TRUE(queue_->Prepare().ok());
  }
  void TearDown() override {
    queue_.reset();
    connection_.reset();
    KillServer();
    std::filesystem::remove_all(folder_);
  }

  void StartServer() {
    const std::string port = std::to_string(port_);
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
  }
  void KillServer() const {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  void AwaitConnection() {
    for (int i = 0; i < 600 && !connection_->connected(); ++i) usleep(50'000);
    ASSERT_TRUE(connection_->connected()) << "nats-server did not start";
  }
  std::shared_ptr<NatsConnection> Connect() {
    auto connection = NatsConnection::Open(options_);
    EXPECT_TRUE(connection.ok()) << connection.status().ToString();
    return *connection;
  }
  std::unique_ptr<UnitQueue> OpenQueue(const std::shared_ptr<NatsConnection>& connection) {
    return *OpenNatsQueue(connection, options_);
  }
  // A look ends before an answer that is late: what is there is found by one of the next.
  static std::unique_ptr<TakenUnit> TakeSurely(UnitQueue& queue, QueueLane lane) {
    while (true) {
      auto taken = queue.Take(lane);
      EXPECT_TRUE(taken.ok()) << taken.status().ToString();
      if (!taken.ok() || *taken != nullptr) return taken.ok() ? std::move(*taken) : nullptr;
    }
  }
  void Publish(QueueLane lane, const std::string& id) {
    const Status status = queue_->Publish({lane, "111122223333", id, "data of " + id});
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  std::string folder_;
  int port_ = 0;
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
  const auto taken = TakeSurely(*queue_, QueueLane::kPages);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->message().id, "one");
  EXPECT_EQ(taken->message().account_id, "111122223333");
  EXPECT_EQ(taken->message().data, "data of one");
  EXPECT_EQ(taken->deliveries(), 1U);
  Publish(QueueLane::kPages, "two");
  const auto next = TakeSurely(*queue_, QueueLane::kPages);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->message().id, "two");  // and not "one" a second time
  next->Finish();
  taken->GiveBack(0);
  const auto again = TakeSurely(*queue_, QueueLane::kPages);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->message().id, "one");
  EXPECT_EQ(again->deliveries(), 2U);
  again->Finish();
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
    const auto taken = TakeSurely(*other, lane);
    ASSERT_NE(taken, nullptr);
    taken->Finish();
  }
}

// What is found by the next look only is found after a pause: more looks than units would make a
// far worker slow.
TEST_F(NatsUnitQueueTest, AServerFarAwayIsWaitedFor) {
  constexpr int kUnits = 10;
  for (int i = 0; i < kUnits; ++i) Publish(QueueLane::kPages, std::to_string(i));
  const LongWay way(port_, std::chrono::milliseconds(50));
  options_.url = "nats://127.0.0.1:" + std::to_string(way.port());
  const std::unique_ptr<UnitQueue> far = OpenQueue(Connect());
  int looks = 0;
  for (int taken = 0; taken < kUnits; ++looks) {
    auto unit = far->Take(QueueLane::kPages);
    ASSERT_TRUE(unit.ok()) << unit.status().ToString();
    if (*unit == nullptr) continue;
    (*unit)->Finish();
    ++taken;
  }
  EXPECT_LT(looks, 2 * kUnits);
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

// Of three kinds: a unit in hand, an ear for announcements, a lease.
TEST_F(NatsUnitQueueTest, WhatWasBegunGoesOnThroughTheNextConnection) {
  Publish(QueueLane::kPages, "one");
  const auto taken = TakeSurely(*queue_, QueueLane::kPages);
  ASSERT_NE(taken, nullptr);
  const auto lease = OpenNatsLease(connection_, options_, 3'600'000);
  ASSERT_TRUE(lease->Acquire("me").ok());
  (void)queue_->Announced();
  KillServer();
  while (connection_->connected()) usleep(10'000);
  EXPECT_NE(connection_->Link().status().message().find("queue (NATS)"), std::string::npos);
  EXPECT_FALSE(queue_->Take(QueueLane::kPages).ok());
  EXPECT_FALSE(queue_->State().connected);
  StartServer();
  AwaitConnection();
  const uint64_t seen = queue_->Announced();
  taken->Finish();
  while (queue_->State().pages != 0 || !queue_->State().counted) usleep(10'000);
  const Result<bool> renewed = lease->Renew();
  EXPECT_TRUE(renewed.ok() && *renewed) << renewed.status().ToString();
  Publish(QueueLane::kEvents, "two");
  queue_->WaitForAnnouncement(seen, 3'600'000);
  const auto next = TakeSurely(*queue_, QueueLane::kEvents);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->message().id, "two");
}

// The lease is not lost because the server cannot write, and nobody took it.
TEST_F(NatsUnitQueueTest, AServerThatRefusesTheLeaseIsNoOtherHolder) {
  const auto lease = OpenNatsLease(connection_, options_, 3'600'000);
  ASSERT_TRUE(lease->Acquire("me").ok());
  const std::shared_ptr<NatsLink> link = connection_->Link().value();
  jsStreamInfo* info = nullptr;
  ASSERT_EQ(js_GetStreamInfo(&info, link->jet_stream(), "KV_assay_lease", nullptr, nullptr),
            NATS_OK);
  info->Config->MaxMsgSize = 1;
  ASSERT_EQ(js_UpdateStream(nullptr, link->jet_stream(), info->Config, nullptr, nullptr), NATS_OK);
  jsStreamInfo_Destroy(info);
  const Result<bool> renewed = lease->Renew();
  EXPECT_FALSE(renewed.ok());
  EXPECT_NE(renewed.status().message().find("renewing the lease"), std::string::npos);
  const auto other = OpenNatsLease(connection_, options_, 3'600'000);
  const Result<bool> taken = other->Acquire("you");
  EXPECT_TRUE(taken.ok() && !*taken) << "somebody holds it: " << taken.status().ToString();
  ASSERT_EQ(js_PurgeStream(link->jet_stream(), "KV_assay_lease", nullptr, nullptr), NATS_OK);
  const Result<bool> refused = other->Acquire("you");
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("taking the lease"), std::string::npos);
}

TEST_F(NatsUnitQueueTest, LettersWithoutAnIdAreAllKept) {
  DeadLetter letter;
  letter.message = {QueueLane::kPages, "111122223333", "", "damaged"};
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(queue_->PutDeadLetter(letter).ok());
  EXPECT_EQ(queue_->ListDeadLetters(0, 10).value().size(), 6U);
  for (const uint64_t sequence : {1, 3, 4}) EXPECT_TRUE(queue_->DeleteDeadLetter(sequence).ok());
  std::vector<uint64_t> left;
  const std::vector<DeadLetter> letters = queue_->ListDeadLetters(0, 10).value();
  left.reserve(letters.size());
  for (const DeadLetter& one : letters) left.push_back(one.sequence);
  EXPECT_EQ(left, (std::vector<uint64_t>{2, 5, 6}));
  EXPECT_EQ(queue_->ListDeadLetters(2, 1).value().at(0).sequence, 5U);
}

// What the bucket was made with would end the lease of who holds it.
TEST_F(NatsUnitQueueTest, ALeaseThatIsLongerNowLastsLonger) {
  const auto before = OpenNatsLease(connection_, options_, 500);
  ASSERT_TRUE(before->Acquire("one").ok());
  before->Release();
  const auto lease = OpenNatsLease(connection_, options_, 3'600'000);
  const Result<bool> held = lease->Acquire("one");
  ASSERT_TRUE(held.ok() && *held) << held.status().ToString();
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));
  const Result<bool> renewed = lease->Renew();
  EXPECT_TRUE(renewed.ok() && *renewed) << renewed.status().ToString();
  lease->Release();
  const auto shorter = OpenNatsLease(connection_, options_, 500);
  const Result<bool> ended = shorter->Acquire("two");
  ASSERT_TRUE(ended.ok() && *ended) << ended.status().ToString();
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));
  const Result<bool> late = shorter->Renew();
  EXPECT_TRUE(late.ok() && !*late) << late.status().ToString();
}

}  // namespace
}  // namespace assay
