#include "cli/resume_state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace assay {
namespace {

class ResumeStateTest : public testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  const std::string path_ = testing::TempDir() + "/resume_state_test." + std::to_string(getpid());
};

TEST_F(ResumeStateTest, ComesBackAsItWas) {
  ResumeState state;
  state.command = "a b\nc % \x01";
  state.output_offset = 12345678901;
  state.wrote_any = true;
  state.target = "s3://bucket";
  state.page = "token/==\n";
  state.last_key = std::string("k\xff\0\n y", 6);
  state.summary.objects = 7;
  state.summary.by_reason[3] = 2;
  state.summary.seconds = 1.5;
  ASSERT_TRUE(SaveResumeState(state, path_).ok());
  const Result<std::optional<ResumeState>> loaded = LoadResumeState(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  ASSERT_TRUE(loaded->has_value());
  const ResumeState& got = **loaded;
  EXPECT_EQ(got.command, state.command);
  EXPECT_EQ(got.output_offset, state.output_offset);
  EXPECT_TRUE(got.wrote_any);
  EXPECT_EQ(got.target, state.target);
  EXPECT_EQ(got.page, state.page);
  EXPECT_EQ(got.last_key, state.last_key);
  EXPECT_FALSE(got.complete);
  EXPECT_EQ(got.summary.objects, 7u);
  EXPECT_EQ(got.summary.by_reason[3], 2u);
  EXPECT_DOUBLE_EQ(got.summary.seconds, 1.5);
}

TEST_F(ResumeStateTest, NoFileIsNoState) {
  const Result<std::optional<ResumeState>> loaded = LoadResumeState(path_);
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(ResumeStateTest, RefusesWhatIsNoneOrCut) {
  ResumeState state;
  ASSERT_TRUE(SaveResumeState(state, path_).ok());
  std::ifstream in(path_);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (size_t length = 0; length + 4 < whole.size(); length += 7) {
    std::ofstream(path_, std::ios::trunc) << whole.substr(0, length);
    EXPECT_EQ(LoadResumeState(path_).status().code(), StatusCode::kDataLoss) << length;
  }
}

}  // namespace
}  // namespace assay
