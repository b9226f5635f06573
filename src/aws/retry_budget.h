// How often and how long one call may still try. Waits with full jitter: a random part of a limit
// that doubles with each failure (AWS Architecture Blog, "Exponential Backoff And Jitter").
//
// Thread rule: a RetryBudget belongs to one call; a RateLimiter may be shared by threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace assay {

class RetryBudget {
 public:
  // At most `max_attempts` requests without progress, none of them started later than `retry_time`
  // from now. `cancel` (may be null) ends a wait.
  RetryBudget(uint32_t max_attempts, std::chrono::milliseconds retry_time,
              const std::atomic<bool>* cancel);

  // Waits before the next attempt; false, at once, when there is none left. `at_least` is what the
  // server asked for.
  bool WaitForNext(std::chrono::milliseconds at_least);
  // Something came since the last attempt: counting starts again, the time limit stays.
  void NoteProgress() { failures_ = 0; }

 private:
  const uint32_t max_attempts_;
  const std::chrono::steady_clock::time_point deadline_;
  const std::atomic<bool>* const cancel_;
  uint32_t failures_ = 0;
};

// Spaces requests so that no more than `per_second` start in a second; short bursts of a tenth of
// that pass at once.
class RateLimiter {
 public:
  explicit RateLimiter(uint32_t per_second);  // REQUIRES: per_second > 0

  // Waits for a place; false when `cancel` (may be null) became true meanwhile.
  bool Wait(const std::atomic<bool>* cancel);

 private:
  const std::chrono::nanoseconds interval_;
  const std::chrono::nanoseconds burst_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_;  // guarded by mutex_
};

}  // namespace assay
