// How large a worker makes itself, from files as the kernel writes them.
#include "jobs/worker_size.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace assay {
namespace {

using testing::HasSubstr;

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kMiB = uint64_t{1} << 20;

class WorkerSizeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "assay-size-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    files_ = {root_ + "/meminfo", root_ + "/self", root_ + "/cgroup"};
    Put("meminfo", "MemTotal:       16777216 kB\nMemFree:  100 kB\nMemAvailable:    8388608 kB\n");
    Put("self", "4:memory:/old\n0::/system.slice/assay-worker.service\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = root_ + '/' + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  MemoryRoom Room() const { return ReadMemoryRoom(files_); }

  std::string root_;
  MemoryFiles files_;
};

WorkerSizeRequest Cores(uint32_t cores, uint32_t jobs = 0, uint32_t units = 0) {
  return {cores, jobs, units, 2 * kGiB};
}
MemoryRoom RoomOf(uint64_t bytes) { return {bytes, bytes, "a test"}; }

TEST_F(WorkerSizeTest, WithoutALimitItIsWhatTheMachineHasAvailable) {
  EXPECT_EQ(Room().bytes, 8 * kGiB);
  EXPECT_EQ(Room().limit, 16 * kGiB);
  Put("cgroup/system.slice/assay-worker.service/memory.max", "max\n");
  EXPECT_EQ(Room().bytes, 8 * kGiB);
  EXPECT_THAT(Room().source, HasSubstr("available"));
}

TEST_F(WorkerSizeTest, TheLeastOfAllControlGroupsAboveHolds) {
  Put("cgroup/system.slice/assay-worker.service/memory.max", "3221225472\n");
  EXPECT_EQ(Room().bytes, 3 * kGiB);
  EXPECT_EQ(Room().limit, 3 * kGiB);
  EXPECT_THAT(Room().source, HasSubstr("memory.max"));
  Put("cgroup/system.slice/memory.max", "1073741824\n");
  EXPECT_EQ(Room().bytes, kGiB);
  Put("self", "0::/\n");  // as a container sees itself
  EXPECT_EQ(Room().bytes, 8 * kGiB);
  Put("cgroup/memory.max", "2147483648\n");
  EXPECT_EQ(Room().bytes, 2 * kGiB);
}

TEST_F(WorkerSizeTest, AGroupWithMoreThanIsAvailableIsNoHelp) {
  Put("cgroup/memory.max", "12884901888\n");
  EXPECT_EQ(Room().bytes, 8 * kGiB);
  EXPECT_EQ(Room().limit, 12 * kGiB);
}

TEST_F(WorkerSizeTest, WhatCannotBeReadIsNotKnown) {
  Put("meminfo", "MemAvailable: lots\n");
  Put("self", "");
  Put("cgroup/memory.max", "nonsense\n");
  EXPECT_EQ(Room().bytes, 0U);
  EXPECT_EQ(Room().limit, 0U);
  const WorkerSize size = ChooseWorkerSize(Cores(6), Room()).value();
  EXPECT_EQ(size.jobs, 6U);
  EXPECT_EQ(size.units, 8U);
  EXPECT_THAT(size.reason, HasSubstr("not known"));
  EXPECT_TRUE(ChooseWorkerSize(Cores(1, 1024, 256), Room()).ok());
}

TEST_F(WorkerSizeTest, EnoughMemoryIsAsManyAsCores) {
  const WorkerSize size = ChooseWorkerSize(Cores(4), RoomOf(8 * kGiB)).value();
  EXPECT_EQ(size.jobs, 4U);
  EXPECT_EQ(size.units, 6U);
  EXPECT_EQ(size.reason,
            "4 classifiers (one per core), 6 units in hand (two more than classifiers); it may use "
            "8.0 GiB of memory (a test)");
}

TEST_F(WorkerSizeTest, LittleMemoryIsFewer) {
  const WorkerSize some = ChooseWorkerSize(Cores(64), RoomOf(4 * kGiB)).value();
  EXPECT_GT(some.jobs, 4U);
  EXPECT_LT(some.jobs, 16U);
  EXPECT_THAT(some.reason, HasSubstr("classifiers (memory has room for no more)"));
  uint32_t jobs = 1, units = 1;
  for (uint64_t bytes = 64 * kMiB; bytes < 64 * kGiB; bytes += 64 * kMiB) {
    const WorkerSize size = ChooseWorkerSize(Cores(64), RoomOf(bytes)).value();
    EXPECT_GE(size.jobs, jobs) << bytes;
    EXPECT_GE(size.units, 1U) << bytes;
    EXPECT_LE(size.units, size.jobs + 2) << bytes;
    jobs = size.jobs;
    units = size.units;
  }
  EXPECT_EQ(jobs, 64U);
  EXPECT_EQ(units, 66U);
  const WorkerSize least = ChooseWorkerSize(Cores(64), RoomOf(200 * kMiB)).value();
  EXPECT_EQ(least.jobs, 1U);
  EXPECT_EQ(least.units, 1U);
  EXPECT_THAT(least.reason, HasSubstr("1 unit in hand (memory has room for no more)"));
}

TEST_F(WorkerSizeTest, WhatTheOperatorSetsHolds) {
  const WorkerSize jobs = ChooseWorkerSize(Cores(2, 8), RoomOf(kGiB)).value();
  EXPECT_EQ(jobs.jobs, 8U);
  EXPECT_EQ(jobs.units, 1U);  // these are not set
  EXPECT_THAT(jobs.reason, HasSubstr("8 classifiers (as set)"));
  const WorkerSize units = ChooseWorkerSize(Cores(2, 0, 40), RoomOf(kGiB)).value();
  EXPECT_EQ(units.jobs, 2U);
  EXPECT_EQ(units.units, 40U);
  EXPECT_THAT(units.reason, HasSubstr("40 units in hand (as set)"));
}

TEST_F(WorkerSizeTest, WhatCannotEvenBeginIsRefused) {
  const auto too_many = ChooseWorkerSize(Cores(2, 1024), RoomOf(4 * kGiB));
  EXPECT_EQ(too_many.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(too_many.status().message(), HasSubstr("classification.jobs = 1024"));
  EXPECT_THAT(too_many.status().message(), HasSubstr("allows 4.0 GiB"));
  EXPECT_FALSE(ChooseWorkerSize(Cores(2, 1, 256), RoomOf(128 * kMiB)).ok());
  const auto too_small = ChooseWorkerSize(Cores(2), RoomOf(32 * kMiB));
  EXPECT_THAT(too_small.status().message(), HasSubstr("needs at least 57 MiB"));
  // What others use of the machine just now is no reason to refuse.
  const MemoryRoom busy{32 * kMiB, 8 * kGiB, "a test"};
  EXPECT_TRUE(ChooseWorkerSize(Cores(2, 8), busy).ok());
}

}  // namespace
}  // namespace assay
