// BoundedQueue: a first-in first-out queue between threads that never holds more than its capacity.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace assay {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False when the queue was closed: the item is dropped.
  bool Push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  // Waits for items and moves some into *batch (cleared first), oldest first: as many as `take`
  // says when shown the queue. False when the queue is finished and empty, or closed.
  template <typename TakeFn>
  bool PopBatch(std::vector<T>* batch, TakeFn take) {
    batch->clear();
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || finished_ || !items_.empty(); });
    if (closed_ || items_.empty()) return false;
    const size_t count = std::clamp<size_t>(take(items_), 1, items_.size());
    for (size_t i = 0; i < count; ++i) {
      batch->push_back(std::move(items_.front()));
      items_.pop_front();
    }
    lock.unlock();
    room_.notify_one();
    return true;
  }

  // No more pushes will come: what is queued is still given out.
  void Finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    filled_.notify_all();
  }

  // Stops both sides at once; what is queued is dropped.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<T> items_;
  bool finished_ = false;
  bool closed_ = false;
};

}  // namespace assay
