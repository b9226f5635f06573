#include "cli/fail_on.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

FailOnFacts Facts(uint32_t risk, PiiImpact pii, uint64_t count) {
  return {risk, pii, count, Outcome::kClassified};
}

bool Matches(const char* expression, const FailOnFacts& facts) {
  const Result<FailOn> condition = FailOn::Parse(expression);
  EXPECT_TRUE(condition.ok()) << expression << ": " << condition.status().ToString();
  return condition.ok() && condition->Matches(facts);
}

TEST(FailOnTest, ComparesEveryFieldWithEveryOperator) {
  const FailOnFacts facts = Facts(8, PiiImpact::kModerate, 20);
  EXPECT_TRUE(Matches("risk>=8", facts));
  EXPECT_FALSE(Matches("risk>8", facts));
  EXPECT_TRUE(Matches("risk <= 8", facts));
  EXPECT_FALSE(Matches("risk<8", facts));
  EXPECT_TRUE(Matches("risk=8", facts));
  EXPECT_TRUE(Matches("risk==8", facts));
  EXPECT_FALSE(Matches("risk!=8", facts));
  EXPECT_TRUE(Matches("pii>=moderate", facts));
  EXPECT_FALSE(Matches("pii=high", facts));
  EXPECT_TRUE(Matches("count>19", facts));
  EXPECT_TRUE(Matches("outcome=classified", facts));
  EXPECT_FALSE(Matches("outcome=failed", facts));
}

TEST(FailOnTest, AllTermsMustHold) {
  const FailOnFacts facts = Facts(6, PiiImpact::kHigh, 3);
  EXPECT_TRUE(Matches("risk>=5 and pii=high", facts));
  EXPECT_TRUE(Matches("risk>=5, pii=high ,count<4", facts));
  EXPECT_FALSE(Matches("risk>=5 and count>3", facts));
}

TEST(FailOnTest, ExplainsWhatItCannotRead) {
  for (const char* bad :
       {"", "  ", "risk", "risk>=", "risk>=x", "risk>=8,", "colour=red", "pii>=8", "outcome>failed",
        "risk=>8", "risk>=8 or pii=high", ",risk>1", "risk>=-1", "risk>=99999999999999999999"}) {
    const Result<FailOn> condition = FailOn::Parse(bad);
    EXPECT_EQ(condition.status().code(), StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(condition.status().message(), testing::HasSubstr("risk>=8"));
  }
}

TEST(FailOnTest, EmptyConditionNeverMatches) {
  EXPECT_FALSE(FailOn().Matches(Facts(10, PiiImpact::kHigh, 1000)));
}

}  // namespace
}  // namespace assay
