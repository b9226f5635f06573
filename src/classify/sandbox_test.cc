// The promises of docs/sandbox.md, from the inside: hostile-classifier tries what its keys say.
#include "classify/sandbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "classify/classifier_client.h"

namespace assay {
namespace {

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    ClassifierPoolOptions options;
    options.program = ASSAY_HOSTILE_CLASSIFIER;
    options.object_timeout_ms = 120'000;
    auto pool = ClassifierPool::Start(options);
    ASSERT_TRUE(pool.ok()) << pool.status().ToString();
    pool_ = std::move(*pool);
  }

  Classification Classify(const std::string& key) {
    Classification result;
    ClassifyRequest request;
    request.key = key;
    request.read = [](uint64_t, char*, uint64_t) -> Result<uint64_t> { return uint64_t{0}; };
    request.result = &result;
    std::vector<ClassifyRequest> batch = {request};
    pool_->Acquire()->Classify(batch);
    return result;
  }

  std::unique_ptr<ClassifierPool> pool_;
};

TEST_F(SandboxTest, FilesAreRefused) {
  for (const char* what : {"try:open", "try:stat", "try:create"}) {
    EXPECT_EQ(Classify(what).status_reason, "refused:" + std::to_string(EACCES)) << what;
  }
  EXPECT_EQ(pool_->restarts(), 0u);
}

TEST_F(SandboxTest, ExecutableMemoryAndDescriptorsAreRefused) {
  EXPECT_EQ(Classify("try:mmap-exec").status_reason, "refused:" + std::to_string(EACCES));
  EXPECT_EQ(Classify("try:memfd").status_reason, "refused:" + std::to_string(EPERM));
  EXPECT_EQ(pool_->restarts(), 0u);
}

TEST_F(SandboxTest, ReachingOutEndsTheProcess) {
  uint64_t restarts = 0;
  for (const char* what :
       {"try:socket", "try:unix", "try:fork", "try:clone", "try:exec", "try:ptrace", "try:kill",
        "try:peek", "try:unshare", "try:bpf", "try:io_uring", "try:sendmsg"}) {
    const Classification result = Classify(what);
    EXPECT_EQ(result.outcome, Outcome::kFailed) << what;
    EXPECT_EQ(result.reason, OutcomeReason::kExtractorCrashed) << what;
    EXPECT_EQ(pool_->restarts(), ++restarts) << what;
  }
}

TEST_F(SandboxTest, NoNewThreads) {
  const Classification result = Classify("thread");
  if (SanitizerBuild()) {  // some runtimes give up when a thread is refused
    EXPECT_NE(result.status_reason, "worked");
  } else {
    EXPECT_EQ(result.status_reason, "refused");
  }
}

TEST_F(SandboxTest, OnlyTheStandardStreamsAndTheLineAreOpen) {
  EXPECT_EQ(Classify("fds").status_reason, "0 1 2 3 ");
}

}  // namespace
}  // namespace assay
