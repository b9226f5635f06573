// MeteredDatabase: another Database that counts its transactions and what they took, for
// monitoring.
//
// Thread rule: as of any Database; Times may be called at any time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "store/database.h"

namespace assay {

// Of the transactions of one kind, waiting for others included.
struct TransactionTimes {
  // Upper bounds in milliseconds; what takes longer is only in `count`.
  static constexpr std::array<int64_t, 8> kBoundsMs = {1, 5, 20, 100, 500, 2000, 10'000, 60'000};

  std::array<uint64_t, kBoundsMs.size()> within{};  // took at most the bound: each counts the last
  uint64_t count = 0;
  uint64_t microseconds = 0;  // of all of them
  uint64_t failed = 0;        // of them
};

class MeteredDatabase : public Database {
 public:
  explicit MeteredDatabase(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status Write(const std::function<Status(Transaction&)>& body) override;
  Status WriteLocking(const std::function<Status(Transaction&)>& body) override;
  Status Read(const std::function<Status(Transaction&)>& body) override;
  std::string Describe() const override { return database_->Describe(); }

  TransactionTimes Writes() const { return writes_.Times(); }
  TransactionTimes Reads() const { return reads_.Times(); }

 private:
  class Meter {
   public:
    Status Run(const std::function<Status()>& transaction);
    TransactionTimes Times() const;

   private:
    // By bound, the last one for what takes longer.
    std::array<std::atomic<uint64_t>, TransactionTimes::kBoundsMs.size() + 1> counts_{};
    std::atomic<uint64_t> microseconds_{0};
    std::atomic<uint64_t> failed_{0};
  };

  const std::unique_ptr<Database> database_;
  Meter writes_;
  Meter reads_;
};

}  // namespace assay
