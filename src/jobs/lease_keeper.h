// LeaseKeeper: tries to get a lease and keeps it, on a thread of its own, so that nothing slow lets
// it end.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "queue/unit_queue.h"

namespace assay {

class LeaseKeeper {
 public:
  // `on_change` is told, on the keeper's thread, when the lease was won. `lease` outlives the
  // object.
  LeaseKeeper(QueueLease* lease, std::string holder, std::function<void()> on_change);
  ~LeaseKeeper();  // Stop

  // Which time it is that we hold the lease (1, 2, ...); 0 = we do not. After a stop of the whole
  // process that was longer than the lease it is 0 at once.
  uint64_t Term() const;
  // Gives the lease back, and does not try for another one until the pause is over.
  void StepDown(std::chrono::milliseconds pause);
  // Gives the lease back, and does not try again.
  void Stop();
  std::string last_error() const;

 private:
  using Clock = std::chrono::steady_clock;
  void Loop();
  std::chrono::milliseconds TryOnce();

  QueueLease* const lease_;
  const std::string holder_;
  const std::function<void()> on_change_;
  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  // Guarded by mutex_:
  bool stopping_ = false;
  bool held_ = false;
  uint64_t term_ = 0;
  Clock::time_point held_until_;
  Clock::time_point rest_until_;
  std::string last_error_;
  std::thread thread_;
};

}  // namespace assay
