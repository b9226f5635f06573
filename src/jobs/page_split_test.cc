#include "jobs/page_split.h"

#include "jobs/list_unit.h"
#include "jobs/service_test_fixture.h"

namespace assay {
namespace {

class PageSplitTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    store_ = access_->OpenStore(kOne, kHome, "").value();
    page_.walk_id = 1;
    page_.number = 7;
    page_.account_id = kOne;
    page_.page = "as given";
    page_.after_key = "a";
  }
  // Objects "k0", "k1" ... of these sizes, and the page of them.
  std::vector<WalkPageRow> Split(const std::vector<uint64_t>& sizes) {
    objects_.clear();
    page_.listed_bytes = 0;
    for (const uint64_t size : sizes) {
      objects_.emplace_back();
      objects_.back().key = "k" + std::to_string(objects_.size() - 1);
      objects_.back().size = size;
      page_.listed_bytes += size;
    }
    page_.listed_objects = sizes.size();
    page_.last_key = objects_.empty() ? "a" : objects_.back().key;
    return SplitPage(page_, objects_, store_.get(), "b");
  }

  std::shared_ptr<ObjectStore> store_;
  WalkPageRow page_;
  std::vector<ObjectInfo> objects_;
};

TEST_F(PageSplitTest, SmallObjectsStayTogether) {
  for (const auto& sizes : {std::vector<uint64_t>{}, {1, 2, 3}, {kUnitBytes - 1, 1}}) {
    const auto parts = Split(sizes);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].number, 7);
    EXPECT_EQ(parts[0].page, "as given");
    EXPECT_EQ(parts[0].next_page, "");
    EXPECT_EQ(parts[0].last_key, page_.last_key);
    EXPECT_EQ(parts[0].listed_bytes, page_.listed_bytes);
  }
}

TEST_F(PageSplitTest, PartsFollowEachOtherAndTogetherAreThePage) {
  page_.next_page = "the next";
  const auto parts = Split({5, kUnitBytes, 1, kUnitBytes / 2, kUnitBytes / 2, 3 * kUnitBytes, 9});
  ASSERT_EQ(parts.size(), 4U);
  uint64_t objects = 0, bytes = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].number, 7 + static_cast<int64_t>(i));
    EXPECT_EQ(parts[i].walk_id, 1);
    EXPECT_EQ(parts[i].account_id, kOne);
    EXPECT_EQ(parts[i].page, i == 0 ? "as given" : parts[i - 1].next_page);
    EXPECT_EQ(parts[i].after_key, i == 0 ? "a" : parts[i - 1].last_key);
    objects += parts[i].listed_objects;
    bytes += parts[i].listed_bytes;
  }
  EXPECT_EQ(parts[0].last_key, "k1");
  EXPECT_EQ(parts[1].last_key, "k4");
  EXPECT_EQ(parts[2].last_key, "k5");
  EXPECT_EQ(parts[3].last_key, "k6");
  EXPECT_EQ(parts[3].next_page, "the next");
  EXPECT_EQ(objects, page_.listed_objects);
  EXPECT_EQ(bytes, page_.listed_bytes);
}

TEST_F(PageSplitTest, WithoutAnOrderOfKeysThePageStaysWhole) {
  page_.bounded = false;
  EXPECT_EQ(Split({kUnitBytes, kUnitBytes, kUnitBytes}).size(), 1U);
}

// What the store lists behind such a continuation is the part, and nothing twice.
TEST_F(PageSplitTest, ThePartsListAsThePageDid) {
  for (int i = 0; i < 9; ++i) Put(kOne, "b/k" + std::to_string(i), "x");
  const auto parts = Split({kUnitBytes, 1, kUnitBytes, 1, 1, kUnitBytes, kUnitBytes, 1, 1});
  ASSERT_EQ(parts.size(), 5U);
  std::vector<std::string> keys;
  for (const WalkPageRow& part : parts) {
    ListRequest request;
    request.walk_id = 1;
    request.resource.account_id = kOne;
    request.resource.bucket = "b";
    request.store = store_;
    request.page = part.number == 7 ? "" : part.page;
    request.after_key = part.after_key;
    request.bounds = {part.last_key, part.next_page, true,
                      static_cast<uint32_t>(part.listed_objects)};
    Status database_error;
    const auto unit = ListUnit(database_.get(), request, &database_error);
    ASSERT_TRUE(unit.ok());
    EXPECT_EQ((*unit)->listed_objects, part.listed_objects);
    for (const UnitObject& object : (*unit)->objects) keys.push_back(object.work.object.key);
  }
  ASSERT_EQ(keys.size(), 9U);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(keys[i], "k" + std::to_string(i));
}

}  // namespace
}  // namespace assay
