#include "jobs/page_listing.h"

#include <gtest/gtest.h>

#include "jobs/now_ms.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

ObjectInfo Object(const std::string& key, uint64_t size) {
  ObjectInfo object;
  object.bucket = "b";
  object.key = key;
  object.size = size;
  object.etag = "0123456789abcdef0123456789abcdef";
  object.last_modified_ms = 1'700'000'000'000;
  object.storage_class = "STANDARD";
  return object;
}

void ExpectSame(const ObjectInfo& a, const ObjectInfo& b) {
  EXPECT_EQ(a.bucket, b.bucket);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.etag, b.etag);
  EXPECT_EQ(a.version_id, b.version_id);
  EXPECT_EQ(a.last_modified_ms, b.last_modified_ms);
  EXPECT_EQ(a.added_ms, b.added_ms);
  EXPECT_EQ(a.storage_class, b.storage_class);
  EXPECT_EQ(a.owner_id, b.owner_id);
  EXPECT_EQ(a.owner_name, b.owner_name);
  EXPECT_EQ(a.unreadable_reason, b.unreadable_reason);
}

void ExpectComesBack(const std::vector<ObjectInfo>& objects, int64_t listed_ms) {
  const Result<PageListing> listing = DecodePageListing(EncodePageListing(objects, listed_ms));
  ASSERT_TRUE(listing.ok()) << listing.status().ToString();
  EXPECT_EQ(listing->listed_ms, listed_ms);
  ASSERT_EQ(listing->objects.size(), objects.size());
  for (size_t i = 0; i < objects.size(); ++i) ExpectSame(listing->objects[i], objects[i]);
}

TEST(PageListingTest, ObjectsComeBackAsTheyWere) {
  ExpectComesBack({}, 0);
  ExpectComesBack({Object("a", 0)}, 1'700'000'000'000);
  std::vector<ObjectInfo> objects = {Object("2026/a", 1), Object("2026/ab", UINT64_MAX),
                                     Object("2026/b", 2), Object("", 3), Object("\xff\n", 4)};
  objects[1].storage_class = "GLACIER";
  objects[1].owner_id = "1001";
  objects[1].version_id = "v";
  objects[2].owner_id = "1001";
  objects[2].owner_name = "Ann";
  objects[2].added_ms = 17;
  objects[3].unreadable_reason = kReasonSymlink;
  objects[3].last_modified_ms = -5;
  ExpectComesBack(objects, -1);
}

TEST(PageListingTest, AnObjectTakesFewBytes) {
  std::vector<ObjectInfo> objects;
  for (int i = 1000; i < 2000; ++i) {
    objects.push_back(Object("exports/2026/11/part-" + std::to_string(i) + ".csv", 2048));
  }
  EXPECT_LT(EncodePageListing(objects, 1'700'000'000'000).size(), 60'000U);
}

TEST(PageListingTest, WhatIsCutOffOrDamagedIsRefused) {
  std::vector<ObjectInfo> objects = {Object("a/1", 1), Object("a/2", 2)};
  objects[1].owner_id = "o";
  const std::string whole = EncodePageListing(objects, 1);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(DecodePageListing(whole.substr(0, size)).status().code(), StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodePageListing(whole + "x").status().code(), StatusCode::kDataLoss);
  std::string newer = whole;
  newer[0] = 2;
  EXPECT_EQ(DecodePageListing(newer).status().code(), StatusCode::kDataLoss);
}

TEST(PageListingTest, AListingGetsOld) {
  PageListing listing;
  listing.listed_ms = 1'000'000;
  EXPECT_TRUE(IsFresh(listing, 1'000'000 + kListingFreshMs));
  EXPECT_TRUE(IsFresh(listing, 1'000'000 - 2'000));  // another machine's clock
  EXPECT_FALSE(IsFresh(listing, 1'000'001 + kListingFreshMs));
  EXPECT_FALSE(IsFresh(listing, 0));
}

class StorePageListingTest : public ServiceTest {};

// Whatever a store's List fills in is kept.
TEST_F(StorePageListingTest, WhatAStoreListsComesBack) {
  Put(kOne, "b/sub/one.txt", "x");
  Put(kOne, "b/two.txt", "yy");
  const std::shared_ptr<ObjectStore> store = access_->OpenStore(kOne, kHome, "").value();
  const ListPage page = store->List("b", "", "", 1000).value();
  ASSERT_EQ(page.objects.size(), 2U);
  EXPECT_FALSE(page.objects[0].owner_id.empty());
  ExpectComesBack(page.objects, NowMs());
}

}  // namespace
}  // namespace assay
