// Deadline: calls a function once, when a time is over; not at all when it is destroyed before.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace assay {

class Deadline {
 public:
  Deadline(int64_t after_ms, std::function<void()> body)
      : thread_([this, after_ms, body = std::move(body)] {
          std::unique_lock lock(mutex_);
          const auto after = std::chrono::milliseconds(after_ms);
          if (!wake_.wait_for(lock, after, [this] { return done_; })) body();
        }) {}
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the members above
};

}  // namespace assay
