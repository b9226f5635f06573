#include "inventory/bucket_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace assay {
namespace {

// A bucket in memory: keys in order, each object one byte larger than the one before.
class MemoryStore : public ObjectStore {
 public:
  explicit MemoryStore(std::set<std::string> keys) : keys_(keys.begin(), keys.end()) {}

  Result<std::vector<BucketInfo>> ListBuckets() override { return std::vector<BucketInfo>(); }
  std::string ContinuationAfter(const std::string&, const std::string& key) override {
    return splits_ ? key : "";
  }
  Result<LevelPage> ListLevel(const std::string&, const std::string& prefix,
                              const std::string& after, uint32_t max_names) override {
    std::set<std::string> names;
    for (const std::string& key : keys_) {
      if (!key.starts_with(prefix)) continue;
      const size_t slash = key.find('/', prefix.size());
      const std::string name = slash == std::string::npos ? key : key.substr(0, slash + 1);
      if (name > after) names.insert(name);
    }
    LevelPage page;
    for (const std::string& name : names) {
      if (page.names.size() == max_names) {
        page.more = true;
        break;
      }
      page.names.push_back(name);
    }
    return page;
  }
  Result<ListPage> List(const std::string& bucket, const std::string&,
                        const std::string& continuation, uint32_t max_keys) override {
    if (failures_left_ > 0 && --failures_left_ == 0) return Unavailable("down");
    ++pages_;
    auto at = std::upper_bound(keys_.begin(), keys_.end(), continuation);
    if (continuation.empty()) at = keys_.begin();
    ListPage page;
    for (; at != keys_.end(); ++at) {
      if (page.objects.size() == max_keys) {
        page.continuation = page.objects.back().key;
        break;
      }
      ObjectInfo object;
      object.bucket = bucket;
      object.key = *at;
      object.size = static_cast<uint64_t>(at - keys_.begin());
      object.last_modified_ms = 1000 + (at - keys_.begin());
      object.storage_class = (at - keys_.begin()) % 2 == 0 ? "" : "GLACIER";
      if (at->ends_with(".link")) object.unreadable_reason = kReasonSymlink;
      page.objects.push_back(std::move(object));
    }
    return page;
  }
  Result<ObjectInfo> Head(const std::string&, const std::string&) override { return NotFound("x"); }
  Result<uint64_t> Read(ObjectInfo*, uint64_t, char*, uint64_t) override { return NotFound("x"); }

  bool splits_ = true;
  std::atomic<int> pages_{0};
  std::atomic<int> failures_left_{0};  // the call that makes it 0 fails

 private:
  const std::vector<std::string> keys_;
};

struct Sums {
  uint64_t objects = 0;
  uint64_t bytes = 0;
  bool operator==(const Sums&) const = default;
};

Sums SumsOf(BucketListing* listing, MemoryStore* store) {
  const Status status = listing->Run(store);
  EXPECT_TRUE(status.ok()) << status.ToString();
  const Result<BucketContents> contents = listing->Contents();
  EXPECT_TRUE(contents.ok());
  EXPECT_EQ(listing->listed(), contents->totals().objects);
  return {contents->totals().objects, contents->totals().total_size};
}

Sums Expected(size_t keys) { return {keys, uint64_t{keys} * (keys - 1) / 2}; }

std::string Number(size_t value, int width) {
  std::string text = std::to_string(value);
  return std::string(static_cast<size_t>(width) - std::min<size_t>(text.size(), width), '0') + text;
}

TEST(BucketListing, EveryShapeOfBucketIsListedOnce) {
  std::vector<std::pair<std::string, std::set<std::string>>> shapes;
  shapes.emplace_back("empty", std::set<std::string>());
  shapes.emplace_back("one", std::set<std::string>{"k"});
  std::set<std::string> flat, prefixes, nested, uneven, wide, odd;
  for (size_t i = 0; i < 5000; ++i) {
    flat.insert("log-" + Number(i, 6));
    prefixes.insert(Number(i % 37, 2) + "/file" + std::to_string(i));
    nested.insert("a/b/c/" + Number(i % 50, 2) + "/x/" + std::to_string(i));
    uneven.insert((i < 4990 ? "big/" : "small" + std::to_string(i) + "/") + Number(i, 5));
    wide.insert("p" + Number(i, 5) + "/only");
    odd.insert(std::string(1, static_cast<char>(1 + i % 250)) + "\xff/" + std::to_string(i));
  }
  // The marker of a folder sorts exactly where ranges are cut.
  for (int i = 0; i < 37; ++i) prefixes.insert(Number(static_cast<size_t>(i), 2) + "/");
  shapes.emplace_back("flat", flat);
  shapes.emplace_back("prefixes", prefixes);
  shapes.emplace_back("nested", nested);
  shapes.emplace_back("uneven", uneven);
  shapes.emplace_back("wide", wide);
  shapes.emplace_back("odd", odd);
  for (const auto& [name, keys] : shapes) {
    for (const uint32_t parallel : {1u, 4u, 16u}) {
      MemoryStore store(keys);
      BucketListing listing("b",
                            {.parallel = parallel, .encryption = "unknown", .cancel = nullptr});
      EXPECT_EQ(SumsOf(&listing, &store), Expected(keys.size())) << name << ' ' << parallel;
    }
  }
}

TEST(BucketListing, AStoreThatCannotSplitIsListedFromTheStart) {
  std::set<std::string> keys;
  for (size_t i = 0; i < 2500; ++i) keys.insert(Number(i % 10, 1) + "/" + std::to_string(i));
  MemoryStore store(keys);
  store.splits_ = false;
  BucketListing listing("b", {.parallel = 4, .encryption = "none", .cancel = nullptr});
  EXPECT_EQ(SumsOf(&listing, &store), Expected(2500));
  EXPECT_EQ(store.pages_, 3);
}

TEST(BucketListing, GoesOnWhereItStopped) {
  std::set<std::string> keys;
  for (size_t i = 0; i < 20000; ++i) keys.insert(Number(i % 20, 2) + "/" + std::to_string(i));
  for (const int fail_at : {1, 5, 13}) {
    MemoryStore store(keys);
    store.failures_left_ = fail_at;
    BucketListing listing("b", {.parallel = 2, .encryption = "none", .cancel = nullptr});
    EXPECT_EQ(listing.Run(&store).code(), StatusCode::kUnavailable);
    const int pages_before = store.pages_;
    EXPECT_EQ(SumsOf(&listing, &store), Expected(20000)) << fail_at;
    MemoryStore fresh(keys);
    BucketListing whole("b", {.parallel = 2, .encryption = "none", .cancel = nullptr});
    SumsOf(&whole, &fresh);
    EXPECT_EQ(store.pages_, fresh.pages_) << "no page twice, after " << pages_before;
  }
}

TEST(BucketListing, CanBeCancelled) {
  MemoryStore store({"a", "b"});
  std::atomic<bool> cancel{true};
  BucketListing listing("b", {.parallel = 2, .encryption = "none", .cancel = &cancel});
  EXPECT_EQ(listing.Run(&store).code(), StatusCode::kCancelled);
  cancel = false;
  EXPECT_EQ(SumsOf(&listing, &store), Expected(2));
}

TEST(BucketListing, FiguresOfTheSnapshot) {
  MemoryStore store({"a", "b", "c.link", "d"});
  BucketListing listing("b", {.parallel = 1, .encryption = "default:AES256", .cancel = nullptr});
  ASSERT_TRUE(listing.Run(&store).ok());
  SnapshotRow row;
  listing.Contents()->FillRow(&row);
  EXPECT_EQ(row.object_count, 3u) << "a link is no object";
  EXPECT_EQ(row.total_size, 0u + 1u + 3u);
  EXPECT_EQ(row.total_processed, 1024u) << "two of them are archived (C3)";
  ASSERT_EQ(row.by_storage_class.size(), 2u);
  EXPECT_EQ(row.by_storage_class[0].name, "GLACIER");
  EXPECT_EQ(row.by_storage_class[0].bytes, 4u);
  EXPECT_EQ(row.by_storage_class[1].name, "STANDARD");
  ASSERT_EQ(row.by_encryption.size(), 1u);
  EXPECT_EQ(row.by_encryption[0].name, "default:AES256");
  EXPECT_EQ(row.oldest_modified_ms, 1000);
  EXPECT_EQ(row.newest_modified_ms, 1003);
}

TEST(BucketContents, NamesMadeUpByAStoreCostNoMemory) {
  BucketContents contents;
  for (int i = 0; i < 10000; ++i) {
    ASSERT_TRUE(contents.Add(1, "CLASS" + std::to_string(i), std::string(100, 'x'), 0).ok());
  }
  SnapshotRow row;
  contents.FillRow(&row);
  EXPECT_LE(row.by_storage_class.size(), 65u);
  uint64_t objects = 0;
  for (const SizeByName& size : row.by_storage_class) objects += size.objects;
  EXPECT_EQ(objects, 10000u);
  ASSERT_EQ(row.by_encryption.size(), 1u);
  EXPECT_EQ(row.by_encryption[0].name, "other");
}

}  // namespace
}  // namespace assay
