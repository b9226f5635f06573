#include "objectstore/directory_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "objectstore/beneath.h"
#include "objectstore/tree_walker.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class DirectoryStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "assay-dir-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& key, const std::string& content) {
    const fs::path path = root_ / key;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::unique_ptr<DirectoryStore> Open() { return DirectoryStore::OpenPath(root_).value(); }

  // All keys, `max_keys` a page; with `reopen` each page by a store of its own.
  std::vector<std::string> Keys(const std::string& prefix, uint32_t max_keys, bool reopen = false) {
    std::unique_ptr<DirectoryStore> store = Open();
    std::vector<std::string> keys;
    std::string continuation;
    do {
      const Result<ListPage> page = store->List("", prefix, continuation, max_keys);
      if (!page.ok()) return {page.status().ToString()};
      for (const ObjectInfo& object : page->objects) keys.push_back(object.key);
      continuation = page->continuation;
      if (reopen) store = Open();
    } while (!continuation.empty());
    return keys;
  }
  std::string ReadAll(DirectoryStore& store, ObjectInfo object) {
    std::string out(object.size + 10, '\0');
    const Result<uint64_t> got = store.Read(&object, 0, out.data(), out.size());
    if (!got.ok()) return got.status().ToString() + " [" + object.unreadable_reason + "]";
    out.resize(*got);
    return out;
  }

  fs::path root_;
};

TEST_F(DirectoryStoreTest, ListsInByteOrderOfWholeKeys) {
  for (const char* key : {"a/x", "a.b", "a-", "a0", "b/c/d", "b/c.txt", "\xff", "Z", "a/.h/q"}) {
    Write(key, key);
  }
  const std::vector<std::string> expected = {"Z",  "a-",      "a.b",   "a/.h/q", "a/x",
                                             "a0", "b/c.txt", "b/c/d", "\xff"};
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
  for (const uint32_t page : {1U, 2U, 3U, 1000U}) {
    EXPECT_EQ(Keys("", page), expected) << page;
    EXPECT_EQ(Keys("", page, true), expected) << page;
  }
}

TEST_F(DirectoryStoreTest, PrefixIsAPrefixOfTheKeyNotADirectory) {
  for (const char* key : {"log/1", "log/2", "logs/1", "lo", "m"}) Write(key, "x");
  EXPECT_THAT(Keys("log", 10), ElementsAre("log/1", "log/2", "logs/1"));
  EXPECT_THAT(Keys("log/", 10), ElementsAre("log/1", "log/2"));
  EXPECT_THAT(Keys("log/2", 10), ElementsAre("log/2"));
  EXPECT_THAT(Keys("none", 10), IsEmpty());
}

TEST_F(DirectoryStoreTest, OddNamesRoundTrip) {
  const std::vector<std::string> keys = {
      " ",   "a b+c%20",          "caf\xc3\xa9",         "\x01\n\t",
      "%41", "not-utf8-\xfe\xff", std::string(255, 'n'), "...",
      "-rf"};
  for (const std::string& key : keys) Write(key, "content of " + key);
  std::unique_ptr<DirectoryStore> store = Open();
  std::vector<std::string> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(Keys("", 1, true), sorted);
  const Result<ListPage> page = store->List("", "", "", 1000);
  ASSERT_TRUE(page.ok());
  for (const ObjectInfo& object : page->objects) {
    EXPECT_EQ(ReadAll(*store, object), "content of " + object.key);
  }
}

TEST_F(DirectoryStoreTest, LinksAndSpecialFilesAreListedButNotRead) {
  Write("in.txt", "inside");
  fs::create_symlink("in.txt", root_ / "link-in");
  fs::create_symlink("/etc/passwd", root_ / "link-out");
  fs::create_directory_symlink("/etc", root_ / "link-dir");
  fs::create_symlink("nowhere", root_ / "dangling");
  ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0600), 0);
  ASSERT_EQ(mknod((root_ / "sock").c_str(), S_IFSOCK | 0600, 0), 0);

  std::unique_ptr<DirectoryStore> store = Open();
  const Result<ListPage> page = store->List("", "", "", 1000);
  ASSERT_TRUE(page.ok());
  std::vector<std::string> seen;
  for (const ObjectInfo& object : page->objects) {
    seen.push_back(object.key + ":" + object.unreadable_reason);
    if (object.unreadable_reason.empty()) continue;
    // Even a caller that does not look at the reason gets nothing.
    ObjectInfo again = object;
    char byte = 0;
    EXPECT_FALSE(store->Read(&again, 0, &byte, 1).ok()) << object.key;
    EXPECT_EQ(again.unreadable_reason, object.unreadable_reason);
  }
  EXPECT_THAT(seen,
              ElementsAre("dangling:symlink", "in.txt:", "link-dir:symlink", "link-in:symlink",
                          "link-out:symlink", "pipe:special-file", "sock:special-file"));
}

TEST_F(DirectoryStoreTest, KeysNeverLeadOutOfTheRoot) {
  Write("in/x", "inside");
  std::ofstream(root_.string() + "-outside") << "outside";
  fs::create_directory_symlink("/", root_ / "link");
  std::unique_ptr<DirectoryStore> store = Open();
  const std::string outside = "../" + root_.filename().string() + "-outside";
  for (const std::string& key :
       {outside, "in/../" + outside, std::string("/etc/passwd"), std::string("link/etc/passwd"),
        std::string("in/../in/x"), std::string("in//x"), std::string("./in/x"), std::string(""),
        std::string("in/x\0y", 6)}) {
    ObjectInfo object;
    object.key = key;
    char byte = 0;
    EXPECT_FALSE(store->Read(&object, 0, &byte, 1).ok()) << key;
    EXPECT_FALSE(store->Head("", key).ok()) << key;
  }
  fs::remove(root_.string() + "-outside");
}

TEST_F(DirectoryStoreTest, BothWalkMethodsGuardAlike) {
  Write("a/b/c", "x");
  fs::create_directory_symlink("a", root_ / "l");
  const FileDescriptor root(open(root_.c_str(), O_RDONLY | O_DIRECTORY));
  for (const WalkMethod method : {WalkMethod::kBest, WalkMethod::kByComponent}) {
    EXPECT_TRUE(OpenBeneath(root.get(), "a/b/c", O_RDONLY, method).ok());
    for (const char* path : {"l/b/c", "l", "a/../a/b/c", "/a/b/c", "a/b/c/", "a/b/c/d", ""}) {
      EXPECT_FALSE(OpenBeneath(root.get(), path, O_RDONLY, method).ok()) << path;
    }
  }
}

TEST_F(DirectoryStoreTest, AChangedFileIsAborted) {
  Write("f", "one");
  std::unique_ptr<DirectoryStore> store = Open();
  ObjectInfo object = store->Head("", "f").value();
  EXPECT_EQ(ReadAll(*store, object), "one");
  Write("f", "three");
  char buffer[16];
  const Result<uint64_t> got = store->Read(&object, 0, buffer, sizeof(buffer));
  EXPECT_EQ(got.status().code(), StatusCode::kAborted);
  EXPECT_EQ(object.unreadable_reason, kReasonVanished);
  fs::remove(root_ / "f");
  EXPECT_EQ(store->Read(&object, 0, buffer, sizeof(buffer)).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(object.unreadable_reason, kReasonVanished);
}

TEST_F(DirectoryStoreTest, HeadFindsWhatListShows) {
  Write("b/deep/er/x", "12345");
  auto store = DirectoryStore::OpenRoot(root_.string()).value();
  const Result<ObjectInfo> object = store->Head("b", "deep/er/x");
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(object->size, 5u);
  EXPECT_EQ(object->etag, store->List("b", "", "", 10)->objects.at(0).etag);
  EXPECT_EQ(store->Head("b", "deep/er").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store->Head("b", "deep/no/x").status().code(), StatusCode::kNotFound);
}

TEST_F(DirectoryStoreTest, AFileMovedInWasAddedNow) {
  Write("moved", "x");
  fs::last_write_time(root_ / "moved", fs::file_time_type::clock::now() - std::chrono::hours(48));
  const ObjectInfo object = Open()->Head("", "moved").value();
  EXPECT_GT(object.added_ms, object.last_modified_ms + 47 * 3600 * 1000);
}

TEST_F(DirectoryStoreTest, ReadsRanges) {
  Write("f", "0123456789");
  std::unique_ptr<DirectoryStore> store = Open();
  ObjectInfo object = store->Head("", "f").value();
  EXPECT_EQ(object.size, 10U);
  char out[4] = {};
  EXPECT_EQ(store->Read(&object, 3, out, 4).value(), 4U);
  EXPECT_EQ(std::string(out, 4), "3456");
  EXPECT_EQ(store->Read(&object, 8, out, 4).value(), 2U);
  EXPECT_EQ(store->Read(&object, 10, out, 4).value(), 0U);
  EXPECT_EQ(store->Read(&object, 1000, out, 4).value(), 0U);
}

TEST_F(DirectoryStoreTest, EntriesOfARootAreBuckets) {
  Write("b1/k/1", "1");
  Write("b2/k", "2");
  Write("single.csv", "3");
  fs::create_directory_symlink("/etc", root_ / "link");
  const std::unique_ptr<DirectoryStore> store = DirectoryStore::OpenRoot(root_).value();
  std::vector<std::string> names;
  const std::vector<BucketInfo> buckets = store->ListBuckets().value();
  for (const BucketInfo& bucket : buckets) names.push_back(bucket.name);
  EXPECT_THAT(names, ElementsAre("b1", "b2", "single.csv"));
  std::vector<std::string> contents;
  for (const std::string& bucket : names) {
    const ListPage page = store->List(bucket, "", "", 10).value();
    for (const ObjectInfo& object : page.objects) {
      contents.push_back(object.bucket + "|" + object.key + "|" + ReadAll(*store, object));
    }
  }
  EXPECT_THAT(contents, ElementsAre("b1|k/1|1", "b2|k|2", "single.csv|single.csv|3"));
  for (const char* bucket : {"link", "..", ".", "", "b1/k", "none"}) {
    EXPECT_FALSE(store->List(bucket, "", "", 10).ok()) << bucket;
  }
}

TEST_F(DirectoryStoreTest, OneFileIsAStoreOfOneObject) {
  Write("d/real.csv", "content");
  Write("d/other.csv", "other");
  fs::create_symlink("d/real.csv", root_ / "named.csv");
  for (const char* path : {"d/real.csv", "named.csv"}) {
    const std::unique_ptr<DirectoryStore> store = DirectoryStore::OpenPath(root_ / path).value();
    const ListPage page = store->List("", "", "", 10).value();
    ASSERT_EQ(page.objects.size(), 1U);
    EXPECT_EQ(page.objects[0].key, fs::path(path).filename());
    EXPECT_EQ(page.continuation, "");
    EXPECT_EQ(ReadAll(*store, page.objects[0]), "content");
    EXPECT_FALSE(store->Head("", "other.csv").ok());
  }
  EXPECT_EQ(DirectoryStore::OpenPath(root_ / "none").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(DirectoryStore::OpenPath("/dev/null").ok());
}

// Root may read everything, so the question is asked by a child that is nobody.
TEST_F(DirectoryStoreTest, UnreadableFilesAndDirectoriesSaySo) {
  Write("closed/x", "x");
  Write("secret", "x");
  fs::permissions(root_, fs::perms::all);
  fs::permissions(root_ / "closed", fs::perms::none);
  fs::permissions(root_ / "secret", fs::perms::none);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Nobody may be unable to walk to the temporary folder, so it is already there.
    if (chdir(root_.c_str()) != 0 || (geteuid() == 0 && setuid(65534) != 0)) _exit(10);
    std::unique_ptr<DirectoryStore> store = DirectoryStore::OpenPath(".").value();
    ListPage page = store->List("", "", "", 10).value();
    if (page.objects.size() != 2) _exit(11);
    if (page.objects[0].key != "closed/") _exit(12);
    if (page.objects[0].unreadable_reason != kReasonAccessDenied) _exit(13);
    char byte = 0;
    const Result<uint64_t> got = store->Read(&page.objects[1], 0, &byte, 1);
    if (got.status().code() != StatusCode::kPermissionDenied) _exit(14);
    if (page.objects[1].unreadable_reason != kReasonAccessDenied) _exit(15);
    // Going on after the closed directory does not show it again.
    if (store->List("", "", "closed/", 10)->objects.size() != 1) _exit(16);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(root_ / "closed", fs::perms::all);
}

std::vector<std::string> Walk(const fs::path& root, const TreeWalkerOptions& options) {
  const FileDescriptor directory(open(root.c_str(), O_RDONLY | O_DIRECTORY));
  TreeWalker walker(directory.get(), "", "", "", options);
  std::vector<std::string> paths;
  TreeEntry entry;
  while (walker.Next(&entry).value()) paths.push_back(entry.path);
  return paths;
}

TEST_F(DirectoryStoreTest, SmallBudgetsGiveTheSameWalk) {
  for (int i = 0; i < 40; ++i) {
    for (int j = 0; j < 12; ++j) {
      Write("d" + std::to_string(i % 7) + "/e" + std::to_string(i) + "/f" + std::to_string(j), "");
    }
  }
  const std::vector<std::string> all = Walk(root_, {});
  EXPECT_EQ(all.size(), 480U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  for (const size_t bytes : {1U, 10U, 30U, 100U}) {
    EXPECT_EQ(Walk(root_, {.batch_bytes = bytes, .total_bytes = bytes, .open_directories = 1}), all)
        << bytes;
  }
}

TEST_F(DirectoryStoreTest, SeveralThreadsListAndReadOneStore) {
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    Write("d" + std::to_string(i % 9) + "/" + number, "content of " + number);
  }
  const std::unique_ptr<DirectoryStore> store = Open();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (uint32_t page_size = 3; page_size < 7; ++page_size) {
    threads.emplace_back([&, page_size] {
      std::string continuation;
      do {
        const ListPage page = store->List("", "", continuation, page_size).value();
        for (const ObjectInfo& object : page.objects) {
          const std::string number = object.key.substr(object.key.find('/') + 1);
          right += ReadAll(*store, object) == "content of " + number ? 1 : 0;
        }
        continuation = page.continuation;
      } while (!continuation.empty());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4 * 200);
}

TEST_F(DirectoryStoreTest, DeepTreesNeedFewDescriptors) {
  fs::path path = root_;
  for (int i = 0; i < 300; ++i) path /= "d";
  fs::create_directories(path);
  std::ofstream(path / "f") << "deep";
  std::ofstream(root_ / "z") << "top";
  const std::vector<std::string> paths = Walk(root_, {.open_directories = 4});
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(paths[0].size(), 601U);
  EXPECT_EQ(paths[1], "z");
  const std::vector<std::string> shallow = Walk(root_, {.max_depth = 10});
  EXPECT_THAT(shallow, ElementsAre("d/d/d/d/d/d/d/d/d/d/d/", "z"));
}

}  // namespace
}  // namespace assay
