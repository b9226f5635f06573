// The rules of classification, on real directories with the classifier as it is shipped.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "inventory/estimate.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kMail[] = "write to jane.roe@corp-mail.net please\n";
// Longer than any file system's clock lags behind the wall clock.
constexpr std::chrono::milliseconds kTick{50};

using ClassificationServiceTest = ServiceTest;

TEST_F(ClassificationServiceTest, R3_AnObjectInABucketAndAPrefixIsClassifiedOnce) {
  for (int i = 0; i < 30; ++i) Put(kOne, "b/p/" + std::to_string(i), kMail);
  Put(kOne, "b/other", kMail);
  Associate(kOne, "b", "p/", true, true);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  ASSERT_TRUE(WaitForComparison(kOne));
  EXPECT_EQ(Recorded(kOne), 31u);
  EXPECT_EQ(Charged(kOne), 31 * 1024);
}

TEST_F(ClassificationServiceTest, R4_ByDefaultOnlyObjectsAddedLaterAreClassified) {
  Put(kOne, "b/old.txt", kMail);
  Put(kOne, "elsewhere", kMail);
  fs::last_write_time(PathOf(kOne, "elsewhere"),
                      fs::file_time_type::clock::now() - std::chrono::hours(48));
  std::this_thread::sleep_for(kTick);
  Associate(kOne, "b", "", false, true);
  StartService();
  Put(kOne, "b/new.txt", kMail);
  fs::rename(PathOf(kOne, "elsewhere"), PathOf(kOne, "b/moved.txt"));  // keeps its old time
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "moved.txt") == "classified"; }));
  ASSERT_TRUE(WaitForComparison(kOne));
  EXPECT_EQ(OutcomeOf(kOne, "new.txt"), "classified");
  EXPECT_EQ(OutcomeOf(kOne, "old.txt"), "");
  EXPECT_EQ(Charged(kOne), 2 * 1024);
}

TEST_F(ClassificationServiceTest, R4_ClassifyAllClassifiesWhatExistsOnce) {
  for (int i = 0; i < 2500; ++i) Put(kOne, "b/" + std::to_string(i), kMail);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  EXPECT_EQ(Recorded(kOne), 2500u);
  const int64_t first = Row(kOne, "7")->classified_at_ms;
  // Asked for once more: everything is known.
  ASSERT_TRUE(resources_->Update(kOne, kHome, {{"b", "", false, {}}}, {})->empty());
  ASSERT_TRUE(resources_->Update(kOne, kHome, {{"b", "", true, {}}}, {})->empty());
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  EXPECT_EQ(Row(kOne, "7")->classified_at_ms, first);
  EXPECT_EQ(Charged(kOne), 2500 * 1024);
}

TEST_F(ClassificationServiceTest, R5_ClassificationStopsAtTheQuotaAndGoesOnWhenItIsRaised) {
  for (const char* account : {kOne, kTwo}) {
    for (int i = 10; i < 40; ++i) {
      Put(account, "b/" + std::to_string(i), std::string(2000, 'x'));
    }
  }
  Write([&](Transaction& tx) { return SetAccountQuota(tx, kOne, 5 * 2000 + 1999); });
  Associate(kOne, "b", "", true, true);
  Associate(kTwo, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] {
    const auto walks = Walks(kOne);
    return !walks.empty() && walks[0].state == WalkState::kQuotaReached;
  }));
  EXPECT_EQ(Charged(kOne), 5 * 2000);
  EXPECT_EQ(Recorded(kOne), 5u);
  EXPECT_EQ(OutcomeOf(kOne, "14"), "classified");
  EXPECT_EQ(OutcomeOf(kOne, "15"), "");
  // Others go on.
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kTwo); }));
  EXPECT_EQ(Charged(kTwo), 30 * 2000);
  // Events wait likewise.
  EventRow event;
  event.account_id = kOne;
  event.bucket = "b";
  event.key = "30";
  event.event_ms = event.received_ms = NowMs();
  ASSERT_TRUE(service_->AddEvents({event}).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(Charged(kOne), 5 * 2000);
  EXPECT_EQ(service_->Snapshot().events.count, 1u);
  Write([&](Transaction& tx) { return SetAccountQuota(tx, kOne, 1'000'000); });
  service_->Wake();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  ASSERT_TRUE(WaitFor([&] { return service_->Snapshot().events.count == 0; }));
  EXPECT_EQ(Recorded(kOne), 30u);
  EXPECT_EQ(Charged(kOne), 30 * 2000);
}

TEST_F(ClassificationServiceTest, R6_WhatIsNoLongerSelectedStaysButIsNotMonitored) {
  Put(kOne, "b/a.txt", kMail);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "a.txt") == "classified"; }));
  ASSERT_TRUE(resources_->Disassociate(kOne, kHome, {{"b", "", {}, {}}}, {})->empty());
  Put(kOne, "b/late.txt", kMail);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(OutcomeOf(kOne, "a.txt"), "classified");
  EXPECT_EQ(OutcomeOf(kOne, "late.txt"), "");
}

TEST_F(ClassificationServiceTest, R6_MetadataIsPrunedWhenItsRetentionEnds) {
  Put(kOne, "b/a.txt", kMail);
  Put(kTwo, "b/a.txt", kMail);
  options_.retention_ms = 1;
  for (const char* account : {kOne, kTwo}) Associate(account, "b", "", true, true);
  StartService();
  for (const char* account : {kOne, kTwo}) {
    ASSERT_TRUE(WaitFor([&] { return OutcomeOf(account, "a.txt") == "classified"; }));
  }
  service_.reset();
  ASSERT_TRUE(resources_->Disassociate(kOne, kHome, {{"b", "", {}, {}}}, {})->empty());
  StartService();  // prunes first
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "a.txt").empty(); }));
  EXPECT_EQ(OutcomeOf(kTwo, "a.txt"), "classified");  // still monitored
}

TEST_F(ClassificationServiceTest, O1_EveryListedObjectHasOneOutcome) {
  Put(kOne, "b/mail.txt", kMail);
  Put(kOne, "b/empty", "");
  Put(kOne, "b/noise.bin",
      std::string("\x7f"
                  "ELF\x02\x01\x01",
                  7) +
          std::string(500, '\0'));
  fs::create_symlink("/etc/passwd", PathOf(kOne, "b/link"));
  ASSERT_EQ(mkfifo(PathOf(kOne, "b/pipe").c_str(), 0600), 0);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  EXPECT_EQ(Recorded(kOne), 5u);
  EXPECT_EQ(OutcomeOf(kOne, "mail.txt"), "classified");
  EXPECT_EQ(OutcomeOf(kOne, "empty"), "classified");
  EXPECT_EQ(OutcomeOf(kOne, "link"), "skipped symlink");
  EXPECT_EQ(OutcomeOf(kOne, "pipe"), "skipped special-file");
  EXPECT_EQ(Row(kOne, "mail.txt")->pii_types, std::vector<std::string>{"email"});
  EXPECT_THAT(Row(kOne, "mail.txt")->record, HasSubstr("\"content_type\":\"text/plain\""));
  EXPECT_THAT(WithDetections(Row(kOne, "mail.txt")->record, Row(kOne, "mail.txt")->detections),
              HasSubstr("\"detections\":[{\"id\":\"EMAIL"));
  EXPECT_EQ(Row(kOne, "empty")->detections, "");
  EXPECT_EQ(Row(kOne, "link")->detections, "");
  // Only what was classified was charged.
  int64_t charged = 0;
  for (const char* key : {"mail.txt", "empty", "noise.bin", "link", "pipe"}) {
    const ObjectRow row = *Row(kOne, key);
    EXPECT_EQ(row.charged_bytes, row.outcome == "classified" ? 1024 : 0) << key;
    charged += row.charged_bytes;
  }
  EXPECT_EQ(Charged(kOne), charged);
}

TEST_F(ClassificationServiceTest, O2_ChangedObjectsAreNewAndUnchangedOnesAreNot) {
  Put(kOne, "b/a.txt", "nothing in it");
  Put(kOne, "b/gone.txt", kMail);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return Recorded(kOne) == 2; }));
  const int64_t first = Row(kOne, "a.txt")->classified_at_ms;
  ASSERT_TRUE(WaitForComparison(kOne));
  EXPECT_EQ(Row(kOne, "a.txt")->classified_at_ms, first);
  EXPECT_EQ(Charged(kOne), 2 * 1024);
  Put(kOne, "b/a.txt", kMail);
  fs::remove(PathOf(kOne, "b/gone.txt"));
  ASSERT_TRUE(WaitFor([&] { return !Row(kOne, "a.txt")->pii_types.empty(); }));
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "gone.txt").empty(); }));
  EXPECT_EQ(Charged(kOne), 3 * 1024);
  EXPECT_EQ(Recorded(kOne), 1u);
}

TEST_F(ClassificationServiceTest, O2_ClassifyingAgainIsNotChargedAgain) {
  Put(kOne, "b/a.txt", kMail);
  Associate(kOne, "b", "", true, false);  // not even monitored
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "a.txt") == "classified"; }));
  const int64_t first = Row(kOne, "a.txt")->classified_at_ms;
  ASSERT_TRUE(service_->ClassifyAgain(kOne, "b", "a.txt").ok());
  ASSERT_TRUE(WaitFor([&] { return Row(kOne, "a.txt")->classified_at_ms > first; }, 20))
      << service_->Snapshot().last_error;
  EXPECT_EQ(Charged(kOne), 1024);
  EXPECT_FALSE(Row(kOne, "a.txt")->retryable);
  EXPECT_EQ(service_->ClassifyAgain(kOne, "b", "never").code(), StatusCode::kNotFound);
}

TEST_F(ClassificationServiceTest, E3_AnObjectWithAnInstructionFileIsNotClassified) {
  Put(kOne, "b/secret.bin", kMail);
  Put(kOne, "b/secret.bin.instruction", R"({"x-amz-key-v2":"q","x-amz-iv":"z"})");
  Put(kOne, "b/plain.txt", kMail);
  Put(kOne, "b/plain.txt.instruction", "mix well and serve");
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return Recorded(kOne) == 4; }));
  EXPECT_EQ(OutcomeOf(kOne, "secret.bin"), "skipped client-side-encrypted");
  EXPECT_EQ(OutcomeOf(kOne, "plain.txt"), "classified");
  EXPECT_EQ(Charged(kOne), 3 * 1024);
}

TEST_F(ClassificationServiceTest, EventsAreWorkedOffWithoutAComparison) {
  options_.comparison_interval_ms = int64_t{3600} * 1000;
  Associate(kOne, "b", "in/", false, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return Walks(kOne).empty(); }));
  Put(kOne, "b/in/a.txt", kMail);
  Put(kOne, "b/out/b.txt", kMail);
  const auto event = [&](const std::string& key, bool deleted) {
    EventRow row;
    row.account_id = kOne;
    row.bucket = "b";
    row.key = key;
    row.deleted = deleted;
    row.event_ms = row.received_ms = NowMs();
    return row;
  };
  ASSERT_TRUE(service_->AddEvents({event("in/a.txt", false), event("out/b.txt", false)}).ok());
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "in/a.txt") == "classified"; }, 10));
  ASSERT_TRUE(WaitFor([&] { return service_->Snapshot().events.count == 0; }));
  EXPECT_EQ(OutcomeOf(kOne, "out/b.txt"), "");
  // The same again, late, and one that is wrong: the object itself is looked at.
  ASSERT_TRUE(service_->AddEvents({event("in/a.txt", true)}).ok());
  ASSERT_TRUE(WaitFor([&] { return service_->Snapshot().events.count == 0; }));
  EXPECT_EQ(OutcomeOf(kOne, "in/a.txt"), "classified");
  fs::remove(PathOf(kOne, "b/in/a.txt"));
  ASSERT_TRUE(service_->AddEvents({event("in/a.txt", true)}).ok());
  ASSERT_TRUE(WaitFor([&] { return OutcomeOf(kOne, "in/a.txt").empty(); }, 10));
  EXPECT_EQ(Charged(kOne), 1024);
}

// More rows without an object than are removed at once, between two objects that are there.
TEST_F(ClassificationServiceTest, ManyDeletedObjectsAreFoundInParts) {
  constexpr int kGone = 25'000;
  Associate(kOne, "b", "", true, true);
  for (int from = 0; from < kGone; from += 5000) {
    std::vector<ObjectRow> rows(5000);
    for (int i = 0; i < 5000; ++i) {
      rows[i].account_id = kOne;
      rows[i].bucket = "b";
      rows[i].key = fmt::format("m{:06}", from + i);
      rows[i].etag = "gone";
      rows[i].outcome = "classified";
    }
    Write([&](Transaction& tx) { return PutObjects(tx, rows); });
  }
  Put(kOne, "b/a.txt", kMail);
  Put(kOne, "b/z.txt", kMail);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  ASSERT_TRUE(WaitForComparison(kOne));
  EXPECT_EQ(Recorded(kOne), 2u);
  EXPECT_EQ(OutcomeOf(kOne, "z.txt"), "classified");
}

TEST_F(ClassificationServiceTest, StoppingTakesNoDrainWhenNothingIsInHand) {
  Put(kOne, "b/a.txt", kMail);
  Associate(kOne, "b", "", true, true);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  const auto begin = std::chrono::steady_clock::now();
  service_->Stop(60'000);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(ClassificationServiceTest, AStoreThatIsAwayBlocksTheWalkAndLosesNothing) {
  for (int i = 0; i < 50; ++i) Put(kOne, "b/" + std::to_string(i), kMail);
  Put(kTwo, "b/a.txt", kMail);
  Associate(kOne, "b", "", true, true);
  Associate(kTwo, "b", "", true, true);
  fs::rename(PathOf(kOne, "b"), PathOf(kOne, "away"));
  StartService();
  ASSERT_TRUE(WaitFor([&] {
    const auto walks = Walks(kOne);
    return !walks.empty() && walks[0].state == WalkState::kBlocked;
  }));
  EXPECT_FALSE(Walks(kOne)[0].last_error.empty());
  EXPECT_EQ(Recorded(kOne), 0u);
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kTwo); }));
  fs::rename(PathOf(kOne, "away"), PathOf(kOne, "b"));
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  EXPECT_EQ(Recorded(kOne), 50u);
  // Away again, now that there are rows: none is taken for deleted.
  fs::rename(PathOf(kOne, "b"), PathOf(kOne, "away"));
  ASSERT_TRUE(WaitFor([&] {
    const auto walks = Walks(kOne);
    return !walks.empty() && walks[0].state == WalkState::kBlocked;
  }));
  fs::rename(PathOf(kOne, "away"), PathOf(kOne, "b"));
  ASSERT_TRUE(WaitForComparison(kOne));
  EXPECT_EQ(Recorded(kOne), 50u);
  EXPECT_EQ(Charged(kOne), 50 * 1024);
}

TEST_F(ClassificationServiceTest, AStoppedServiceGoesOnWhereItWas) {
  for (int i = 0; i < 3000; ++i) Put(kOne, "b/" + std::to_string(i), kMail);
  Associate(kOne, "b", "", true, false);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return Recorded(kOne) > 0; }));
  service_->Stop(10'000);
  service_.reset();
  const uint64_t before = Recorded(kOne);
  EXPECT_EQ(Charged(kOne), static_cast<int64_t>(before) * 1024);
  StartService();
  ASSERT_TRUE(WaitFor([&] { return OneTimeDone(kOne); }));
  EXPECT_EQ(Recorded(kOne), 3000u);
  EXPECT_EQ(Charged(kOne), 3000 * 1024);
}

}  // namespace
}  // namespace assay
