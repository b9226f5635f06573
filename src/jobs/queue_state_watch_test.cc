#include "jobs/queue_state_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace assay {
namespace {

// Answers only what is asked about its state, and that when it is let.
class SlowQueue : public UnitQueue {
 public:
  QueueState State() override {
    ++asked_;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return answers_ > 0; });
    --answers_;
    return state_;
  }
  void Answer(const QueueState& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    ++answers_;
    changed_.notify_all();
  }
  int asked() const { return asked_; }

  Status Prepare() override { return Status::Ok(); }
  Status Publish(const UnitMessage&) override { return Status::Ok(); }
  Result<std::unique_ptr<TakenUnit>> Take(QueueLane) override {
    return std::unique_ptr<TakenUnit>();
  }
  uint64_t Announced() override { return 0; }
  void WaitForAnnouncement(uint64_t, int64_t) override {}
  Status PutDeadLetter(const DeadLetter&) override { return Status::Ok(); }
  Result<std::vector<DeadLetter>> ListDeadLetters(uint64_t, uint32_t) override {
    return std::vector<DeadLetter>();
  }
  Status DeleteDeadLetter(uint64_t) override { return Status::Ok(); }

 private:
  std::atomic<int> asked_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  int answers_ = 0;
  QueueState state_;
};

void AwaitQuestion(const SlowQueue& queue, int number) {
  while (queue.asked() < number) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(QueueStateWatchTest, NobodyWaitsForAQueueThatDoesNotAnswer) {
  SlowQueue queue;
  QueueStateWatch watch(&queue);
  AwaitQuestion(queue, 1);
  EXPECT_FALSE(watch.Last().state.counted);
  EXPECT_EQ(watch.Last().counted_ms, 0);

  QueueState state;
  state.connected = state.counted = true;
  state.pages = 7;
  queue.Answer(state);
  AwaitQuestion(queue, 2);  // and this one waits
  const QueueStateWatch::Seen counted = watch.Last();
  EXPECT_TRUE(counted.state.counted);
  EXPECT_EQ(counted.state.pages, 7U);
  EXPECT_GT(counted.counted_ms, 0);

  QueueState failed;
  failed.connected = true;
  failed.last_error = "no quorum";
  queue.Answer(failed);
  AwaitQuestion(queue, 3);
  const QueueStateWatch::Seen known = watch.Last();
  EXPECT_FALSE(known.state.counted);
  EXPECT_EQ(known.state.last_error, "no quorum");
  EXPECT_EQ(known.state.pages, 7U) << "the last that was counted";
  EXPECT_EQ(known.counted_ms, counted.counted_ms);
  queue.Answer(state);
}

}  // namespace
}  // namespace assay
