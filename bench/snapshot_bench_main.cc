// A snapshot of a million objects against merely listing them, from a bucket that exists in memory
// only: what is measured is what the snapshot adds to the listing, in time and in memory.
//   snapshot_bench [OBJECTS]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "inventory/bucket_listing.h"
#include "objectstore/object_store.h"

namespace assay {
namespace {

constexpr uint64_t kPrefixes = 100;

// Objects "pNN/object-NNNNNNNNN", made up page by page as a client makes them from a reply.
class MadeUpBucket : public ObjectStore {
 public:
  explicit MadeUpBucket(uint64_t objects) : per_prefix_(objects / kPrefixes) {}

  Result<std::vector<BucketInfo>> ListBuckets() override { return std::vector<BucketInfo>(); }
  std::string ContinuationAfter(const std::string&, const std::string& key) override { return key; }
  Result<LevelPage> ListLevel(const std::string&, const std::string& prefix, const std::string&,
                              uint32_t) override {
    LevelPage page;
    if (!prefix.empty()) return page;
    for (uint64_t i = 0; i < kPrefixes; ++i)
      page.names.push_back(Key(i * per_prefix_).substr(0, 4));
    return page;
  }
  Result<ListPage> List(const std::string& bucket, const std::string&,
                        const std::string& continuation, uint32_t max_keys) override {
    uint64_t at = continuation.empty() ? 0 : After(continuation);
    const uint64_t end = std::min<uint64_t>(at + max_keys, per_prefix_ * kPrefixes);
    ListPage page;
    page.objects.reserve(end - at);
    for (; at < end; ++at) {
      ObjectInfo& object = page.objects.emplace_back();
      object.bucket = bucket;
      object.key = Key(at);
      object.size = at * 37 % 50'000'000;
      object.etag = "d41d8cd98f00b204e9800998ecf8427e";
      object.last_modified_ms = 1'700'000'000'000 + static_cast<int64_t>(at);
      object.storage_class = at % 10 == 0 ? "GLACIER" : "STANDARD";
    }
    if (end < per_prefix_ * kPrefixes) page.continuation = page.objects.back().key;
    return page;
  }
  Result<ObjectInfo> Head(const std::string&, const std::string&) override { return NotFound(""); }
  Result<uint64_t> Read(ObjectInfo*, uint64_t, char*, uint64_t) override { return NotFound(""); }

 private:
  std::string Key(uint64_t index) const {
    char text[64];
    std::snprintf(text, sizeof text, "p%02llu/object-%09llu",
                  static_cast<unsigned long long>(index / per_prefix_),
                  static_cast<unsigned long long>(index % per_prefix_));
    return text;
  }
  // The index of the first object behind a key, or behind a prefix "pNN/".
  uint64_t After(const std::string& key) const {
    const uint64_t prefix = std::strtoull(key.c_str() + 1, nullptr, 10) * per_prefix_;
    if (key.size() <= 4) return prefix;
    return prefix + std::strtoull(key.c_str() + 11, nullptr, 10) + 1;
  }

  const uint64_t per_prefix_;
};

double Seconds(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

// Memory in use now, in KiB.
uint64_t ResidentKib() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

double MerelyList(ObjectStore* store) {
  const auto start = std::chrono::steady_clock::now();
  std::string continuation;
  uint64_t count = 0;
  do {
    const Result<ListPage> page = store->List("b", "", continuation, 1000);
    if (!page.ok()) std::abort();
    count += page->objects.size();
    continuation = page->continuation;
  } while (!continuation.empty());
  if (count == 0) std::abort();
  return Seconds(start);
}

double Snapshot(ObjectStore* store, uint32_t parallel, uint64_t objects) {
  const auto start = std::chrono::steady_clock::now();
  BucketListing listing("b", {.parallel = parallel, .encryption = "unknown", .cancel = nullptr});
  if (!listing.Run(store).ok() || listing.Contents()->totals().objects != objects) std::abort();
  return Seconds(start);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Measure(uint64_t objects) {
  MadeUpBucket store(objects);
  std::vector<double> merely;
  std::vector<double> one;
  std::vector<double> four;
  MerelyList(&store);
  const uint64_t before = ResidentKib();
  for (int round = 0; round < 5; ++round) {
    merely.push_back(MerelyList(&store));
    one.push_back(Snapshot(&store, 1, objects));
    four.push_back(Snapshot(&store, 4, objects));
  }
  const uint64_t after = ResidentKib();
  const double base = Median(merely);
  std::printf("| %llu | %.3f | %.3f (%.2fx) | %.3f (%.2fx) | 1.2x | %lld |\n",
              static_cast<unsigned long long>(objects), base, Median(one), Median(one) / base,
              Median(four), Median(four) / base,
              static_cast<long long>(after) - static_cast<long long>(before));
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const unsigned long long objects = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  std::printf(
      "\n## Snapshot of a bucket in memory, 1,000 objects a page\n\n"
      "| objects | merely listing, s | snapshot, one range, s | snapshot, four ranges, s | target "
      "| "
      "memory grown, KiB |\n|---|---|---|---|---|---|\n");
  assay::Measure(objects / 10);
  assay::Measure(objects);
  return 0;
}
