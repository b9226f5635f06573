// Rows of accounts, resources, walks, events, buckets and access.
#include <gmock/gmock.h>

#include "store/access_rows.h"
#include "store/account_rows.h"
#include "store/bucket_rows.h"
#include "store/object_rows.h"
#include "store/resource_rows.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RowsTest : public DatabaseTest {
 protected:
  // The value of a function of rows, in a transaction of its own.
  template <typename F>
  auto Do(F function) {
    using R = decltype(function(std::declval<Transaction&>()));
    R result = Internal("not run");
    EXPECT_OK(database_->Write([&](Transaction& tx) {
      result = function(tx);
      return result.status();
    }));
    return std::move(result).value();
  }
  StatusCode CodeOf(const std::function<Status(Transaction&)>& body) {
    return database_->Write(body).code();
  }
};
ASSAY_ON_BOTH_DATABASES(RowsTest);

AccountRow Account(const std::string& id) {
  AccountRow account;
  account.account_id = id;
  account.role = AccountRole::kMaster;
  account.handshake_role_arn = "h";
  account.service_role_arn = "s";
  account.integrated_at_ms = 5;
  account.quota_bytes = 100;
  return account;
}

TEST_P(RowsTest, AccountsKeepTheirChargeWhenTheyArePutAgain) {
  Write([](Transaction& tx) { return PutAccount(tx, Account("1")); });
  EXPECT_TRUE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 60); }));
  EXPECT_FALSE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 41); }));
  AccountRow again = Account("1");
  again.state = AccountState::kDisassociated;
  again.charged_bytes = 7;
  Write([&](Transaction& tx) { return PutAccount(tx, again); });
  Write([](Transaction& tx) { return SetAccountContact(tx, "1", 9, "no"); });
  const std::optional<AccountRow> got = Do([](Transaction& tx) { return GetAccount(tx, "1"); });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->charged_bytes, 60);
  EXPECT_EQ(got->state, AccountState::kDisassociated);
  EXPECT_EQ(got->role, AccountRole::kMaster);
  EXPECT_EQ(got->last_contact_ms, 9);
  EXPECT_EQ(got->last_error, "no");
}

TEST_P(RowsTest, R5TheQuotaIsReachedExactlyAndCanBeRaised) {
  Write([](Transaction& tx) { return PutAccount(tx, Account("1")); });
  EXPECT_TRUE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 100); }));
  EXPECT_FALSE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 1); }));
  EXPECT_TRUE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 0); }));
  Write([](Transaction& tx) { return SetAccountQuota(tx, "1", 101); });
  EXPECT_TRUE(Do([](Transaction& tx) { return ChargeQuota(tx, "1", 1); }));
  EXPECT_FALSE(Do(
      [](Transaction& tx) { return ChargeQuota(tx, "1", std::numeric_limits<int64_t>::max()); }));
  const auto charge = [](const std::string& id, int64_t bytes) {
    return [id, bytes](Transaction& tx) { return ChargeQuota(tx, id, bytes).status(); };
  };
  EXPECT_EQ(CodeOf(charge("1", -1)), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(charge("nobody", 1)), StatusCode::kNotFound);
}

TEST_P(RowsTest, IntegratedAccountsArePagedById) {
  for (const char* id : {"3", "1", "2", "4"}) {
    AccountRow account = Account(id);
    if (account.account_id == "2") account.state = AccountState::kDisabled;
    Write([&](Transaction& tx) { return PutAccount(tx, account); });
  }
  const auto page = Do([](Transaction& tx) { return ListIntegratedAccounts(tx, "1", 1); });
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(page[0].account_id, "3");
  EXPECT_EQ(Do([](Transaction& tx) { return ListAccounts(tx); }).size(), 4U);
}

ResourceRow Resource(const std::string& bucket, const std::string& prefix) {
  ResourceRow resource;
  resource.account_id = "1";
  resource.region = "eu-west-1";
  resource.bucket = bucket;
  resource.prefix = prefix;
  return resource;
}

TEST_P(RowsTest, ResourcesAreUniquePagedAndFoundByObject) {
  for (const auto& [bucket, prefix] : {std::pair{"b", "x/"}, {"b", ""}, {"a", "\xff"}, {"c", ""}}) {
    Do([&, bucket = bucket, prefix = prefix](Transaction& tx) {
      return InsertResource(tx, Resource(bucket, prefix));
    });
  }
  EXPECT_EQ(CodeOf([](Transaction& tx) { return InsertResource(tx, Resource("b", "")).status(); }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Do([](Transaction& tx) { return CountResources(tx, "1"); }), 4U);
  std::vector<std::string> order;
  std::string bucket;
  std::string prefix;
  for (bool more = true; more;) {
    const auto page =
        Do([&](Transaction& tx) { return ListResources(tx, "1", "eu-west-1", bucket, prefix, 1); });
    more = !page.empty();
    if (!more) break;
    bucket = page[0].bucket;
    prefix = page[0].prefix;
    order.push_back(bucket + "/" + prefix);
  }
  EXPECT_THAT(order, ElementsAre("a/\xff", "b/", "b/x/", "c/"));
  EXPECT_THAT(Do([](Transaction& tx) { return ListResources(tx, "1", "us-east-1", "", "", 0); }),
              IsEmpty());
  EXPECT_EQ(Do([](Transaction& tx) { return ResourcesOfObject(tx, "1", "b", "x/y"); }).size(), 2U);
  EXPECT_EQ(Do([](Transaction& tx) { return ResourcesOfObject(tx, "1", "b", "xy"); }).size(), 1U);
}

TEST_P(RowsTest, OfWalksThatAreOverTheLastOfEachKindStays) {
  std::vector<int64_t> kept;
  for (const char* bucket : {"b", "c"}) {
    const int64_t resource =
        Do([&](Transaction& tx) { return InsertResource(tx, Resource(bucket, "")); });
    for (const WalkKind kind : {WalkKind::kOneTime, WalkKind::kComparison}) {
      for (int i = 0; i < 4; ++i) {
        WalkRow walk;
        walk.resource_id = resource;
        walk.account_id = "1";
        walk.kind = kind;
        walk.id = Do([&](Transaction& tx) { return StartWalk(tx, walk); });
        if (i >= 2) kept.push_back(walk.id);
        if (i == 3) continue;  // unfinished
        walk.state = WalkState::kDone;
        Write([&](Transaction& tx) { return UpdateWalk(tx, walk); });
      }
    }
  }
  EXPECT_EQ(Do([](Transaction& tx) { return PruneWalks(tx, 5); }), 5U);
  EXPECT_EQ(Do([](Transaction& tx) { return PruneWalks(tx, 5); }), 3U);
  EXPECT_EQ(Do([](Transaction& tx) { return PruneWalks(tx, 5); }), 0U);
  for (const int64_t id : kept) {
    EXPECT_TRUE(Do([&](Transaction& tx) { return GetWalk(tx, id); })) << id;
  }
  EXPECT_EQ(Number("SELECT count(*) FROM walk"), static_cast<int64_t>(kept.size()));
}

TEST_P(RowsTest, AWalkEndsWithItsResourceAndIsUniqueWhileUnfinished) {
  const int64_t resource =
      Do([](Transaction& tx) { return InsertResource(tx, Resource("b", "")); });
  WalkRow walk;
  walk.resource_id = resource;
  walk.account_id = "1";
  walk.started_ms = 3;
  const auto start = [&](Transaction& tx) { return StartWalk(tx, walk); };
  walk.id = Do(start);
  EXPECT_EQ(Do(start), walk.id);
  walk.kind = WalkKind::kComparison;
  EXPECT_NE(Do(start), walk.id);
  walk.kind = WalkKind::kOneTime;
  walk.state = WalkState::kQuotaReached;
  walk.continuation = std::string("\0\xff", 2);
  walk.last_key = "\xfe";
  walk.pages = 2;
  Write([&](Transaction& tx) { return UpdateWalk(tx, walk); });
  Write([](Transaction& tx) { return ResumeQuotaWalks(tx, "1"); });
  const auto got = Do([&](Transaction& tx) { return GetWalk(tx, walk.id); });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->state, WalkState::kReady);
  EXPECT_EQ(got->continuation, walk.continuation);
  EXPECT_EQ(got->last_key, "\xfe");
  walk.state = WalkState::kDone;
  Write([&](Transaction& tx) { return UpdateWalk(tx, walk); });
  const int64_t done = walk.id;
  walk.state = WalkState::kReady;
  EXPECT_NE(Do(start), done);
  EXPECT_EQ(Do([](Transaction& tx) { return ListUnfinishedWalks(tx); }).size(), 2U);
  EXPECT_EQ(Do([&](Transaction& tx) { return ListWalksOfResource(tx, resource); }).size(), 3U);
  Write([&](Transaction& tx) { return DeleteResource(tx, resource); });
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return UpdateWalk(tx, walk); }), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return StartWalk(tx, walk).status(); }),
            StatusCode::kInvalidArgument);
}

EventRow Event(const std::string& key, int64_t event_ms, int64_t received_ms) {
  EventRow event;
  event.account_id = "1";
  event.bucket = "b";
  event.key = key;
  event.event_ms = event_ms;
  event.received_ms = received_ms;
  return event;
}

TEST_P(RowsTest, EventsOfOneObjectAreOneAndTheLaterWins) {
  Write([](Transaction& tx) { return PutEvents(tx, {Event("k", 10, 100), Event("l", 1, 50)}); });
  const auto take = [](Transaction& tx) { return TakeDueEvents(tx, "1", 1'000, 10); };
  const std::vector<EventRow> first = Do(take);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].key, "l");
  EventRow deleted = Event("k", 11, 100);  // within the same millisecond
  deleted.deleted = true;
  Write([&](Transaction& tx) { return PutEvents(tx, {deleted, Event("k", 9, 300)}); });
  // What was taken before is not what is there now.
  Write([&](Transaction& tx) { return FinishEvent(tx, first[1]); });
  const std::vector<EventRow> second = Do(take);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_TRUE(second[1].deleted);
  EXPECT_EQ(second[1].event_ms, 11);
  for (const EventRow& event : second) {
    Write([&](Transaction& tx) { return FinishEvent(tx, event); });
  }
  EXPECT_THAT(Do(take), IsEmpty());
}

TEST_P(RowsTest, PostponedEventsComeBackWhenTheyAreDue) {
  Write([](Transaction& tx) {
    return PutEvents(tx, {Event("a", 1, 10), Event("b", 1, 20), Event("c", 1, 30)});
  });
  const auto at = [&](int64_t now) {
    std::vector<std::string> keys;
    for (const EventRow& event :
         Do([&](Transaction& tx) { return TakeDueEvents(tx, "1", now, 2); })) {
      keys.push_back(event.key);
    }
    return keys;
  };
  EXPECT_THAT(at(100), ElementsAre("a", "b"));
  const EventRow a = Do([](Transaction& tx) { return TakeDueEvents(tx, "1", 100, 1); })[0];
  Write([&](Transaction& tx) { return PostponeEvent(tx, a, 25); });
  EXPECT_THAT(at(24), ElementsAre("b", "c"));
  EXPECT_THAT(at(25), ElementsAre("b", "a"));
  const EventBacklog backlog = Do([](Transaction& tx) { return GetEventBacklog(tx); });
  EXPECT_EQ(backlog.count, 3U);
  EXPECT_EQ(backlog.oldest_received_ms, 10);
}

TEST_P(RowsTest, C6SnapshotsAreExactAndRefuseWhatCannotBeHeld) {
  SnapshotRow snapshot;
  snapshot.account_id = "1";
  snapshot.bucket = "b";
  snapshot.total_size = uint64_t{std::numeric_limits<int64_t>::max()};
  snapshot.by_storage_class = {{"STANDARD", 1, 2}, {"odd \"name\"\n\xc3\xa9", 3, 4}};
  snapshot.source = "listing";
  Write([&](Transaction& tx) { return PutSnapshot(tx, snapshot); });
  const auto got = Do([](Transaction& tx) { return GetSnapshot(tx, "1", "b"); });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->total_size, snapshot.total_size);
  ASSERT_EQ(got->by_storage_class.size(), 2U);
  EXPECT_EQ(got->by_storage_class[1].name, snapshot.by_storage_class[1].name);
  EXPECT_EQ(got->by_storage_class[1].bytes, 4U);
  EXPECT_EQ(Do([](Transaction& tx) { return ListSnapshots(tx, ""); }).size(), 1U);
  EXPECT_THAT(Do([](Transaction& tx) { return ListSnapshots(tx, "2"); }), IsEmpty());
  snapshot.total_processed = uint64_t{1} << 63;
  EXPECT_EQ(CodeOf([&](Transaction& tx) { return PutSnapshot(tx, snapshot); }),
            StatusCode::kInvalidArgument);
}

TEST_P(RowsTest, BucketPropertiesAreReplaced) {
  BucketPropertiesRow row{"1", "r", "b", 5, "true", "unknown", "{}"};
  Write([&](Transaction& tx) { return PutBucketProperties(tx, row); });
  row.world_readability = "false";
  Write([&](Transaction& tx) { return PutBucketProperties(tx, row); });
  const auto all = Do([](Transaction& tx) { return ListBucketProperties(tx, "1"); });
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].world_readability, "false");
  EXPECT_FALSE(Do([](Transaction& tx) { return GetBucketProperties(tx, "1", "x"); }));
}

TEST_P(RowsTest, CredentialsSecretsAndUsers) {
  ApiCredentialRow credential{"AKIA", std::string("\0\xff", 2), "ann", "1", true, true, 3, 0};
  Write([&](Transaction& tx) { return PutApiCredential(tx, credential); });
  credential.active = false;
  Write([&](Transaction& tx) { return PutApiCredential(tx, credential); });
  const auto got = Do([](Transaction& tx) { return GetApiCredential(tx, "AKIA"); });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->sealed_secret, credential.sealed_secret);
  EXPECT_FALSE(got->active);
  EXPECT_TRUE(got->read_only);
  Write([](Transaction& tx) { return DeleteApiCredential(tx, "AKIA"); });
  EXPECT_EQ(CodeOf([](Transaction& tx) { return DeleteApiCredential(tx, "AKIA"); }),
            StatusCode::kNotFound);
  Write([](Transaction& tx) { return PutSealedSecret(tx, "n", std::string("\0x", 2)); });
  EXPECT_EQ(Do([](Transaction& tx) { return GetSealedSecret(tx, "n"); }), std::string("\0x", 2));
  EXPECT_FALSE(Do([](Transaction& tx) { return GetSealedSecret(tx, "m"); }));
  Write([](Transaction& tx) { return PutConsoleUser(tx, {"ann", "hash", true, 4}); });
  EXPECT_EQ(Do([](Transaction& tx) { return GetConsoleUser(tx, "ann"); })->password_hash, "hash");
}

TEST_P(RowsTest, TheAuditLogIsReadFromTheNewestBack) {
  for (int64_t i = 1; i <= 5; ++i) {
    Write([&](Transaction& tx) {
      return AddAudit(tx, {0, i, "ann", "ip", "Do", "t", "ok", "{}"});
    });
  }
  const auto newest = Do([](Transaction& tx) { return ListAudit(tx, 0, 2); });
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].at_ms, 5);
  const auto next = Do([&](Transaction& tx) { return ListAudit(tx, newest[1].id, 9); });
  ASSERT_EQ(next.size(), 3U);
  EXPECT_EQ(next[0].at_ms, 3);
}

TEST_P(RowsTest, A6DisablingDeletesWhatWasCollectedAndKeepsTheRest) {
  Write([](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutServiceState(tx, {true, "1", 5, 0, 6, 0}));
    ASSAY_RETURN_IF_ERROR(PutAccount(tx, Account("1")));
    ASSAY_RETURN_IF_ERROR(AddAudit(tx, {0, 1, "ann", "ip", "Do", "t", "ok", "{}"}));
    ASSAY_RETURN_IF_ERROR(PutApiCredential(tx, {"A", "s", "ann", "1", false, true, 0, 0}));
    ASSAY_ASSIGN_OR_RETURN(const int64_t id, InsertResource(tx, Resource("b", "")));
    WalkRow walk;
    walk.resource_id = id;
    ASSAY_RETURN_IF_ERROR(StartWalk(tx, walk).status());
    ASSAY_RETURN_IF_ERROR(PutEvents(tx, {Event("k", 1, 2)}));
    ObjectRow object;
    object.account_id = "1";
    object.bucket = "b";
    object.outcome = "classified";
    return PutObjects(tx, {object});
  });
  Write([](Transaction& tx) { return DeleteCollectedData(tx); });
  for (const char* table : {"object", "object_detections", "object_label", "label_count", "bucket",
                            "resource", "walk", "object_event"}) {
    EXPECT_EQ(Number(std::string("SELECT count(*) FROM ") + table), 0) << table;
  }
  EXPECT_EQ(Do([](Transaction& tx) { return GetAccount(tx, "1"); })->state,
            AccountState::kDisabled);
  EXPECT_EQ(Number("SELECT count(*) FROM audit"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM api_credential"), 1);
  const ServiceState state = Do([](Transaction& tx) { return GetServiceState(tx); });
  EXPECT_TRUE(state.enabled);
  EXPECT_EQ(state.master_account_id, "1");
  EXPECT_EQ(state.last_start_ms, 6);
}

}  // namespace
}  // namespace assay
