#include "jobs/lease_keeper.h"

#include <algorithm>
#include <utility>

namespace assay {

LeaseKeeper::LeaseKeeper(QueueLease* lease, std::string holder, std::function<void()> on_change)
    : lease_(lease), holder_(std::move(holder)), on_change_(std::move(on_change)) {
  thread_ = std::thread([this] { Loop(); });
}

LeaseKeeper::~LeaseKeeper() { Stop(); }

uint64_t LeaseKeeper::Term() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  return held_ && now < held_until_ && now >= rest_until_ ? term_ : 0;
}

std::string LeaseKeeper::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void LeaseKeeper::StepDown(std::chrono::milliseconds pause) {
  const std::lock_guard lock(mutex_);
  rest_until_ = Clock::now() + pause;
}

void LeaseKeeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_wanted_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  if (held_) lease_->Release();
  held_ = false;
}

void LeaseKeeper::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const std::chrono::milliseconds pause = TryOnce();
    lock.lock();
    stop_wanted_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

// The lease is counted from before it was asked for: the server's time for it begins later.
std::chrono::milliseconds LeaseKeeper::TryOnce() {
  const auto before = Clock::now();
  const std::chrono::milliseconds length{lease_->lease_ms()};
  bool held = false;
  bool rest = false;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
    rest = before < rest_until_;
    if (rest) held_ = false;
  }
  if (rest) {
    if (held) lease_->Release();
    return length / 8;
  }
  const Result<bool> ours = held ? lease_->Renew() : lease_->Acquire(holder_);
  bool won = false;
  {
    const std::lock_guard lock(mutex_);
    last_error_ = ours.status().message();
    if (ours.ok() && *ours) {
      won = !held;
      term_ += won ? 1 : 0;
      held_ = true;
      held_until_ = before + length;
    } else if (ours.ok() || Clock::now() >= held_until_) {
      held_ = false;
    }
  }
  if (won) on_change_();
  return std::max(length / (ours.ok() ? 4 : 8), std::chrono::milliseconds(50));
}

}  // namespace assay
