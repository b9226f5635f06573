// jobs_tool: the jobs folder with nothing around it, for tests that kill it. Not installed.
//
//   jobs_tool init DB ACCOUNT=DIRECTORY...
//   jobs_tool associate DB ACCOUNT=DIRECTORY BUCKET[/PREFIX] ONETIME CONTINUOUS   (FULL or NONE)
//   jobs_tool quota DB ACCOUNT BYTES
//   jobs_tool run DB CLASSIFIER ACCOUNT=DIRECTORY...   until nothing is left to be done
//   jobs_tool status DB ACCOUNT
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "jobs/classification_service.h"
#include "jobs/now_ms.h"
#include "jobs/s3_resource_service.h"
#include "store/account_rows.h"
#include "store/object_rows.h"

namespace assay {
namespace {

constexpr char kRegion[] = "us-east-1";

[[noreturn]] void Die(const std::string& message) {
  fmt::print(stderr, "jobs_tool: {}\n", message);
  std::exit(1);
}

void Check(const Status& status) {
  if (!status.ok()) Die(status.ToString());
}

template <typename T>
T Must(Result<T> result) {
  Check(result.status());
  return *std::move(result);
}

AccountConnection ConnectionOf(const std::string& pair) {
  const size_t equals = pair.find('=');
  if (equals == std::string::npos) Die(pair + ": ACCOUNT=DIRECTORY is wanted");
  AccountConnection connection;
  connection.account_id = pair.substr(0, equals);
  connection.kind = AccountKind::kDirectory;
  connection.directory = pair.substr(equals + 1);
  return connection;
}

class JobsTool {
 public:
  explicit JobsTool(std::vector<std::string> words) : words_(std::move(words)) {
    if (words_.size() < 3) Die("a command, a database and more are wanted");
    DatabaseOptions options;
    options.url = "sqlite:" + words_[1];
    database_ = Must(Database::Open(options));
  }

  void Run() {
    const std::string& command = words_[0];
    if (command == "init") return Init();
    if (command == "associate") return Associate();
    if (command == "quota") return Quota();
    if (command == "run") return Classify();
    if (command == "status") return PrintStatus();
    Die("no such command: " + command);
  }

 private:
  void Init() {
    Check(database_->Write([&](Transaction& tx) -> Status {
      for (size_t i = 2; i < words_.size(); ++i) {
        AccountRow account;
        account.account_id = ConnectionOf(words_[i]).account_id;
        account.role = i == 2 ? AccountRole::kMaster : AccountRole::kMember;
        account.integrated_at_ms = NowMs();
        ASSAY_RETURN_IF_ERROR(PutAccount(tx, account));
      }
      return Status::Ok();
    }));
  }

  void Associate() {
    if (words_.size() != 6) Die("associate DB ACCOUNT=DIRECTORY BUCKET[/PREFIX] FULL|NONE ...");
    const AccountConnection connection = ConnectionOf(words_[2]);
    AccountAccess access(connection.account_id, kRegion, {connection}, nullptr);
    S3ResourceService resources(database_.get(), &access, nullptr);
    S3Resource resource;
    const size_t slash = words_[3].find('/');
    resource.bucket = words_[3].substr(0, slash);
    if (slash != std::string::npos) resource.prefix = words_[3].substr(slash + 1);
    resource.one_time_full = words_[4] == "FULL";
    resource.continuous_full = words_[5] == "FULL";
    for (const FailedS3Resource& failed :
         Must(resources.Associate(connection.account_id, kRegion, {resource}, {}))) {
      Die(failed.error_code + ": " + failed.message);
    }
  }

  void Quota() {
    Check(database_->Write(
        [&](Transaction& tx) { return SetAccountQuota(tx, words_[2], std::stoll(words_[3])); }));
  }

  void Classify() {
    std::vector<AccountConnection> connections;
    for (size_t i = 3; i < words_.size(); ++i) connections.push_back(ConnectionOf(words_[i]));
    if (connections.empty()) Die("no account");
    AccountAccess access(connections.front().account_id, kRegion, connections, nullptr);
    ClassificationOptions options;
    options.pool.program = words_[2];
    options.comparison_interval_ms = int64_t{3600} * 1000;
    const auto begin = std::chrono::steady_clock::now();
    const auto service = Must(ClassificationService::Start(database_.get(), &access, options));
    fmt::print("started\n");
    std::fflush(stdout);
    // A walk that stands at the quota may be about to go on: the service looks every second.
    for (int idle = 0; idle < 100; ++idle) {
      const ClassificationStatus status = service->Snapshot();
      if (status.walks.empty()) break;
      if (Busy(status)) idle = 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    service->Stop(10'000);
    fmt::print("seconds {:.3f}\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }

  static bool Busy(const ClassificationStatus& status) {
    for (const WalkRow& walk : status.walks) {
      if (walk.state != WalkState::kQuotaReached) return true;
    }
    return false;
  }

  void PrintStatus() {
    Check(database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account, GetAccount(tx, words_[2]));
      if (!account) return NotFound("no such account");
      fmt::print("charged {}\nquota {}\n", account->charged_bytes, account->quota_bytes);
      ASSAY_ASSIGN_OR_RETURN(const std::vector<WalkRow> walks, ListUnfinishedWalks(tx));
      for (const WalkRow& walk : walks) {
        if (walk.account_id != words_[2]) continue;
        fmt::print("walk {} pages {} state {}\n", walk.id, walk.pages,
                   static_cast<int>(walk.state));
      }
      return Status::Ok();
    }));
  }

  const std::vector<std::string> words_;
  std::unique_ptr<Database> database_;
};

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  assay::JobsTool tool(words);
  tool.Run();
  return 0;
}
