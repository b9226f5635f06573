#include "store/database_watch.h"

#include <fmt/format.h>

namespace assay {
namespace {

constexpr std::chrono::seconds kAskEvery{1};
// A database that is started again is not away yet: transactions wait for it longer than that.
constexpr std::chrono::seconds kOfNow{5};

}  // namespace

DatabaseWatch::DatabaseWatch(Database* database) : database_(database) {
  thread_ = std::thread([this] { Loop(); });
}

DatabaseWatch::~DatabaseWatch() {
  Stop();
  thread_.join();
}

void DatabaseWatch::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  stop_wanted_.notify_all();
}

void DatabaseWatch::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Status status = database_->Read(
        [](Transaction& tx) { return tx.Query("SELECT 1", {}, [](const SqlRow&) {}); });
    lock.lock();
    status_ = status;
    answered_ = Clock::now();
    stop_wanted_.wait_for(lock, kAskEvery, [this] { return stopping_; });
  }
}

Status DatabaseWatch::Last() const {
  const std::lock_guard lock(mutex_);
  const auto age = Clock::now() - answered_;
  if (!status_.ok() || age <= kOfNow) return status_;
  return Unavailable(fmt::format("the database has not answered for {} s",
                                 std::chrono::duration_cast<std::chrono::seconds>(age).count()));
}

}  // namespace assay
