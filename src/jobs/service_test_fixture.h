// The jobs folder over real directories, a real SQLite database and real classifiers.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "jobs/classification_service.h"
#include "jobs/now_ms.h"
#include "jobs/s3_resource_service.h"
#include "store/account_rows.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"

namespace assay {

inline constexpr char kOne[] = "111122223333";
inline constexpr char kTwo[] = "444455556666";
inline constexpr char kHome[] = "eu-west-1";

class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "assay-jobs-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const char* account : {kOne, kTwo}) {
      std::filesystem::create_directories(root_ / account / "b");
      AccountConnection connection;
      connection.account_id = account;
      connection.kind = AccountKind::kDirectory;
      connection.directory = (root_ / account).string();
      connections_.push_back(connection);
    }
    DatabaseOptions database;
    database.url = "sqlite:" + (root_ / "assay.db").string();
    database_ = Database::Open(database).value();
    access_ = std::make_unique<AccountAccess>(kOne, kHome, connections_, nullptr);
    resources_ = std::make_unique<S3ResourceService>(
        database_.get(), access_.get(), [this](const std::string&, const std::string&) {
          ++changes_;
          if (service_) service_->Wake();
        });
    options_.jobs = 2;
    options_.pool.program = ASSAY_CLASSIFIER;
    options_.comparison_interval_ms = 100;
    for (const char* account : {kOne, kTwo}) Integrate(account);
  }
  void TearDown() override {
    service_.reset();
    std::filesystem::remove_all(root_);
  }

  void Integrate(const std::string& account_id) {
    AccountRow account;
    account.account_id = account_id;
    Write([&](Transaction& tx) { return PutAccount(tx, account); });
  }
  // An event for each of the keys, as they are in the database: taken, and not worked on.
  std::vector<EventRow> TakeNewEvents(const std::vector<std::string>& keys) {
    std::vector<EventRow> events;
    for (const std::string& key : keys) {
      EventRow event;
      event.account_id = kOne;
      event.bucket = "b";
      event.key = key;
      event.event_ms = event.received_ms = 10;
      events.push_back(event);
    }
    Write([&](Transaction& tx) -> Status {
      ASSAY_RETURN_IF_ERROR(PutEvents(tx, events));
      ASSAY_ASSIGN_OR_RETURN(events, TakeDueEvents(tx, kOne, 20, 100));
      return Status::Ok();
    });
    return events;
  }
  void StartService() {
    auto service = ClassificationService::Start(database_.get(), access_.get(), options_);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = *std::move(service);
  }

  std::filesystem::path PathOf(const std::string& account, const std::string& object) const {
    return root_ / account / object;
  }
  // `object`: "bucket/key". Like an object store, shows it only when it is whole.
  void Put(const std::string& account, const std::string& object, const std::string& content) {
    std::filesystem::create_directories(PathOf(account, object).parent_path());
    const std::filesystem::path unfinished = root_ / "unfinished";
    std::ofstream(unfinished, std::ios::binary) << content;
    std::filesystem::rename(unfinished, PathOf(account, object));
  }
  void Associate(const std::string& account, const std::string& bucket, const std::string& prefix,
                 bool one_time, bool continuous) {
    const auto failed =
        resources_->Associate(account, kHome, {{bucket, prefix, one_time, continuous}}, {});
    ASSERT_TRUE(failed.ok()) << failed.status().ToString();
    ASSERT_TRUE(failed->empty()) << failed->front().error_code << failed->front().message;
  }

  void Write(const std::function<Status(Transaction&)>& body) {
    const Status status = database_->Write(body);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  void Look(const std::function<Status(Transaction&)>& body) {
    const Status status = database_->Read(body);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  std::optional<ObjectRow> Row(const std::string& account, const std::string& key,
                               const std::string& bucket = "b") {
    std::optional<ObjectRow> row;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(row, GetObject(tx, account, bucket, key));
      return Status::Ok();
    });
    return row;
  }
  // "classified", "skipped symlink" ...; "" without a row.
  std::string OutcomeOf(const std::string& account, const std::string& key) {
    const std::optional<ObjectRow> row = Row(account, key);
    if (!row) return "";
    return row->reason.empty() ? row->outcome : row->outcome + ' ' + row->reason;
  }
  int64_t Charged(const std::string& account_id) {
    int64_t charged = -1;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account, GetAccount(tx, account_id));
      charged = account->charged_bytes;
      return Status::Ok();
    });
    return charged;
  }
  uint64_t Recorded(const std::string& account_id) {
    uint64_t objects = 0;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const std::vector<OutcomeCount> counts,
                             CountOutcomes(tx, account_id, ""));
      objects = 0;
      for (const OutcomeCount& count : counts) objects += count.objects;
      return Status::Ok();
    });
    return objects;
  }
  std::vector<WalkRow> Walks(const std::string& account_id) {
    std::vector<WalkRow> ours;
    Look([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const std::vector<WalkRow> walks, ListUnfinishedWalks(tx));
      ours.clear();
      for (const WalkRow& walk : walks) {
        if (walk.account_id == account_id) ours.push_back(walk);
      }
      return Status::Ok();
    });
    return ours;
  }
  // Whether the one-time classification of all the account's resources is over.
  bool OneTimeDone(const std::string& account_id) {
    for (const WalkRow& walk : Walks(account_id)) {
      if (walk.kind == WalkKind::kOneTime) return false;
    }
    return true;
  }
  // Waits until a comparison that began after this call has ended on every resource.
  bool WaitForComparison(const std::string& account_id) {
    const int64_t since = NowMs() + 2 * options_.comparison_interval_ms;
    return WaitFor([&] {
      std::vector<ResourceRow> rows = resources_->List(account_id, "", "", "", 0).value();
      for (const ResourceRow& row : rows) {
        if (row.continuous_full && row.last_compared_ms < since) return false;
      }
      return true;
    });
  }
  bool WaitFor(const std::function<bool()>& condition, int seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  std::filesystem::path root_;
  std::vector<AccountConnection> connections_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<AccountAccess> access_;
  std::unique_ptr<S3ResourceService> resources_;
  ClassificationOptions options_;
  std::unique_ptr<ClassificationService> service_;
  std::atomic<int> changes_{0};
};

}  // namespace assay
