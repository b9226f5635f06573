#include "store/metered_database.h"

#include <algorithm>
#include <chrono>

namespace assay {

Status MeteredDatabase::Write(const std::function<Status(Transaction&)>& body) {
  return writes_.Run([&] { return database_->Write(body); });
}

Status MeteredDatabase::WriteLocking(const std::function<Status(Transaction&)>& body) {
  return writes_.Run([&] { return database_->WriteLocking(body); });
}

Status MeteredDatabase::Read(const std::function<Status(Transaction&)>& body) {
  return reads_.Run([&] { return database_->Read(body); });
}

Status MeteredDatabase::Meter::Run(const std::function<Status()>& transaction) {
  const auto start = std::chrono::steady_clock::now();
  Status status = transaction();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  const auto& bounds = TransactionTimes::kBoundsMs;
  const auto bound = std::find_if(bounds.begin(), bounds.end(), [&](int64_t ms) {
    return took <= std::chrono::milliseconds(ms);
  });
  counts_[static_cast<size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  microseconds_.fetch_add(static_cast<uint64_t>(took.count()), std::memory_order_relaxed);
  if (!status.ok()) failed_.fetch_add(1, std::memory_order_relaxed);
  return status;
}

TransactionTimes MeteredDatabase::Meter::Times() const {
  TransactionTimes times;
  for (size_t i = 0; i < counts_.size(); ++i) {
    times.count += counts_[i].load(std::memory_order_relaxed);
    if (i < times.within.size()) times.within[i] = times.count;
  }
  times.microseconds = microseconds_.load(std::memory_order_relaxed);
  times.failed = failed_.load(std::memory_order_relaxed);
  return times;
}

}  // namespace assay
