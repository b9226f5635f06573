#include "cli/ordered_results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "cli/bounded_queue.h"

namespace assay {
namespace {

using namespace std::chrono_literals;

TEST(OrderedResultsTest, GivesResultsInOrder) {
  OrderedResults<int> results(1000);
  results.Put(1, 11, 1);
  int got = 0;
  EXPECT_EQ(results.Next(&got, 1ms), OrderedResults<int>::Got::kTimeout);
  results.Put(0, 10, 1);
  EXPECT_EQ(results.Next(&got, 10min), OrderedResults<int>::Got::kResult);
  EXPECT_EQ(got, 10);
  EXPECT_EQ(results.Next(&got, 10min), OrderedResults<int>::Got::kResult);
  EXPECT_EQ(got, 11);
  results.Finish();
  EXPECT_EQ(results.Next(&got, 10min), OrderedResults<int>::Got::kEnd);
}

TEST(OrderedResultsTest, WaitsForRoomUntilAborted) {
  OrderedResults<int> results(10);
  results.Put(1, 0, 10);
  std::atomic<bool> went_on{false};
  std::thread waiter([&] {
    EXPECT_FALSE(results.WaitForRoom());
    went_on = true;
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(went_on);
  results.Abort();
  waiter.join();
}

// The pipeline in small: whatever the workers' pace, everything comes out once and in order.
TEST(OrderedResultsTest, QueueAndResultsTogetherLoseNothing) {
  constexpr uint64_t kItems = 5000;
  BoundedQueue<uint64_t> queue(16);
  OrderedResults<uint64_t> results(64);
  std::atomic<int> workers_left{4};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (uint64_t i = 0; i < kItems; ++i) queue.Push(i);
    queue.Finish();
  });
  for (int w = 0; w < 4; ++w) {
    threads.emplace_back([&, w] {
      std::minstd_rand random(static_cast<unsigned>(w + 1));
      std::vector<uint64_t> batch;
      const auto take = [](const std::deque<uint64_t>& q) { return q.size() / 4 + 1; };
      while (results.WaitForRoom() && queue.PopBatch(&batch, take)) {
        if (random() % 16 == 0) std::this_thread::sleep_for(100us);
        std::shuffle(batch.begin(), batch.end(), random);
        for (const uint64_t item : batch) results.Put(item, item * 2, 1 + random() % 30);
      }
      if (workers_left.fetch_sub(1) == 1) results.Finish();
    });
  }
  uint64_t expected = 0;
  uint64_t got = 0;
  while (results.Next(&got, 10min) == OrderedResults<uint64_t>::Got::kResult) {
    ASSERT_EQ(got, 2 * expected);
    ++expected;
  }
  EXPECT_EQ(expected, kItems);
  for (std::thread& thread : threads) thread.join();
}

TEST(BoundedQueueTest, CloseWakesBothSides) {
  BoundedQueue<int> queue(1);
  EXPECT_TRUE(queue.Push(1));
  std::thread pusher([&] { EXPECT_FALSE(queue.Push(2)); });
  std::this_thread::sleep_for(10ms);
  queue.Close();
  pusher.join();
  std::vector<int> batch;
  EXPECT_FALSE(queue.PopBatch(&batch, [](const std::deque<int>&) { return 1; }));
}

}  // namespace
}  // namespace assay
