#include "inventory/inventory_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "aws/aws_time.h"
#include "store/account_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kAccount = "111122223333";
constexpr const char* kRegion = "us-east-1";

// One account that is a directory with the buckets "docs" (3 files, 30 bytes) and "empty".
class InventoryServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "inventory-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directories(root_ / "data/docs/sub");
    fs::create_directories(root_ / "data/empty");
    for (const char* file : {"a.txt", "b.txt", "sub/c.txt"}) AddFile(file, 10);
    Result<std::unique_ptr<Database>> database =
        Database::Open({.url = "sqlite:" + (root_ / "db").string()});
    ASSERT_TRUE(database.ok()) << database.status().ToString();
    database_ = *std::move(database);
    AccountConnection connection;
    connection.account_id = kAccount;
    connection.kind = AccountKind::kDirectory;
    connection.directory = (root_ / "data").string();
    access_ = std::make_unique<AccountAccess>(kAccount, kRegion,
                                              std::vector<AccountConnection>{connection}, nullptr);
    Write([](Transaction& tx) {
      AccountRow row;
      row.account_id = kAccount;
      row.role = AccountRole::kMaster;
      return PutAccount(tx, row);
    });
    service_ = std::make_unique<InventoryService>(database_.get(), access_.get(),
                                                  InventoryOptions(), nullptr);
  }
  void TearDown() override {
    service_.reset();
    access_.reset();
    database_.reset();
    fs::remove_all(root_);
  }

  void AddFile(const std::string& name, size_t size) {
    std::ofstream(root_ / "data/docs" / name) << std::string(size, 'x');
  }
  void Write(const std::function<Status(Transaction&)>& body) {
    const Status status = database_->Write(body);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  fs::path root_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<AccountAccess> access_;
  std::unique_ptr<InventoryService> service_;
};

TEST_F(InventoryServiceTest, C5SnapshotIsKeptAndRenewedByAge) {
  uint64_t told = 0;
  const auto progress = [&](uint64_t listed) { told = listed; };
  const int64_t before = NowMs();
  Result<SnapshotRow> first = service_->Snapshot(kAccount, "docs", 0, progress);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_EQ(told, 3u);
  EXPECT_EQ(first->object_count, 3u);
  EXPECT_EQ(first->total_size, 30u);
  EXPECT_EQ(first->total_processed, 3 * 1024u);
  EXPECT_EQ(first->source, "listing");
  EXPECT_EQ(first->region, kRegion);
  EXPECT_GE(first->taken_at_ms, before);
  EXPECT_GE(first->finished_at_ms, first->taken_at_ms);

  AddFile("d.txt", 5000);
  EXPECT_EQ(service_->Snapshot(kAccount, "docs", 0, {})->object_count, 3u) << "still young enough";
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const Result<SnapshotRow> second = service_->Snapshot(kAccount, "docs", 10, {});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->object_count, 4u);
  EXPECT_EQ(second->total_processed, 3 * 1024u + 5000u);

  // 48 hours and a moment later it is too old.
  SnapshotRow old = *second;
  old.taken_at_ms = NowMs() - int64_t{48} * 3600 * 1000 - 1000;
  old.object_count = 99;
  Write([&](Transaction& tx) { return PutSnapshot(tx, old); });
  EXPECT_EQ(service_->Snapshot(kAccount, "docs", 0, {})->object_count, 4u);
  old.taken_at_ms = NowMs() - int64_t{47} * 3600 * 1000;
  Write([&](Transaction& tx) { return PutSnapshot(tx, old); });
  EXPECT_EQ(service_->Snapshot(kAccount, "docs", 0, {})->object_count, 99u);
}

TEST_F(InventoryServiceTest, C4EstimatesAreOfWholeBucketsOnce) {
  const Result<std::vector<BucketEstimate>> estimates =
      service_->Estimate(kAccount, {"docs", "empty", "docs"});
  ASSERT_TRUE(estimates.ok()) << estimates.status().ToString();
  ASSERT_EQ(estimates->size(), 2u);
  EXPECT_EQ((*estimates)[0].snapshot.bucket, "docs");
  EXPECT_EQ((*estimates)[0].total_cost_cents, 0);
  EXPECT_EQ((*estimates)[1].snapshot.object_count, 0u);
  EXPECT_EQ(service_->Estimate(kAccount, {"docs", "missing"}).status().code(),
            StatusCode::kNotFound);
}

TEST_F(InventoryServiceTest, C4PriceIsAnOption) {
  InventoryService dear(database_.get(), access_.get(),
                        {.price_per_gb_hundredth_cents = 35'000'000'000}, nullptr);
  // 3 KB of 3.5 million dollars a gigabyte: 10.0136 dollars.
  EXPECT_EQ((*dear.Estimate(kAccount, {"docs"}))[0].total_cost_cents, 1001);
}

TEST_F(InventoryServiceTest, ListsBucketsOfTheRegionWithTheirSnapshots) {
  ASSERT_TRUE(service_->Snapshot(kAccount, "docs", 0, {}).ok());
  const Result<std::vector<ListedBucket>> buckets = service_->ListBuckets(kAccount, kRegion);
  ASSERT_TRUE(buckets.ok()) << buckets.status().ToString();
  ASSERT_EQ(buckets->size(), 2u);
  EXPECT_EQ((*buckets)[0].info.name, "docs");
  EXPECT_EQ((*buckets)[0].info.region, kRegion);
  ASSERT_TRUE((*buckets)[0].snapshot.has_value());
  EXPECT_EQ((*buckets)[0].snapshot->total_size, 30u);
  EXPECT_FALSE((*buckets)[1].snapshot.has_value());
  const Result<std::vector<ListedBucket>> elsewhere = service_->ListBuckets(kAccount, "eu-west-1");
  EXPECT_TRUE(!elsewhere.ok() || elsewhere->empty());
}

TEST_F(InventoryServiceTest, PropertiesOfADirectory) {
  const Result<BucketPropertiesRow> row = service_->CrawlBucketProperties(kAccount, "docs");
  ASSERT_TRUE(row.ok()) << row.status().ToString();
  EXPECT_EQ(row->world_readability, "unknown");
  rapidjson::Document json;
  json.Parse(row->properties.c_str());
  ASSERT_FALSE(json.HasParseError()) << row->properties;
  EXPECT_STREQ(json["accountId"].GetString(), kAccount);
  EXPECT_STREQ(json["bucket"].GetString(), "docs");
  EXPECT_STREQ(json["location"]["LocationConstraint"].GetString(), kRegion);
  EXPECT_STREQ(json["s3_world_readability"].GetString(), "unknown");
  EXPECT_FALSE(json.HasMember("acl"));
  EXPECT_EQ(service_->CrawlBucketProperties(kAccount, "missing").status().code(),
            StatusCode::kNotFound);
}

TEST_F(InventoryServiceTest, RefreshTakesWhatIsDue) {
  const auto select = [&](const std::string& bucket) {
    Write([&](Transaction& tx) {
      ResourceRow row;
      row.account_id = kAccount;
      row.region = kRegion;
      row.bucket = bucket;
      return InsertResource(tx, row).status();
    });
  };
  select("docs");
  ASSERT_TRUE(service_->RefreshSelected().ok());
  std::optional<SnapshotRow> snapshot;
  const auto read = [&] {
    ASSERT_TRUE(database_
                    ->Read([&](Transaction& tx) {
                      ASSAY_ASSIGN_OR_RETURN(snapshot, GetSnapshot(tx, kAccount, "docs"));
                      ASSAY_ASSIGN_OR_RETURN(const auto properties,
                                             GetBucketProperties(tx, kAccount, "docs"));
                      EXPECT_TRUE(properties.has_value());
                      return Status::Ok();
                    })
                    .ok());
  };
  read();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->object_count, 3u);

  // Young ones are left; those of more than 36 hours are renewed before they are too old (C5).
  AddFile("d.txt", 1);
  ASSERT_TRUE(service_->RefreshSelected().ok());
  read();
  EXPECT_EQ(snapshot->object_count, 3u);
  snapshot->taken_at_ms = NowMs() - int64_t{37} * 3600 * 1000;
  Write([&](Transaction& tx) { return PutSnapshot(tx, *snapshot); });
  select("missing");
  const Status status = service_->RefreshSelected();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("missing"));
  read();
  EXPECT_EQ(snapshot->object_count, 4u) << "a bucket that fails does not stop the others";
  EXPECT_TRUE(service_->RefreshSelected().ok()) << "what failed is left alone for a while";
}

TEST_F(InventoryServiceTest, TwoAskersShareOneListing) {
  for (int i = 0; i < 3000; ++i) AddFile("f" + std::to_string(i), 1);
  std::vector<std::thread> askers;
  std::vector<int64_t> taken(8);
  for (size_t i = 0; i < taken.size(); ++i) {
    askers.emplace_back([&, i] {
      const Result<SnapshotRow> row = service_->Snapshot(kAccount, "docs", 0, {});
      taken[i] = row.ok() && row->object_count == 3003 ? row->taken_at_ms : -1;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_GT(taken[0], 0);
  for (const int64_t moment : taken) EXPECT_EQ(moment, taken[0]);
}

}  // namespace
}  // namespace assay
