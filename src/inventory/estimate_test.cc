#include "inventory/estimate.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

constexpr uint64_t kGb = uint64_t{1} << 30;
constexpr int64_t kFiveDollars = 50'000;

TEST(Estimate, C3SmallObjectsCountOneKilobyte) {
  EXPECT_EQ(ProcessedBytes(0, "STANDARD"), 1024u);
  EXPECT_EQ(ProcessedBytes(1, ""), 1024u);
  EXPECT_EQ(ProcessedBytes(1023, "STANDARD"), 1024u);
  EXPECT_EQ(ProcessedBytes(1024, "STANDARD"), 1024u);
  EXPECT_EQ(ProcessedBytes(1025, "STANDARD"), 1025u);
}

TEST(Estimate, C3LargeObjectsCountTwentyMegabytes) {
  constexpr uint64_t kLimit = 20 * 1024 * 1024;
  EXPECT_EQ(ProcessedBytes(kLimit - 1, "STANDARD"), kLimit - 1);
  EXPECT_EQ(ProcessedBytes(kLimit, "STANDARD"), kLimit);
  EXPECT_EQ(ProcessedBytes(kLimit + 1, "STANDARD"), kLimit);
  EXPECT_EQ(ProcessedBytes(std::numeric_limits<uint64_t>::max(), "STANDARD"), kLimit);
}

TEST(Estimate, C3ArchivesCountNothing) {
  for (const char* archive : {"GLACIER", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"}) {
    EXPECT_EQ(ProcessedBytes(5000, archive), 0u) << archive;
    EXPECT_EQ(ProcessedBytes(0, archive), 0u) << archive;
  }
  for (const char* readable : {"GLACIER_IR", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA",
                               "REDUCED_REDUNDANCY", "EXPRESS_ONEZONE", "OUTPOSTS", ""}) {
    EXPECT_EQ(ProcessedBytes(5000, readable), 5000u) << readable;
  }
}

TEST(Estimate, C3TotalProcessedMayExceedTotalSize) {
  SizeTotals totals;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(totals.Add(10, "STANDARD").ok());
  EXPECT_EQ(totals.objects, 10u);
  EXPECT_EQ(totals.total_size, 100u);
  EXPECT_EQ(totals.total_processed, 10240u);
}

TEST(Estimate, C2ArchivesCountInTotalSize) {
  SizeTotals totals;
  ASSERT_TRUE(totals.Add(7'000'000, "GLACIER").ok());
  ASSERT_TRUE(totals.Add(30'000'000, "STANDARD").ok());
  EXPECT_EQ(totals.total_size, 37'000'000u);
  EXPECT_EQ(totals.total_processed, uint64_t{20} << 20);
}

TEST(Estimate, C6SumsAreExactBeyondTwoToThe63AndNeverWrap) {
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  SizeTotals totals;
  ASSERT_TRUE(totals.Add(kHalf, "STANDARD").ok());
  ASSERT_TRUE(totals.Add(kHalf - 1, "GLACIER").ok());
  EXPECT_EQ(totals.total_size, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(totals.total_processed, uint64_t{20} << 20);
  EXPECT_EQ(totals.Add(1, "STANDARD").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(totals.objects, 2u);
  EXPECT_EQ(totals.total_processed, uint64_t{20} << 20);
  EXPECT_EQ(totals.Add(totals).code(), StatusCode::kResourceExhausted);
  SizeTotals one;
  ASSERT_TRUE(one.Add(0, "STANDARD").ok());
  ASSERT_TRUE(totals.Add(one).ok());
  EXPECT_EQ(totals.objects, 3u);
}

TEST(Estimate, C4FiveDollarsAGigabyte) {
  EXPECT_EQ(*CostCents(0, kFiveDollars), 0);
  EXPECT_EQ(*CostCents(kGb, kFiveDollars), 500);
  EXPECT_EQ(*CostCents(3 * 1024 * kGb, kFiveDollars), 1'536'000);
  EXPECT_EQ(*CostCents(kGb / 2, kFiveDollars), 250);
}

TEST(Estimate, C6CentsAreRoundedHalfUp) {
  // At 5 dollars a cent is 2,147,483.648 bytes, so half a cent lies between two bytes.
  EXPECT_EQ(*CostCents(1'073'741, kFiveDollars), 0);
  EXPECT_EQ(*CostCents(1'073'742, kFiveDollars), 1);
  EXPECT_EQ(*CostCents(3'221'225, kFiveDollars), 1);
  EXPECT_EQ(*CostCents(3'221'226, kFiveDollars), 2);
  // At one cent a gigabyte half a cent is exactly half of one.
  EXPECT_EQ(*CostCents(kGb / 2 - 1, 100), 0);
  EXPECT_EQ(*CostCents(kGb / 2, 100), 1);
  EXPECT_EQ(*CostCents(kGb * 3 / 2, 100), 2);
}

TEST(Estimate, C6CostsAtTheEdges) {
  constexpr uint64_t kHuge = uint64_t{1} << 63;
  EXPECT_EQ(*CostCents(kHuge, kFiveDollars), 4'294'967'296'000);
  EXPECT_EQ(*CostCents(std::numeric_limits<uint64_t>::max(), kFiveDollars), 8'589'934'592'000);
  EXPECT_EQ(CostCents(std::numeric_limits<uint64_t>::max(), std::numeric_limits<int64_t>::max())
                .status()
                .code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(CostCents(1, -1).status().code(), StatusCode::kInvalidArgument);
}

TEST(Estimate, DollarsAreGroupedAndKeepBothDecimals) {
  EXPECT_EQ(FormatDollars(0), "0.00");
  EXPECT_EQ(FormatDollars(5), "0.05");
  EXPECT_EQ(FormatDollars(99'999), "999.99");
  EXPECT_EQ(FormatDollars(123'450), "1,234.50");
  EXPECT_EQ(FormatDollars(100'000'000), "1,000,000.00");
  EXPECT_EQ(FormatDollars(-123'450), "-1,234.50");
  EXPECT_EQ(FormatDollars(std::numeric_limits<int64_t>::max()), "92,233,720,368,547,758.07");
  EXPECT_EQ(FormatDollars(std::numeric_limits<int64_t>::min()), "-92,233,720,368,547,758.08");
}

}  // namespace
}  // namespace assay
