// Databases for tests: a file, and a PostgreSQL server that the test program starts for itself.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store/database.h"

namespace assay {

// A folder that is removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One server for the whole test program, started when first asked for.
class TestPostgres {
 public:
  static TestPostgres& Get();
  // The URL of a new, empty database.
  std::string NewDatabase();
  // Ends the server at once, as a crash would, and starts it again.
  void Crash();

 private:
  TestPostgres();
  ~TestPostgres();
  void Start();
  void Stop(int signal);
  std::string Url(const std::string& database) const;

  TestFolder folder_;
  int pid_ = -1;
  int databases_ = 0;
};

// A test that runs on both databases: GetParam() is "sqlite" or "postgres".
class DatabaseTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;
  std::unique_ptr<Database> Open();
  // Runs `body` in a transaction that must be committed.
  void Write(const std::function<Status(Transaction&)>& body);
  // The first column of the first row.
  int64_t Number(const std::string& sql);

  TestFolder folder_;
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
};

// All entries (store/object_labels.h), as rows of object_label.
inline constexpr char kAllEntries[] =
    "(SELECT bucket_id, label_id, dlp_risk, classified_at_ms, object_id FROM object_label UNION "
    "ALL "
    "SELECT bucket_id, outcome_id, dlp_risk, classified_at_ms, id FROM object) entry";

#define ASSAY_ON_BOTH_DATABASES(suite)                                           \
  INSTANTIATE_TEST_SUITE_P(Stores, suite, testing::Values("sqlite", "postgres"), \
                           [](const auto& test) { return std::string(test.param); })

// EXPECT_OK and ASSERT_OK for a Status or Result.
inline Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}
inline testing::AssertionResult IsOk(const char* expression, const Status& status) {
  if (status.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << expression << ": " << status.ToString();
}
#define EXPECT_OK(expression) EXPECT_PRED_FORMAT1(::assay::IsOk, ::assay::StatusOf(expression))
#define ASSERT_OK(expression) ASSERT_PRED_FORMAT1(::assay::IsOk, ::assay::StatusOf(expression))

}  // namespace assay
