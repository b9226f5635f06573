// Periodic: runs a function at once and then every so often, on a thread of its own, until stopped.
//
// Thread rule: Stop may be called by any thread, also while the function runs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace assay {

class Periodic {
 public:
  Periodic(std::chrono::milliseconds every, std::function<void()> body)
      : thread_([this, every, body = std::move(body)] {
          std::unique_lock lock(mutex_);
          while (!stop_) {
            lock.unlock();
            body();
            lock.lock();
            wake_.wait_for(lock, every, [this] { return stop_; });
          }
        }) {}
  // Waits for the run under way.
  ~Periodic() {
    Stop();
    thread_.join();
  }
  // The function is not run again; does not wait for the run under way.
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
  }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses the members above
};

}  // namespace assay
