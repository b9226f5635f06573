// kill -9 at random instants: what a commit said is there, and the counts agree with the rows.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "store/account_rows.h"
#include "store/object_rows.h"
#include "store/test_databases.h"

namespace assay {
namespace {

constexpr char kAccount[] = "111111111111";
constexpr int kKills = 12;
constexpr uint64_t kBatch = 50;

std::vector<ObjectRow> Batch(std::mt19937& random) {
  std::vector<ObjectRow> rows(kBatch);
  for (ObjectRow& row : rows) {
    row.account_id = kAccount;
    row.bucket = "b" + std::to_string(random() % 3);
    row.key = std::to_string(random() % 4'000);
    row.outcome = random() % 5 == 0 ? "failed" : "classified";
    row.dlp_risk = random() % 11;
    row.bytes_classified = static_cast<int64_t>(random() % 1'000);
    row.charged_bytes = 1;
    row.pii_types = {"SSN"};
    row.record = std::string(300, 'r');
    if (row.dlp_risk > 5) row.detections = "found";
  }
  return rows;
}

// Writes until it is killed; tells the number of each commit through the pipe.
[[noreturn]] void WriteForEver(const DatabaseOptions& options, uint32_t seed, int told) {
  const auto database = Database::Open(options);
  if (!database.ok()) _exit(1);
  std::mt19937 random(seed);
  while (true) {
    const std::vector<ObjectRow> rows = Batch(random);
    const Status status = (*database)->Write([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(PutObjects(tx, rows));
      ASSAY_RETURN_IF_ERROR(ChargeQuota(tx, kAccount, 1).status());
      return tx.Execute("UPDATE account SET last_contact_ms = last_contact_ms + 1").status();
    });
    if (!status.ok() || write(told, "c", 1) != 1) _exit(2);
  }
}

class CrashTest : public DatabaseTest {};
ASSAY_ON_BOTH_DATABASES(CrashTest);

TEST_P(CrashTest, KillingTheWriterLosesNoCommitAndCountsNothingTwice) {
  AccountRow account;
  account.account_id = kAccount;
  Write([&](Transaction& tx) { return PutAccount(tx, account); });
  std::mt19937 random(7);
  int64_t told = 0;
  for (int i = 0; i < kKills; ++i) {
    database_.reset();  // connections do not survive a fork
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t pid = fork();
    if (pid == 0) WriteForEver(options_, static_cast<uint32_t>(i), pipe_ends[1]);
    close(pipe_ends[1]);
    char commit = 0;
    ASSERT_EQ(read(pipe_ends[0], &commit, 1), 1) << "the writer did not get to its first commit";
    ++told;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << status;
    while (read(pipe_ends[0], &commit, 1) == 1) ++told;
    close(pipe_ends[0]);

    database_ = Open();
    ASSERT_NE(database_, nullptr);
    const int64_t commits = Number("SELECT last_contact_ms FROM account");
    EXPECT_EQ(Number("SELECT charged_bytes FROM account"), commits);
    // The last commit of a round may have been carried out and not told.
    EXPECT_GE(commits, told);
    EXPECT_LE(commits, told + 1);
    told = commits;
    EXPECT_EQ(Number(fmt::format(
                  "SELECT count(*) FROM (SELECT bucket_id, label_id, dlp_risk, count(*) AS n "
                  "FROM {} GROUP BY bucket_id, label_id, dlp_risk) e FULL OUTER JOIN "
                  "(SELECT * FROM label_count WHERE objects <> 0) c ON c.bucket_id = e.bucket_id "
                  "AND c.label_id = e.label_id AND c.dlp_risk = e.dlp_risk "
                  "WHERE c.objects IS NULL OR e.n IS NULL OR c.objects <> e.n",
                  kAllEntries)),
              0);
    EXPECT_EQ(
        Number("SELECT count(*) FROM (SELECT * FROM object WHERE dlp_risk > 5) o FULL OUTER JOIN "
               "object_detections d ON o.bucket_id = d.bucket_id AND o.id = d.object_id "
               "WHERE o.id IS NULL OR d.object_id IS NULL"),
        0);
    EXPECT_EQ(Number("SELECT CAST(sum(c.bytes_classified) AS BIGINT) - (SELECT "
                     "CAST(sum(o.bytes_classified) AS BIGINT) FROM object o) FROM label_count c "
                     "JOIN label l ON l.id = c.label_id WHERE l.kind = 'outcome'"),
              0);
  }
}

}  // namespace
}  // namespace assay
