// The pool against a classifier that misbehaves on request: each mishap costs one object.
#include "classify/classifier_client.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "classify/sandbox.h"

namespace assay {
namespace {

ClassifierPoolOptions Hostile() {
  ClassifierPoolOptions options;
  options.program = ASSAY_HOSTILE_CLASSIFIER;
  options.object_timeout_ms = 120'000;
  return options;
}

std::unique_ptr<ClassifierPool> StartPool(const ClassifierPoolOptions& options) {
  auto pool = ClassifierPool::Start(options);
  EXPECT_TRUE(pool.ok()) << pool.status().ToString();
  return pool.ok() ? std::move(*pool) : nullptr;
}

std::string Bytes(size_t size, uint32_t seed) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::string Checksum(std::string_view bytes) {
  uint64_t sum = 14695981039346656037ull;
  for (const char c : bytes) sum = (sum ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return std::to_string(sum);
}

// Objects in memory, and what became of them.
class Batch {
 public:
  size_t Add(const std::string& key, std::string bytes = "hello") {
    keys_.push_back(key);
    objects_.push_back(std::move(bytes));
    return keys_.size() - 1;
  }
  void Run(ClassifierPool& pool, const std::function<bool()>& cancelled = {}) {
    results_.assign(keys_.size(), {});
    requests_.resize(keys_.size());
    for (size_t i = 0; i < keys_.size(); ++i) {
      requests_[i].key = keys_[i];
      requests_[i].size = objects_[i].size();
      requests_[i].result = &results_[i];
      requests_[i].read = [this, i](uint64_t offset, char* out,
                                    uint64_t length) -> Result<uint64_t> {
        ++reads_;
        const std::string& bytes = objects_[i];
        if (offset >= fail_from_) return Unavailable("the store is down");
        const uint64_t n =
            std::min<uint64_t>(length, bytes.size() - std::min(offset, bytes.size()));
        std::memcpy(out, bytes.data() + offset, n);
        return n;
      };
    }
    pool.Acquire()->Classify(requests_, cancelled);
  }
  void FailFrom(uint64_t offset) { fail_from_ = offset; }
  const Classification& operator[](size_t i) const { return results_[i]; }
  const ClassifyRequest& request(size_t i) const { return requests_[i]; }
  const std::string& bytes(size_t i) const { return objects_[i]; }
  size_t size() const { return keys_.size(); }
  size_t reads() const { return reads_; }

 private:
  std::vector<std::string> keys_;
  std::deque<std::string> objects_;
  std::vector<Classification> results_;
  std::vector<ClassifyRequest> requests_;
  uint64_t fail_from_ = ~0ull;
  size_t reads_ = 0;
};

TEST(ClassifierPool, CarriesObjectsOfAnySizeWhole) {
  auto pool = StartPool(Hostile());
  ASSERT_TRUE(pool);
  Batch batch;
  for (const size_t size : {0, 1, 2048, 100'000, 262'144, 262'145, 1'100'000, 9'000'000}) {
    batch.Add("read", Bytes(size, static_cast<uint32_t>(size)));
    batch.Add("all", Bytes(size, static_cast<uint32_t>(size)));
  }
  for (int i = 0; i < 1000; ++i) batch.Add("read", Bytes(2048, static_cast<uint32_t>(i)));
  batch.Run(*pool);
  for (size_t i = 0; i < batch.size(); ++i) {
    ASSERT_EQ(batch[i].outcome, Outcome::kClassified) << i;
    EXPECT_EQ(batch[i].bytes_classified, batch.bytes(i).size()) << i;
    EXPECT_EQ(batch[i].status_reason, Checksum(batch.bytes(i))) << i;
  }
  EXPECT_EQ(pool->restarts(), 0u);
}

TEST(ClassifierPool, StreamsWithoutALimit) {
  ClassifierPoolOptions options = Hostile();
  options.max_object_bytes = 0;
  auto pool = StartPool(options);
  ASSERT_TRUE(pool);
  Batch batch;
  batch.Add("read", Bytes(30'000'001, 1));
  batch.Add("all", Bytes(30'000'002, 2));
  batch.Add("tail", Bytes(30'000'003, 3));
  batch.Run(*pool);
  EXPECT_EQ(batch[0].status_reason, Checksum(batch.bytes(0)));
  EXPECT_EQ(batch[1].status_reason, Checksum(batch.bytes(1)));
  EXPECT_FALSE(batch[0].partial);
}

TEST(ClassifierPool, CutsAtTheLimitAndStillReachesTheTail) {
  ClassifierPoolOptions options = Hostile();
  options.max_object_bytes = 1'000'000;
  auto pool = StartPool(options);
  ASSERT_TRUE(pool);
  Batch batch;
  batch.Add("read", Bytes(3'000'000, 1));
  batch.Add("tail", std::string(2'999'992, 'x') + "PAR1tail");
  batch.Run(*pool);
  EXPECT_TRUE(batch[0].partial);
  EXPECT_EQ(batch[0].status_reason, Checksum(batch.bytes(0).substr(0, 1'000'000)));
  EXPECT_EQ(batch[1].encoding, "PAR1tail");
}

TEST(ClassifierPool, AMishapCostsOneObject) {
  std::vector<std::string> mishaps = {"crash",        "segv",        "exit",    "stack",
                                      "garbage",      "result-bank", "unasked", "result-size",
                                      "result-bytes", "need-large"};
  if (!SanitizerBuild()) mishaps.emplace_back("oom");
  ClassifierPoolOptions options = Hostile();
  options.memory_limit_bytes = 256 << 20;
  auto pool = StartPool(options);
  ASSERT_TRUE(pool);
  Batch batch;
  std::vector<size_t> hostile;
  for (const std::string& mishap : mishaps) {
    for (int i = 0; i < 10; ++i) batch.Add("read", Bytes(2048, 7));
    hostile.push_back(batch.Add(mishap));
  }
  batch.Add("read", Bytes(2'000'000, 8));
  batch.Run(*pool);
  for (size_t i = 0; i < batch.size(); ++i) {
    if (std::find(hostile.begin(), hostile.end(), i) != hostile.end()) {
      EXPECT_EQ(batch[i].outcome, Outcome::kFailed) << i;
      EXPECT_EQ(batch[i].reason, OutcomeReason::kExtractorCrashed) << i;
    } else {
      EXPECT_EQ(batch[i].outcome, Outcome::kClassified) << i;
      EXPECT_EQ(batch[i].status_reason, Checksum(batch.bytes(i))) << i;
    }
  }
  EXPECT_EQ(pool->restarts(), mishaps.size());
}

TEST(ClassifierPool, ALoopAndASleepTimeOut) {
  ClassifierPoolOptions options = Hostile();
  options.object_timeout_ms = 4000;  // a busy machine must manage the objects between in it
  auto pool = StartPool(options);
  ASSERT_TRUE(pool);
  Batch batch;
  batch.Add("read");
  batch.Add("loop");
  batch.Add("read");
  batch.Add("sleep");
  batch.Add("read");
  batch.Run(*pool);
  for (const size_t i : {0, 2, 4}) EXPECT_EQ(batch[i].outcome, Outcome::kClassified) << i;
  for (const size_t i : {1, 3}) EXPECT_EQ(batch[i].reason, OutcomeReason::kTimeout) << i;
}

TEST(ClassifierPool, WhatIsCancelledEndsSoonAndHasNoOutcome) {
  auto pool = StartPool(Hostile());
  ASSERT_TRUE(pool);
  for (const char* mishap : {"loop", "sleep"}) {
    Batch batch;
    batch.Add(mishap);
    for (int i = 0; i < 100; ++i) batch.Add("read", Bytes(200'000, static_cast<uint32_t>(i)));
    const auto begun = std::chrono::steady_clock::now();
    batch.Run(*pool,
              [&] { return std::chrono::steady_clock::now() - begun > std::chrono::seconds(1); });
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60)) << mishap;
    for (size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.request(i).read_status.code(), StatusCode::kCancelled) << mishap << i;
    }
  }
  EXPECT_EQ(pool->restarts(), 0u) << "nothing was wrong with the process";
  Batch after;
  after.Add("read", "hello");
  after.Run(*pool);
  EXPECT_EQ(after[0].status_reason, Checksum("hello"));
}

TEST(ClassifierPool, AStoreThatFailsIsToldApart) {
  auto pool = StartPool(Hostile());
  ASSERT_TRUE(pool);
  Batch first;
  first.FailFrom(0);
  first.Add("read");
  first.Run(*pool);
  EXPECT_EQ(first.request(0).read_status.code(), StatusCode::kUnavailable);
  ClassifierPoolOptions options = Hostile();
  options.max_object_bytes = 0;
  auto streaming = StartPool(options);
  ASSERT_TRUE(streaming);
  Batch later;
  later.FailFrom(8'000'000);
  later.Add("read", Bytes(20'000'000, 1));
  later.Add("read", Bytes(2000, 1));
  later.Run(*streaming);
  EXPECT_EQ(later.request(0).read_status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(later.request(1).read_status.ok());
  EXPECT_EQ(later[1].outcome, Outcome::kClassified);
  EXPECT_EQ(streaming->restarts(), 0u);
}

TEST(ClassifierPool, LongResultsComeWhole) {
  auto pool = StartPool(Hostile());
  ASSERT_TRUE(pool);
  Batch batch;
  for (int i = 0; i < 20; ++i) {
    batch.Add("many:20000");
    batch.Add("read", Bytes(2048, 1));
  }
  batch.Run(*pool);
  for (size_t i = 0; i < batch.size(); i += 2) {
    ASSERT_EQ(batch[i].detections.size(), 1u);
    EXPECT_EQ(batch[i].detections[0].occurrences.size(), 20'000u);
    EXPECT_EQ(batch[i + 1].status_reason, Checksum(batch.bytes(i + 1)));
  }
}

size_t OpenDescriptors() {
  DIR* directory = opendir("/proc/self/fd");
  size_t count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

TEST(ClassifierPool, LeaksNoDescriptors) {
  const size_t before = OpenDescriptors();
  {
    auto pool = StartPool(Hostile());
    ASSERT_TRUE(pool);
    Batch batch;
    for (int i = 0; i < 20; ++i) batch.Add("crash");
    batch.Run(*pool);
    const size_t during = OpenDescriptors();
    Batch again;
    for (int i = 0; i < 20; ++i) again.Add("crash");
    again.Run(*pool);
    EXPECT_EQ(OpenDescriptors(), during);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(ClassifierPool, ManyThreadsShareFewProcesses) {
  ClassifierPoolOptions options = Hostile();
  options.processes = 2;
  auto pool = StartPool(options);
  ASSERT_TRUE(pool);
  std::vector<std::thread> threads;
  std::vector<int> good(6);
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&pool, &good, t] {
      for (int round = 0; round < 5; ++round) {
        Batch batch;
        for (int i = 0; i < 20; ++i) batch.Add(i == 10 && round == 2 ? "crash" : "read");
        batch.Run(*pool);
        for (size_t i = 0; i < batch.size(); ++i) {
          good[t] += batch[i].outcome == Outcome::kClassified ? 1 : 0;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : good) EXPECT_EQ(count, 99);
  EXPECT_EQ(pool->restarts(), 6u);
}

TEST(ClassifierPool, SaysWhyItCannotStart) {
  ClassifierPoolOptions options = Hostile();
  options.program = "/nonexistent/assay-classifier";
  EXPECT_EQ(ClassifierPool::Start(options).status().code(), StatusCode::kNotFound);
  options.program = "/bin/true";
  EXPECT_FALSE(ClassifierPool::Start(options).ok());
}

}  // namespace
}  // namespace assay
