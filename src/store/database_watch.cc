#include "store/database_watch.h"

#include <fmt/format.h>

namespace assay {
namespace {

constexpr std::chrono::seconds kAskEvery{1};
// A database that is started again is not away yet: transactions wait for it longer than that.
constexpr std::chrono::seconds kOfNow{5};

}  // namespace

DatabaseWatch::DatabaseWatch(Database* database)
    : database_(database), asking_(kAskEvery, [this] { Ask(); }) {}

void DatabaseWatch::Ask() {
  const Status status = database_->Read(
      [](Transaction& tx) { return tx.Query("SELECT 1", {}, [](const SqlRow&) {}); });
  const std::lock_guard lock(mutex_);
  status_ = status;
  answered_ = Clock::now();
}

Status DatabaseWatch::Last() const {
  const std::lock_guard lock(mutex_);
  const auto age = Clock::now() - answered_;
  if (!status_.ok() || age <= kOfNow) return status_;
  return Unavailable(fmt::format("the database has not answered for {} s",
                                 std::chrono::duration_cast<std::chrono::seconds>(age).count()));
}

}  // namespace assay
