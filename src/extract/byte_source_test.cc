#include "extract/byte_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace assay {
namespace {

// Gives `bytes` in pieces of at most `step`, and fails behind them when `damaged`.
StreamSource::PullFn Pieces(std::string bytes, size_t step, bool damaged = false) {
  return [=, at = size_t{0}](char* out, size_t n) mutable -> Result<size_t> {
    const size_t count = std::min({n, step, bytes.size() - at});
    if (count == 0 && damaged) return DataLoss("cut");
    bytes.copy(out, count, at);
    at += count;
    return count;
  };
}

std::string Text(size_t size) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(StreamSourceTest, AllOfItIsTheSameHoweverItComes) {
  const std::string text = Text(700'001);  // more than two buffers
  for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, size_t{1} << 20}) {
    StreamSource source(Pieces(text, step), UINT64_MAX);
    ASSERT_EQ(*source.Head(10), text.substr(0, 10));
    EXPECT_EQ(*source.All(1 << 20), text) << step;
    EXPECT_EQ(*source.All(1 << 20), text) << "asked again";
    EXPECT_FALSE(source.truncated());
  }
}

TEST(StreamSourceTest, AllOfNothingIsNothing) {
  StreamSource source(Pieces("", 10), UINT64_MAX);
  EXPECT_EQ(*source.All(10), "");
}

TEST(StreamSourceTest, AllRefusesMoreThanItsLimit) {
  StreamSource source(Pieces(Text(1000), 10), UINT64_MAX);
  EXPECT_EQ(source.All(999).status().code(), StatusCode::kResourceExhausted);
  StreamSource fits(Pieces(Text(1000), 10), UINT64_MAX);
  EXPECT_EQ(fits.All(1000)->size(), 1000U);
}

TEST(StreamSourceTest, AllKeepsWhatCameBeforeTheDamage) {
  StreamSource source(Pieces(Text(300'000), 1000, true), UINT64_MAX);
  EXPECT_EQ(*source.All(1 << 20), Text(300'000));
  EXPECT_TRUE(source.truncated());
}

}  // namespace
}  // namespace assay
