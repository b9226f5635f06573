#include "store/metered_database.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace assay {
namespace {

// Every transaction takes as long as it is told to and ends as its body does.
class SlowDatabase : public Database {
 public:
  explicit SlowDatabase(int ms) : ms_(ms) {}
  Status Write(const std::function<Status(Transaction&)>&) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms_));
    return Unavailable("full");
  }
  Status Read(const std::function<Status(Transaction&)>&) override { return Status::Ok(); }
  std::string Describe() const override { return "slow"; }

 private:
  const int ms_;
};

TEST(MeteredDatabaseTest, CountsWhatTransactionsTookAndHowTheyEnded) {
  MeteredDatabase database(std::make_unique<SlowDatabase>(6));
  const auto nothing = [](Transaction&) { return Status::Ok(); };
  EXPECT_EQ(database.Write(nothing).code(), StatusCode::kUnavailable);
  EXPECT_EQ(database.WriteLocking(nothing).code(), StatusCode::kUnavailable);
  EXPECT_TRUE(database.Read(nothing).ok());
  const TransactionTimes writes = database.Writes();
  EXPECT_EQ(writes.count, 2u);
  EXPECT_EQ(writes.failed, 2u);
  EXPECT_GE(writes.microseconds, 12'000u);
  EXPECT_EQ(writes.within[0], 0u);  // 1 ms
  EXPECT_EQ(writes.within[1], 0u);  // 5 ms
  EXPECT_EQ(writes.within.back(), 2u);
  const TransactionTimes reads = database.Reads();
  EXPECT_EQ(reads.count, 1u);
  EXPECT_EQ(reads.failed, 0u);
  EXPECT_EQ(reads.within.back(), 1u);
  EXPECT_EQ(database.Describe(), "slow");
}

}  // namespace
}  // namespace assay
