#include "aws/retry_budget.h"

#include <algorithm>
#include <random>
#include <thread>

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kMaxBackoff{20000};
constexpr milliseconds kCancelCheck{100};

std::mt19937_64& Random() {
  static thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine;
}

// False when `cancel` became true before.
bool SleepUntil(steady_clock::time_point until, const std::atomic<bool>* cancel) {
  for (auto now = steady_clock::now(); now < until; now = steady_clock::now()) {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) return false;
    std::this_thread::sleep_for(std::min<steady_clock::duration>(kCancelCheck, until - now));
  }
  return true;
}

}  // namespace

RetryBudget::RetryBudget(uint32_t max_attempts, milliseconds retry_time,
                         const std::atomic<bool>* cancel)
    : max_attempts_(max_attempts), deadline_(steady_clock::now() + retry_time), cancel_(cancel) {}

bool RetryBudget::WaitForNext(milliseconds at_least) {
  if (++failures_ >= max_attempts_) return false;
  const auto limit = std::min<int64_t>(
      kMaxBackoff.count(), kFirstBackoff.count() << std::min<uint32_t>(failures_ - 1, 16));
  std::uniform_int_distribution<int64_t> jitter(0, limit);
  const auto until = steady_clock::now() + at_least + milliseconds(jitter(Random()));
  if (until >= deadline_) return false;
  return SleepUntil(until, cancel_);
}

RateLimiter::RateLimiter(uint32_t per_second)
    : interval_(std::chrono::nanoseconds(1'000'000'000) / per_second),
      burst_(std::chrono::milliseconds(100)),
      next_(steady_clock::now()) {}

bool RateLimiter::Wait(const std::atomic<bool>* cancel) {
  steady_clock::time_point mine;
  {
    const std::lock_guard lock(mutex_);
    next_ = std::max(next_, steady_clock::now() - burst_);
    mine = next_;
    next_ += interval_;
  }
  return SleepUntil(mine, cancel);
}

}  // namespace assay
