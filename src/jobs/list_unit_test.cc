// Pages of a listing that another process drew the bounds of, over a bucket that changed since.
#include "jobs/list_unit.h"

#include "jobs/page_listing.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

// Says how often it was asked to list.
class CountingStore : public ObjectStore {
 public:
  explicit CountingStore(std::shared_ptr<ObjectStore> store) : store_(std::move(store)) {}
  Result<std::vector<BucketInfo>> ListBuckets() override { return store_->ListBuckets(); }
  Result<ListPage> List(const std::string& bucket, const std::string& prefix,
                        const std::string& continuation, uint32_t max_keys) override {
    ++lists;
    return store_->List(bucket, prefix, continuation, max_keys);
  }
  Result<ObjectInfo> Head(const std::string& bucket, const std::string& key) override {
    return store_->Head(bucket, key);
  }
  Result<uint64_t> Read(ObjectInfo* object, uint64_t offset, char* out, uint64_t length) override {
    return store_->Read(object, offset, out, length);
  }
  int lists = 0;

 private:
  const std::shared_ptr<ObjectStore> store_;
};

class ListUnitTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    request_.resource.account_id = kOne;
    request_.resource.bucket = "b";
    request_.walk_id = 1;
    request_.store = access_->OpenStore(kOne, kHome, "").value();
    request_.now_ms = NowMs();
  }
  static std::string Key(int number) {
    std::string digits = std::to_string(number);
    return "k" + std::string(5 - digits.size(), '0') + digits;
  }
  void PutMany(int from, int to, int step = 1) {
    for (int i = from; i < to; i += step) Put(kOne, "b/" + Key(i), "x");
  }
  std::vector<std::string> KeysOf(const WorkUnit& unit) {
    std::vector<std::string> keys;
    for (const UnitObject& object : unit.objects) keys.push_back(object.work.object.key);
    return keys;
  }
  std::shared_ptr<WorkUnit> List() {
    Status database_error;
    auto unit = ListUnit(database_.get(), request_, &database_error);
    EXPECT_TRUE(unit.ok()) << unit.status().ToString();
    EXPECT_TRUE(database_error.ok());
    return *unit;
  }
  ListRequest request_;
};

TEST_F(ListUnitTest, KeysThatWereAddedSinceBelongToThePageTheyFallInto) {
  PutMany(0, 4000, 4);  // 1,000 keys: one page and its end
  const ListPage page = request_.store->List("b", "", "", kPageKeys).value();
  ASSERT_EQ(page.objects.size(), size_t{kPageKeys});
  PutMany(1, 2400, 4);  // 600 more, so that an answer ends before the page does
  PutMany(4000, 4100);  // behind it
  request_.bounds = {Key(3996), "the next", true};
  const auto unit = List();
  EXPECT_EQ(unit->objects.size(), 1600U);
  EXPECT_EQ(KeysOf(*unit).back(), Key(3996));
  EXPECT_EQ(unit->next_page, "the next");
  EXPECT_EQ(unit->last_key, Key(3996));
  EXPECT_EQ(unit->listed_objects, 1600U);
}

TEST_F(ListUnitTest, KeysBehindThePageAreNotItsOwnWhenSomeOfItsKeysWent) {
  PutMany(0, 1200);
  request_.bounds = {Key(999), "the next", true};
  for (int i = 0; i < 100; ++i) std::filesystem::remove(PathOf(kOne, "b/" + Key(i)));
  const auto unit = List();
  EXPECT_EQ(unit->objects.size(), 900U);
  EXPECT_EQ(KeysOf(*unit).front(), Key(100));
  EXPECT_EQ(KeysOf(*unit).back(), Key(999));
}

TEST_F(ListUnitTest, TheLastPageGoesToTheEnd) {
  PutMany(0, 2500);
  request_.bounds = {Key(10), "", true};  // there were eleven keys when it was drawn
  const auto unit = List();
  EXPECT_EQ(unit->objects.size(), 2500U);
  EXPECT_EQ(unit->next_page, "");
}

// The last part of a page that was cut had one key: what came since is not listed one by one.
TEST_F(ListUnitTest, AnEndThatGrewIsListedByWholePages) {
  PutMany(0, 2500);
  request_.bounds = {Key(0), "", true, 1};
  const auto counted = std::make_shared<CountingStore>(request_.store);
  request_.store = counted;
  EXPECT_EQ(List()->objects.size(), 2500U);
  EXPECT_EQ(counted->lists, 4);
}

TEST_F(ListUnitTest, WithoutAnOrderOfKeysThePageIsOneAnswer) {
  PutMany(0, 1500);
  request_.bounds = {Key(3), "the next", false};
  const auto unit = List();
  EXPECT_EQ(unit->objects.size(), size_t{kPageKeys});
  EXPECT_EQ(unit->next_page, "the next");
}

class ListedBeforeTest : public ListUnitTest {
 protected:
  void SetUp() override {
    ListUnitTest::SetUp();
    PutMany(0, 10);
    const ListPage page = request_.store->List("b", "", "", kPageKeys).value();
    request_.listing = EncodePageListing(page.objects, request_.now_ms);
    request_.bounds = {Key(9), "the next", true};
    counted_ = std::make_shared<CountingStore>(request_.store);
    request_.store = counted_;
  }
  // As if the object had been classified as it lies there now, or as another version.
  void Record(const std::string& key, const std::string& etag) {
    ObjectRow row;
    row.account_id = kOne;
    row.bucket = "b";
    row.key = key;
    row.etag = etag;
    row.outcome = "classified";
    Write([&](Transaction& tx) { return PutObjects(tx, std::vector{row}); });
  }
  std::shared_ptr<CountingStore> counted_;
};

TEST_F(ListedBeforeTest, TheStoreIsNotAskedAgain) {
  Record(Key(4), request_.store->Head("b", Key(4)).value().etag);
  for (const WalkKind kind : {WalkKind::kOneTime, WalkKind::kComparison}) {
    request_.kind = kind;
    request_.resource.one_time_full = true;
    const auto unit = List();
    EXPECT_EQ(unit->objects.size(), 9U);  // one is recorded as it is
    EXPECT_EQ(unit->listed_objects, 10U);
    EXPECT_EQ(unit->next_page, "the next");
    EXPECT_EQ(unit->last_key, Key(9));
  }
  EXPECT_EQ(counted_->lists, 0);
}

TEST_F(ListedBeforeTest, AnotherVersionOnRecordMayBeTheNewer) {
  Put(kOne, "b/" + Key(4), "changed since");
  Record(Key(4), request_.store->Head("b", Key(4)).value().etag);
  const auto unit = List();
  EXPECT_GT(counted_->lists, 0);
  EXPECT_EQ(unit->objects.size(), 9U);  // the changed one is recorded as it is now
}

TEST_F(ListedBeforeTest, AComparisonAsksBeforeItTakesAnObjectForGone) {
  request_.kind = WalkKind::kComparison;
  Record("k000001", "came since");  // between two that were listed
  Put(kOne, "b/k000001", "came since");
  Record("k000002", "went");
  const auto unit = List();
  EXPECT_GT(counted_->lists, 0);
  ASSERT_EQ(unit->gone.size(), 1U);
  EXPECT_EQ(unit->gone[0].key, "k000002");
}

TEST_F(ListedBeforeTest, AnOldOrDamagedListingIsNotUsed) {
  request_.now_ms += kListingFreshMs + 1;
  EXPECT_EQ(List()->objects.size(), 10U);
  EXPECT_EQ(counted_->lists, 1);
  request_.now_ms -= kListingFreshMs + 1;
  request_.listing.pop_back();
  EXPECT_EQ(List()->objects.size(), 10U);
  EXPECT_EQ(counted_->lists, 2);
}

}  // namespace
}  // namespace assay
