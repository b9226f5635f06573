#include <gmock/gmock.h>

#include "jobs/service_test_fixture.h"
#include "store/access_rows.h"

namespace assay {
namespace {

using testing::HasSubstr;

class S3ResourceTest : public ServiceTest {
 protected:
  std::vector<FailedS3Resource> Try(const std::vector<S3Resource>& resources,
                                    const std::string& region = kHome) {
    const auto failed = resources_->Associate(kOne, region, resources, {"ann", "192.0.2.7"});
    EXPECT_TRUE(failed.ok()) << failed.status().ToString();
    return failed.ok() ? *failed : std::vector<FailedS3Resource>{};
  }
  std::string CodeOf(const S3Resource& resource, const std::string& region = kHome) {
    const auto failed = Try({resource}, region);
    if (failed.empty()) return "";
    EXPECT_LE(failed[0].error_code.size(), 10u);
    EXPECT_FALSE(failed[0].message.empty());
    return failed[0].error_code;
  }
  size_t Count() { return resources_->List(kOne, kHome, "", "", 0).value().size(); }
};

TEST_F(S3ResourceTest, R1_The251stIsRefusedAndTheOthersOfTheRequestAreNot) {
  std::vector<S3Resource> many;
  for (int i = 0; i < 249; ++i) many.push_back({"b", "p" + std::to_string(i) + "/", false, true});
  EXPECT_TRUE(Try(many).empty());
  const auto failed = Try({{"b", "x/", false, true},
                           {"nowhere", "", false, true},
                           {"b", "y/", false, true},
                           {"b", "p0/", false, true}});
  ASSERT_EQ(failed.size(), 2u);
  EXPECT_EQ(failed[0].error_code, kS3ResourceNoBucket);
  EXPECT_FALSE(failed[0].limit_exceeded);
  EXPECT_EQ(failed[1].error_code, kS3ResourceLimit);
  EXPECT_EQ(failed[1].prefix, "y/");
  EXPECT_TRUE(failed[1].limit_exceeded);
  EXPECT_EQ(Count(), 250u);
  // The limit is each account's own.
  Associate(kTwo, "b", "", false, true);
}

TEST_F(S3ResourceTest, R2_ABucketOfAnotherRegionIsRefusedWithItsRegion) {
  const auto failed = Try({{"b", "", false, true}}, "us-east-1");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].error_code, kS3ResourceRegion);
  EXPECT_THAT(failed[0].message, HasSubstr(kHome));
  EXPECT_EQ(Count(), 0u);
}

TEST_F(S3ResourceTest, R3_ABucketAndAPrefixOfItMayBothBeSelected) {
  EXPECT_TRUE(Try({{"b", "", false, true}, {"b", "logs/", true, true}}).empty());
  EXPECT_EQ(Count(), 2u);
}

TEST_F(S3ResourceTest, ItemErrorsSayWhatIsWrong) {
  EXPECT_EQ(CodeOf({"s3://b/x", "", false, true}), kS3ResourceBadName);
  EXPECT_EQ(CodeOf({"..", "", false, true}), kS3ResourceBadName);
  EXPECT_EQ(CodeOf({"missing", "", false, true}), kS3ResourceNoBucket);
  EXPECT_EQ(CodeOf({"b", "/logs", false, true}), kS3ResourceBadPrefix);
  EXPECT_EQ(CodeOf({"b", std::string(1025, 'x'), false, true}), kS3ResourceBadPrefix);
  EXPECT_EQ(CodeOf({"b", "no-key-begins-so", false, true}), "");
  EXPECT_EQ(CodeOf({"b", "no-key-begins-so", false, true}), "");  // idempotent
  EXPECT_EQ(CodeOf({"b", "no-key-begins-so", true, true}), kS3ResourceConflict);
  const auto failed = Try({{"b", "", true, true}, {"b", "", true, true}});
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].error_code, kS3ResourceDuplicate);
  EXPECT_EQ(Count(), 2u);
}

TEST_F(S3ResourceTest, OnlyIntegratedAccountsHaveResources) {
  EXPECT_EQ(
      resources_->Associate("999988887777", kHome, {{"b", "", true, true}}, {}).status().code(),
      StatusCode::kPermissionDenied);
  EXPECT_EQ(resources_->List("999988887777", kHome, "", "", 0).status().code(),
            StatusCode::kPermissionDenied);
}

TEST_F(S3ResourceTest, R4_UpdatesStartTheOneTimeClassificationOnce) {
  Associate(kOne, "b", "", false, true);
  EXPECT_TRUE(Walks(kOne).empty());
  const auto update = [&](S3Resource resource) {
    const auto failed = resources_->Update(kOne, kHome, {resource}, {});
    EXPECT_TRUE(failed.ok());
    return failed->empty() ? std::string() : failed->front().error_code;
  };
  EXPECT_EQ(update({"b", "", true, std::nullopt}), "");
  ASSERT_EQ(Walks(kOne).size(), 1u);
  const int64_t id = Walks(kOne)[0].id;
  EXPECT_EQ(update({"b", "", true, std::nullopt}), "");
  ASSERT_EQ(Walks(kOne).size(), 1u);
  EXPECT_EQ(Walks(kOne)[0].id, id);
  EXPECT_EQ(update({"b", "", false, std::nullopt}), "");
  EXPECT_TRUE(Walks(kOne).empty());
  EXPECT_EQ(update({"b", "", std::nullopt, std::nullopt}), kS3ResourceBadType);
  EXPECT_EQ(update({"b", "other", true, std::nullopt}), kS3ResourceNotFound);
  const auto away = resources_->Disassociate(kOne, "us-east-1", {{"b", "", {}, {}}}, {}).value();
  ASSERT_EQ(away.size(), 1u);
  EXPECT_EQ(away[0].error_code, kS3ResourceNotFound);
  EXPECT_THAT(away[0].message, HasSubstr(kHome));
}

TEST_F(S3ResourceTest, EveryChangeIsAuditedInItsTransaction) {
  Try({{"b", "x/", true, true}, {"missing", "", false, true}});
  EXPECT_EQ(changes_, 1);
  std::vector<AuditRow> audit;
  Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(audit, ListAudit(tx, 0, 10));
    return Status::Ok();
  });
  ASSERT_EQ(audit.size(), 2u);
  EXPECT_EQ(audit[1].action, "AssociateS3Resources");
  EXPECT_EQ(audit[1].actor, "ann");
  EXPECT_EQ(audit[1].source, "192.0.2.7");
  EXPECT_EQ(audit[1].target, std::string(kOne) + "/b/x/");
  EXPECT_EQ(audit[1].result, "ok");
  EXPECT_EQ(audit[0].result, kS3ResourceNoBucket);
}

}  // namespace
}  // namespace assay
