#include "jobs/lease_keeper.h"

#include <gtest/gtest.h>

#include <atomic>

namespace assay {
namespace {

// A lease whose keeper can be told what the queue says.
class ScriptedLease : public QueueLease {
 public:
  Result<bool> Acquire(const std::string&) override { return Answer(); }
  Result<bool> Renew() override {
    ++renewals;
    return Answer();
  }
  void Release() override { released = true; }
  int64_t lease_ms() const override { return 200; }

  std::atomic<int> state{0};  // 0 = another has it, 1 = ours, 2 = the queue is away
  std::atomic<int> renewals{0};
  std::atomic<bool> released{false};

 private:
  Result<bool> Answer() {
    if (state == 2) return Unavailable("away");
    return state == 1;
  }
};

template <typename F>
bool Eventually(F condition) {
  for (int i = 0; i < 400; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST(LeaseKeeperTest, EveryTimeItIsWonIsATermOfItsOwn) {
  ScriptedLease lease;
  std::atomic<int> won{0};
  LeaseKeeper keeper(&lease, "me", [&] { ++won; });
  EXPECT_EQ(keeper.Term(), 0U);
  lease.state = 1;
  EXPECT_TRUE(Eventually([&] { return keeper.Term() == 1; }));
  EXPECT_TRUE(Eventually([&] { return lease.renewals > 2; }));
  EXPECT_EQ(keeper.Term(), 1U);
  lease.state = 0;
  EXPECT_TRUE(Eventually([&] { return keeper.Term() == 0; }));
  lease.state = 1;
  EXPECT_TRUE(Eventually([&] { return keeper.Term() == 2; }));
  EXPECT_EQ(won, 2);
}

TEST(LeaseKeeperTest, WhileTheQueueIsAwayItHoldsNoLongerThanItsTime) {
  ScriptedLease lease;
  lease.state = 1;
  LeaseKeeper keeper(&lease, "me", [] {});
  ASSERT_TRUE(Eventually([&] { return keeper.Term() == 1; }));
  lease.state = 2;
  EXPECT_TRUE(Eventually([&] { return !keeper.last_error().empty(); }));
  EXPECT_TRUE(Eventually([&] { return keeper.Term() == 0; }));
  lease.state = 1;
  EXPECT_TRUE(Eventually([&] { return keeper.Term() != 0; }));
}

TEST(LeaseKeeperTest, WhoStepsDownLeavesTheLeaseToOthersForAWhile) {
  ScriptedLease lease;
  lease.state = 1;
  LeaseKeeper keeper(&lease, "me", [] {});
  ASSERT_TRUE(Eventually([&] { return keeper.Term() == 1; }));
  keeper.StepDown(std::chrono::milliseconds(600));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(keeper.Term(), 0U);
  EXPECT_TRUE(Eventually([&] { return lease.released.load(); }));
  EXPECT_TRUE(Eventually([&] { return keeper.Term() == 2; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(590));
}

TEST(LeaseKeeperTest, ItGivesTheLeaseBackOnlyWhenItHasIt) {
  ScriptedLease ours, anothers;
  ours.state = 1;
  {
    LeaseKeeper one(&ours, "me", [] {});
    LeaseKeeper two(&anothers, "me", [] {});
    ASSERT_TRUE(Eventually([&] { return one.Term() == 1; }));
  }
  EXPECT_TRUE(ours.released);
  EXPECT_FALSE(anothers.released);
}

}  // namespace
}  // namespace assay
