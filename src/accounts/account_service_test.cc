// AccountService with accounts that are folders and a database of its own.
#include "accounts/account_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "store/access_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

constexpr const char* kMaster = "111122223333";
constexpr const char* kMember = "444455556666";

class AccountServiceTest : public testing::Test {
 protected:
  AccountServiceTest() {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("accounts-" + std::to_string(getpid()) + '-' +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_ / "estate" / "bucket");
    database_ = *Database::Open({.url = "sqlite:" + (directory_ / "assay.db").string()});
    std::vector<AccountConnection> connections(2);
    for (size_t i = 0; i < 2; ++i) {
      connections[i].account_id = i == 0 ? kMaster : kMember;
      connections[i].kind = AccountKind::kDirectory;
      connections[i].directory = (directory_ / "estate").string();
    }
    access_ = std::make_unique<AccountAccess>(kMaster, "us-east-1", connections, nullptr);
    service_ = std::make_unique<AccountService>(database_.get(), access_.get(), 1000);
  }
  ~AccountServiceTest() override {
    service_.reset();
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  // Runs `body` in a transaction that must go well.
  void Write(const std::function<Status(Transaction&)>& body) {
    const Status status = database_->Write(body);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  std::vector<AuditRow> Log() {
    std::vector<AuditRow> rows;
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(rows, ListAudit(tx, 0, 1000));
      return Status::Ok();
    });
    return rows;
  }

  std::filesystem::path directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<AccountAccess> access_;
  std::unique_ptr<AccountService> service_;
  const Caller caller_{.user = "tester", .source_ip = "192.0.2.1"};
};

TEST_F(AccountServiceTest, R5RaisingTheQuotaWakesWalksThatItStopped) {
  ASSERT_TRUE(service_->Enable(caller_).ok());
  int64_t walk_id = 0;
  Write([&](Transaction& tx) -> Status {
    ResourceRow resource;
    resource.account_id = kMaster;
    resource.region = "us-east-1";
    resource.bucket = "bucket";
    ASSAY_ASSIGN_OR_RETURN(resource.id, InsertResource(tx, resource));
    WalkRow walk;
    walk.resource_id = resource.id;
    walk.account_id = kMaster;
    walk.state = WalkState::kQuotaReached;
    ASSAY_ASSIGN_OR_RETURN(walk_id, StartWalk(tx, walk));
    return Status::Ok();
  });
  ASSERT_TRUE(service_->SetQuota(kMaster, 5000, caller_).ok());
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<WalkRow> walk, GetWalk(tx, walk_id));
    EXPECT_TRUE(walk && walk->state == WalkState::kReady);
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account, GetAccount(tx, kMaster));
    EXPECT_EQ(account->quota_bytes, 5000);
    return Status::Ok();
  });
  EXPECT_EQ(Log().front().detail, R"({"quotaBytesBefore":1000,"quotaBytes":5000})");
}

TEST_F(AccountServiceTest, ARefusedChangeIsInTheLogToo) {
  EXPECT_EQ(service_->AssociateMembers({kMember}, caller_)[0].status.code(),
            StatusCode::kPermissionDenied);
  const std::vector<AuditRow> log = Log();
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].action, "AssociateMemberAccount");
  EXPECT_EQ(log[0].result, "permission-denied");
  EXPECT_EQ(log[0].source, "192.0.2.1");
}

TEST_F(AccountServiceTest, A3ManyCallersIntegrateAnAccountOnce) {
  ASSERT_TRUE(service_->Enable(caller_).ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (const MemberResult& result : service_->AssociateMembers({kMember, kMaster}, caller_)) {
        EXPECT_EQ(result.status.ok(), result.account_id == kMember);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  size_t integrated = 0;
  for (const AuditRow& row : Log()) {
    integrated += row.action == "AssociateMemberAccount" && row.result == "ok" ? 1 : 0;
  }
  EXPECT_EQ(integrated, 1U);
  EXPECT_EQ(service_->List("", 10)->size(), 2U);
  EXPECT_EQ(service_->List(kMaster, 10)->size(), 1U);
}

TEST_F(AccountServiceTest, A3MoreMembersThanThereMayBe) {
  ASSERT_TRUE(service_->Enable(caller_).ok());
  Write([&](Transaction& tx) -> Status {
    for (size_t i = 0; i < kMaxMembers; ++i) {
      AccountRow row;
      row.account_id = std::to_string(500000000000 + i);
      ASSAY_RETURN_IF_ERROR(PutAccount(tx, row));
    }
    return Status::Ok();
  });
  const MemberResult result = service_->AssociateMembers({kMember}, caller_)[0];
  EXPECT_TRUE(result.limit_exceeded);
  EXPECT_EQ(result.status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(result.status.message(), testing::HasSubstr(kMember));
}

TEST_F(AccountServiceTest, A1AnotherMasterOnlyAfterDisabling) {
  ASSERT_TRUE(service_->Enable(caller_).ok());
  AccountConnection connection = access_->ConnectionOf(kMember);
  AccountAccess other_access(kMember, "us-east-1", {connection}, nullptr);
  AccountService other(database_.get(), &other_access);
  EXPECT_EQ(other.Enable(caller_).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(service_->Disable({.access_ends = true, .data_is_deleted = true}, caller_).ok());
  ASSERT_TRUE(other.Enable(caller_).ok());
  EXPECT_EQ(other.State()->master_account_id, kMember);
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> former, GetAccount(tx, kMaster));
    EXPECT_TRUE(former->role == AccountRole::kMember);
    EXPECT_TRUE(former->state == AccountState::kDisabled);
    return Status::Ok();
  });
}

}  // namespace
}  // namespace assay
