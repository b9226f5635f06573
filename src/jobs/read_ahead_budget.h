// ReadAheadBudget: how much memory may hold objects that were read before a classifier was free for
// them.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace assay {

class ReadAheadBudget {
 public:
  explicit ReadAheadBudget(uint64_t bytes) : total_(bytes), left_(bytes) {}

  // Waits until there is room, and takes it. False: more than there ever is, or `stopping` became
  // true. Who holds some must not ask for more: two who do would wait for each other.
  bool Take(uint64_t bytes, const std::function<bool()>& stopping) {
    if (bytes > total_) return false;
    std::unique_lock lock(mutex_);
    while (left_ < bytes) {
      if (stopping()) return false;
      given_back_.wait_for(lock, std::chrono::milliseconds(100));
    }
    left_ -= bytes;
    return true;
  }

  void GiveBack(uint64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      left_ += bytes;
    }
    given_back_.notify_all();
  }

 private:
  const uint64_t total_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  uint64_t left_;  // guarded by mutex_
};

}  // namespace assay
