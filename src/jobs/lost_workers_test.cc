#include "jobs/lost_workers.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WorkerRow Seen(const std::string& worker_id, int64_t seen_ms) {
  WorkerRow worker;
  worker.worker_id = worker_id;
  worker.seen_ms = seen_ms;
  worker.units_in_hand = 2;
  return worker;
}

TEST(LostWorkersTest, ALossIsToldOnceAndSoIsAReturn) {
  LostWorkers lost;
  constexpr int64_t kBegin = 1'000'000;
  for (int64_t now = kBegin; now < kBegin + 30'000; now += 2000) {
    EXPECT_THAT(lost.News({Seen("a", now), Seen("b", now)}, now), IsEmpty());
  }
  const int64_t last = kBegin + 28'000;
  int64_t now = last;
  for (; now < last + 15'000; now += 2000) {
    EXPECT_THAT(lost.News({Seen("a", now), Seen("b", last)}, now), IsEmpty()) << now - last;
  }
  EXPECT_THAT(lost.News({Seen("a", now), Seen("b", last)}, now),
              ElementsAre(HasSubstr("worker b is lost: not heard of for 16 s; what it had in hand "
                                    "(2 units) goes to others")));
  EXPECT_THAT(lost.News({Seen("a", now), Seen("b", last)}, now + 2000), IsEmpty());
  now += 4000;
  EXPECT_THAT(lost.News({Seen("a", now), Seen("b", now)}, now), ElementsAre("worker b is back"));
  EXPECT_THAT(lost.News({Seen("a", now), Seen("b", now)}, now + 2000), IsEmpty());
}

TEST(LostWorkersTest, AfterAnOutageTheyHaveTimeToReport) {
  LostWorkers lost;
  int64_t now = 1'000'000;
  // The first look is one after an outage, too.
  EXPECT_THAT(lost.News({Seen("a", 1)}, now), IsEmpty());
  for (int i = 0; i < 7; ++i) EXPECT_THAT(lost.News({Seen("a", 1)}, now += 2000), IsEmpty());
  EXPECT_THAT(lost.News({Seen("a", 1)}, now += 2000), ElementsAre(HasSubstr("a is lost")));
  EXPECT_THAT(lost.News({Seen("a", now)}, now), ElementsAre("worker a is back"));
  EXPECT_THAT(lost.News({Seen("a", now)}, now + 60'000), IsEmpty());
}

TEST(LostWorkersTest, OneThatWasForgottenIsNotBack) {
  LostWorkers lost;
  int64_t now = 1'000'000;
  for (int i = 0; i < 9; ++i) lost.News({Seen("a", 1)}, now += 2000);
  EXPECT_THAT(lost.News({}, now += 2000), IsEmpty());
  EXPECT_THAT(lost.News({Seen("a", now)}, now), IsEmpty());
}

}  // namespace
}  // namespace assay
