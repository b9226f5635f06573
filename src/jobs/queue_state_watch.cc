#include "jobs/queue_state_watch.h"

#include <fmt/format.h>

#include "jobs/now_ms.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kAskEvery{1000};
constexpr std::chrono::milliseconds kAskAgain{250};  // when it did not tell
// Longer than the queue's own patience with one request.
constexpr std::chrono::seconds kOfNow{10};

}  // namespace

QueueStateWatch::QueueStateWatch(UnitQueue* queue) : queue_(queue) {
  thread_ = std::thread([this] { Loop(); });
}

QueueStateWatch::~QueueStateWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_wanted_.notify_all();
  }
  thread_.join();
}

void QueueStateWatch::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    QueueState state = queue_->State();
    lock.lock();
    answered_ = Clock::now();
    if (state.counted) {
      seen_ = {state, NowMs()};
    } else {
      seen_.state.connected = state.connected;
      seen_.state.counted = false;
      seen_.state.last_error = state.last_error;
    }
    stop_wanted_.wait_for(lock, state.counted ? kAskEvery : kAskAgain,
                          [this] { return stopping_; });
  }
}

QueueStateWatch::Seen QueueStateWatch::Last() const {
  const std::lock_guard lock(mutex_);
  Seen seen = seen_;
  const auto age = Clock::now() - answered_;
  if (age > kOfNow) {
    seen.state.counted = false;
    seen.state.last_error =
        fmt::format("the queue (NATS) has not answered for {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(age).count());
  }
  return seen;
}

}  // namespace assay
