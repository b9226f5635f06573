// Hostile text must not cost much more than ordinary text: ratios measured in one run.
#include <gtest/gtest.h>
#include <time.h>

#include "detect/sample_text.h"
#include "detect/test_piece.h"

namespace assay {
namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Cost(Scanner& scanner, const std::string& text) {
  double best = 1e9;
  for (int run = 0; run < 2; ++run) {
    const double start = CpuSeconds();
    ScanText(scanner, text);
    best = std::min(best, CpuSeconds() - start);
  }
  return best / static_cast<double>(text.size());
}

std::string Repeat(std::string_view unit, size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

// Lines without end, each of one unit repeated: what a quadratic loop would choke on.
constexpr std::string_view kUnits[] = {"@",
                                       "a@",
                                       "1",
                                       "1 ",
                                       "12-",
                                       "1.2.",
                                       "-----BEGIN ",
                                       "-----BEGIN RSA PRIVATE KEY-----",
                                       "ssn ",
                                       "password ",
                                       "eyJ",
                                       "=",
                                       ":",
                                       "A",
                                       "A1",
                                       "a",
                                       "John ",
                                       "John Smith ",
                                       "12 Elm ",
                                       "AKIA",
                                       "ssn 123456789 ",
                                       "host=a ",
                                       "dc=",
                                       "\xC3\x89",
                                       "::1 ",
                                       "x:/"};

TEST(WorkBoundsTest, RepeatedUnitsCostAboutAsMuchAsDenseText) {
  Scanner scanner(Ruleset::Load({}).value());
  const double dense = Cost(scanner, SampleText(SampleKind::kPiiCsv, 2'000'000, 1));
  for (const std::string_view unit : kUnits) {
    const double hostile = Cost(scanner, Repeat(unit, 2'000'000));
    EXPECT_LT(hostile, dense * 10) << "'" << unit << "' repeated: " << hostile / dense << " times";
  }
}

TEST(WorkBoundsTest, CostGrowsWithSizeOnly) {
  Scanner scanner(Ruleset::Load({}).value());
  for (const std::string_view unit : kUnits) {
    const double small = Cost(scanner, Repeat(unit, 500'000));
    const double large = Cost(scanner, Repeat(unit, 4'000'000));
    EXPECT_LT(large, small * 3 + 2e-9) << "'" << unit << "' repeated: " << large / small;
  }
}

}  // namespace
}  // namespace assay
