// Downloads every object of a bucket and throws the bytes away: what `assay scan s3://...` costs
// without classifying anything, with the same client. Usage: s3_download ENDPOINT BUCKET JOBS
// Credentials come from the environment. Prints objects, bytes and seconds.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "objectstore/s3_store.h"

namespace {

constexpr uint64_t kMaxObjectBytes = 20ull << 20;

struct Totals {
  std::atomic<uint64_t> objects{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> failures{0};
};

void Download(assay::ObjectStore& store, std::vector<assay::ObjectInfo>& objects,
              std::atomic<size_t>& next, Totals& totals) {
  const auto buffer = std::make_unique<char[]>(kMaxObjectBytes);
  while (true) {
    const size_t index = next.fetch_add(1);
    if (index >= objects.size()) return;
    assay::ObjectInfo& object = objects[index];
    const auto read = store.Read(&object, 0, buffer.get(), std::min(object.size, kMaxObjectBytes));
    if (!read.ok()) {
      totals.failures.fetch_add(1);
      continue;
    }
    totals.objects.fetch_add(1);
    totals.bytes.fetch_add(*read);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: s3_download ENDPOINT BUCKET JOBS\n");
    return 2;
  }
  assay::S3StoreOptions options;
  options.endpoint_url = argv[1];
  auto store = assay::S3Store::Open(options);
  if (!store.ok()) {
    std::fprintf(stderr, "s3_download: %s\n", store.status().ToString().c_str());
    return 1;
  }
  const auto start = std::chrono::steady_clock::now();
  Totals totals;
  std::string token;
  do {
    auto page = (*store)->List(argv[2], "", token, 1000);
    if (!page.ok()) {
      std::fprintf(stderr, "s3_download: %s\n", page.status().ToString().c_str());
      return 1;
    }
    std::atomic<size_t> next{0};
    std::vector<std::thread> threads;
    for (int job = 0; job < std::atoi(argv[3]); ++job) {
      threads.emplace_back([&] { Download(**store, page->objects, next, totals); });
    }
    for (std::thread& thread : threads) thread.join();
    token = page->continuation;
  } while (!token.empty());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("{\"objects\":%llu,\"bytes\":%llu,\"failures\":%llu,\"seconds\":%.3f}\n",
              static_cast<unsigned long long>(totals.objects.load()),
              static_cast<unsigned long long>(totals.bytes.load()),
              static_cast<unsigned long long>(totals.failures.load()), seconds.count());
  return totals.failures.load() == 0 ? 0 : 1;
}
