// DatabaseWatch: knows whether a database answers without making anybody wait for it. A thread of
// its own asks each second; a database that does not answer holds up that thread alone.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/status.h"
#include "store/database.h"

namespace assay {

class DatabaseWatch {
 public:
  explicit DatabaseWatch(Database* database);  // which must outlive this
  ~DatabaseWatch();                            // waits for the question under way
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

  // OK: it answered within the last seconds; otherwise why it did not. Never waits for it.
  Status Last() const;
  // Asks no more; does not wait.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  void Loop();

  Database* const database_;
  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  // Guarded by mutex_:
  bool stopping_ = false;
  Status status_;
  Clock::time_point answered_ = Clock::now();
  std::thread thread_;
};

}  // namespace assay
