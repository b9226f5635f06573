// QueueStateWatch: knows the state of a queue without making anybody wait for it. A thread of its
// own asks at least each second; a queue that does not answer holds up that thread alone.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "queue/unit_queue.h"

namespace assay {

class QueueStateWatch {
 public:
  struct Seen {
    // As the queue told it last. Its numbers are the last that were counted; `counted` says whether
    // they are of now, that is of the last answer, and that not older than some seconds.
    QueueState state;
    int64_t counted_ms = 0;  // when they were counted; 0 = never
  };

  explicit QueueStateWatch(UnitQueue* queue);  // which must outlive this
  ~QueueStateWatch();                          // waits for the request under way
  QueueStateWatch(const QueueStateWatch&) = delete;
  QueueStateWatch& operator=(const QueueStateWatch&) = delete;

  // Never waits for the queue.
  Seen Last() const;

 private:
  using Clock = std::chrono::steady_clock;
  void Loop();

  UnitQueue* const queue_;
  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  // Guarded by mutex_:
  bool stopping_ = false;
  Seen seen_;
  Clock::time_point answered_ = Clock::now();
  std::thread thread_;
};

}  // namespace assay
