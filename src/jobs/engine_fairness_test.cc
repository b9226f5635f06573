// Who comes first when the database is the bottleneck.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "jobs/classification_engine.h"
#include "jobs/list_unit.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

constexpr char kMail[] = "write to jane.roe@corp-mail.net please\n";
constexpr int kPageObjects = kPageKeys;
constexpr int kSmall = 10;  // objects of the small bucket

// The test's database. What the service writes waits while it is held.
class HeldDatabase : public Database {
 public:
  explicit HeldDatabase(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  void Hold() { held_ = true; }
  void Release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    released_.notify_all();
  }
  int waiting() const { return waiting_; }
  int writes() const { return writes_; }

  Status Write(const std::function<Status(Transaction&)>& body) override {
    {
      std::unique_lock lock(mutex_);
      ++waiting_;
      released_.wait(lock, [this] { return !held_; });
      --waiting_;
    }
    const Status status = database_->Write(body);
    ++writes_;
    return status;
  }
  Status Read(const std::function<Status(Transaction&)>& body) override {
    return database_->Read(body);
  }
  std::string Describe() const override { return database_->Describe(); }

 private:
  const std::unique_ptr<Database> database_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::atomic<bool> held_{false};
  std::atomic<int> waiting_{0};
  std::atomic<int> writes_{0};
};

class EngineFairnessTest : public ServiceTest {
 protected:
  // Lets all pages of the large bucket that may be in hand be ready, one of them with the recorder
  // already, and behind it the small bucket. Returns how many objects of the large one were
  // recorded before the last of the small one.
  int RecordedBeforeTheSmallBucket(const std::string& account_of_small) {
    for (int i = 0; i < 6 * kPageObjects; ++i) Put(kOne, "large/" + std::to_string(i), kMail);
    for (int i = 0; i < kSmall; ++i) Put(account_of_small, "small/" + std::to_string(i), kMail);
    auto held = std::make_unique<HeldDatabase>(std::move(database_));
    HeldDatabase* const database = held.get();
    database_ = std::move(held);
    StartService();
    EXPECT_TRUE(WaitFor([&] { return database->writes() >= 2; }));  // the planner's first pruning
    database->Hold();
    Associate(kOne, "large", "", true, false);
    EXPECT_TRUE(WaitFor([&] { return database->waiting() == 1; }));
    Associate(account_of_small, "small", "", true, false);
    EXPECT_TRUE(WaitFor([&] {
      return service_->Snapshot().unrecorded_objects == kPagesInHand * kPageObjects + kSmall;
    }));
    database->Release();
    EXPECT_TRUE(WaitFor([&] { return OneTimeDone(kOne) && OneTimeDone(kTwo); }));
    const std::vector<int64_t> large = RecordedMs(kOne, "large");
    const std::vector<int64_t> small = RecordedMs(account_of_small, "small");
    EXPECT_EQ(large.size(), 6u * kPageObjects);
    EXPECT_EQ(small.size(), size_t{kSmall});
    if (small.empty()) return -1;
    return static_cast<int>(std::lower_bound(large.begin(), large.end(), small.back()) -
                            large.begin());
  }

  // When each of the bucket's objects was recorded, in this order.
  std::vector<int64_t> RecordedMs(const std::string& account_id, const std::string& bucket) {
    std::vector<int64_t> moments;
    Look([&](Transaction& tx) {
      moments.clear();
      return tx.Query(
          "SELECT o.classified_at_ms FROM object o JOIN bucket b ON b.id = o.bucket_id "
          "WHERE b.account_id = ?1 AND b.name = ?2 ORDER BY o.classified_at_ms",
          {account_id, bucket}, [&](const SqlRow& row) { moments.push_back(row.Int(0)); });
    });
    return moments;
  }
};

// The page that the recorder had; who records what is ready in the order of the seats lets all
// pass.
TEST_F(EngineFairnessTest, ALargeAccountDoesNotStarveASmallOne) {
  EXPECT_LE(RecordedBeforeTheSmallBucket(kTwo), kPageObjects);
}

TEST_F(EngineFairnessTest, ALargeBucketDoesNotStarveASmallOneOfTheSameAccount) {
  EXPECT_LE(RecordedBeforeTheSmallBucket(kOne), kPageObjects);
}

}  // namespace
}  // namespace assay
