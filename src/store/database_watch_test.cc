#include "store/database_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace assay {
namespace {

using std::chrono::seconds;

// What the watch says within a generous while: whether it is `ok`.
bool Becomes(const DatabaseWatch& watch, bool ok) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (watch.Last().ok() != ok) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// One that takes a request and does not answer until it is told to.
class SilentDatabase : public Database {
 public:
  Status Write(const std::function<Status(Transaction&)>&) override { return Status::Ok(); }
  Status Read(const std::function<Status(Transaction&)>&) override {
    while (silent_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return broken_ ? Unavailable("its disk is full") : Status::Ok();
  }
  std::string Describe() const override { return "silent"; }
  void Speak() { silent_ = false; }
  void Break(bool broken) { broken_ = broken; }

 private:
  std::atomic<bool> silent_{true};
  std::atomic<bool> broken_{false};
};

TEST(DatabaseWatchTest, TellsWhatADatabaseSaidLastAndWaitsForNoAnswer) {
  SilentDatabase database;
  const DatabaseWatch watch(&database);
  ASSERT_TRUE(Becomes(watch, false));
  EXPECT_NE(watch.Last().message().find("has not answered for"), std::string::npos);
  database.Speak();
  EXPECT_TRUE(Becomes(watch, true));
  database.Break(true);
  EXPECT_TRUE(Becomes(watch, false));
  EXPECT_EQ(watch.Last().message(), "its disk is full");
  database.Break(false);
  EXPECT_TRUE(Becomes(watch, true));
}

}  // namespace
}  // namespace assay
