// OrderedResults: puts results that are ready in any order back into the order of their numbers.
// Bounded: who is about to take new work first waits until the results that cannot be given out yet
// are few. This cannot lock up as long as work is taken in the order of its numbers: the result
// that all others wait for then belongs to somebody who already has his work.
//
// Thread rule: all methods may be called by several threads; Next by one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace assay {

template <typename T>
class OrderedResults {
 public:
  // `max_bytes`: sum of the costs of kept results above which WaitForRoom waits.
  explicit OrderedResults(size_t max_bytes) : max_bytes_(max_bytes) {}

  // False when Abort was called: take no more work.
  bool WaitForRoom() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return aborted_ || bytes_ < max_bytes_; });
    return !aborted_;
  }

  void Put(uint64_t number, T result, size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    results_.emplace(number, Kept{std::move(result), bytes});
    if (number == next_) ready_.notify_one();
  }

  // No more results will come.
  void Finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    ready_.notify_one();
  }
  void Abort() {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    room_.notify_all();
  }

  enum class Got { kResult, kTimeout, kEnd };
  // Waits for the next result in order, at most `patience`. kEnd: finished, and it is not there.
  Got Next(T* result, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const auto there = [&] { return !results_.empty() && results_.begin()->first == next_; };
    ready_.wait_for(lock, patience, [&] { return finished_ || there(); });
    if (!there()) return finished_ ? Got::kEnd : Got::kTimeout;
    Kept kept = std::move(results_.begin()->second);
    results_.erase(results_.begin());
    ++next_;
    bytes_ -= kept.bytes;
    lock.unlock();
    room_.notify_all();
    *result = std::move(kept.result);
    return Got::kResult;
  }

 private:
  struct Kept {
    T result;
    size_t bytes;
  };
  const size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable ready_;
  std::map<uint64_t, Kept> results_;
  size_t bytes_ = 0;
  uint64_t next_ = 0;
  bool finished_ = false;
  bool aborted_ = false;
};

}  // namespace assay
