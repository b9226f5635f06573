// Drives S3Store for the tests of tests/s3: one operation per run, results as lines of text.
//   s3_store_tool [OPTION...] buckets | region BUCKET | list BUCKET [PREFIX [PAGE]]
//                 | page BUCKET PREFIX PAGE CONTINUATION | head BUCKET KEY
//                 | cat BUCKET KEY [OFFSET LENGTH] | read-all BUCKET [THREADS]
// BUCKET, PREFIX and KEY are percent-encoded, and so are the keys in the output.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "aws/uri.h"
#include "objectstore/s3_store.h"

namespace assay {
namespace {

int Fail(const Status& status, const std::string& reason) {
  std::fprintf(stderr, "%s\t%s\n", reason.c_str(), status.ToString().c_str());
  return 1;
}

int Fail(const Status& status) { return Fail(status, std::string(ReasonForStatus(status))); }

void PrintObject(const ObjectInfo& object) {
  std::printf("%s\t%llu\t%s\t%lld\t%s\n", UriEncode(object.key).c_str(),
              static_cast<unsigned long long>(object.size), object.etag.c_str(),
              static_cast<long long>(object.last_modified_ms), object.storage_class.c_str());
}

int Buckets(S3Store& store) {
  const Result<std::vector<BucketInfo>> buckets = store.ListBuckets();
  if (!buckets.ok()) return Fail(buckets.status());
  for (const BucketInfo& bucket : *buckets) std::printf("%s\n", bucket.name.c_str());
  return 0;
}

// Calls `visit` with every page; its false ends the listing.
template <typename Visit>
Status ForEachPage(S3Store& store, const std::string& bucket, const std::string& prefix,
                   uint32_t page_size, Visit visit) {
  std::string continuation;
  do {
    ASSAY_ASSIGN_OR_RETURN(ListPage page, store.List(bucket, prefix, continuation, page_size));
    continuation = page.continuation;
    visit(page);
  } while (!continuation.empty());
  return Status::Ok();
}

int List(S3Store& store, const std::string& bucket, const std::string& prefix, uint32_t page_size) {
  const Status status = ForEachPage(store, bucket, prefix, page_size, [](const ListPage& page) {
    for (const ObjectInfo& object : page.objects) PrintObject(object);
  });
  return status.ok() ? 0 : Fail(status);
}

int Page(S3Store& store, const std::string& bucket, const std::string& prefix, uint32_t page_size,
         const std::string& continuation) {
  const Result<ListPage> page = store.List(bucket, prefix, continuation, page_size);
  if (!page.ok()) return Fail(page.status());
  for (const ObjectInfo& object : page->objects) PrintObject(object);
  std::printf("continuation\t%s\n", page->continuation.c_str());
  return 0;
}

int Head(S3Store& store, const std::string& bucket, const std::string& key) {
  const Result<ObjectInfo> object = store.Head(bucket, key);
  if (!object.ok()) return Fail(object.status());
  PrintObject(*object);
  std::printf("content-type\t%s\nencryption\t%s\nkms\t%s\nversion\t%s\n",
              object->content_type_header.c_str(), object->server_encryption.c_str(),
              object->sse_kms_key_id.c_str(), object->version_id.c_str());
  for (const auto& [name, value] : object->user_metadata) {
    std::printf("meta %s\t%s\n", name.c_str(), value.c_str());
  }
  return 0;
}

// Pins the object as a listing would: by `etag` when it is given, else by a head request.
int Cat(S3Store& store, const std::string& bucket, const std::string& key, uint64_t offset,
        uint64_t length) {
  ObjectInfo object;
  if (const char* etag = std::getenv("PIN_ETAG")) {
    object.bucket = bucket;
    object.key = key;
    object.etag = etag;
    const char* size = std::getenv("PIN_SIZE");
    object.size = std::strtoull(size == nullptr ? "0" : size, nullptr, 10);
  } else {
    Result<ObjectInfo> head = store.Head(bucket, key);
    if (!head.ok()) return Fail(head.status());
    object = *std::move(head);
  }
  std::vector<char> bytes(std::min(length, object.size));
  const Result<uint64_t> got = store.Read(&object, offset, bytes.data(), bytes.size());
  if (!got.ok()) return Fail(got.status(), object.unreadable_reason);
  if (*got > 0) std::fwrite(bytes.data(), 1, *got, stdout);
  return 0;
}

// Reads every object of a bucket with several threads and prints how much that was.
int ReadAll(S3Store& store, const std::string& bucket, unsigned threads) {
  std::vector<ObjectInfo> objects;
  const Status status = ForEachPage(store, bucket, "", 1000, [&](const ListPage& page) {
    objects.insert(objects.end(), page.objects.begin(), page.objects.end());
  });
  if (!status.ok()) return Fail(status);
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<size_t> failures{0};
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      std::vector<char> buffer;
      for (size_t at = next++; at < objects.size(); at = next++) {
        ObjectInfo object = objects[at];
        buffer.resize(object.size);
        const Result<uint64_t> got = store.Read(&object, 0, buffer.data(), object.size);
        if (got.ok()) {
          bytes += *got;
        } else {
          ++failures;
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::printf("objects\t%zu\nbytes\t%llu\nfailures\t%zu\n", objects.size(),
              static_cast<unsigned long long>(bytes.load()), failures.load());
  return failures == 0 ? 0 : 1;
}

int Run(int argc, char** argv) {
  S3StoreOptions options;
  std::map<std::string, std::string*> texts = {
      {"--endpoint-url", &options.endpoint_url}, {"--region", &options.region},
      {"--profile", &options.profile},           {"--role-arn", &options.role_arn},
      {"--external-id", &options.external_id},   {"--ca-bundle", &options.ca_bundle}};
  int at = 1;
  for (; at < argc && std::string_view(argv[at]).starts_with("--"); ++at) {
    const std::string name = argv[at];
    if (name == "--no-sign-request") {
      options.no_sign_request = true;
    } else if (name == "--virtual-host") {
      options.addressing = S3Addressing::kVirtualHost;
    } else if (at + 1 == argc) {
      return 2;
    } else if (name == "--max-attempts") {
      options.max_attempts = static_cast<uint32_t>(std::atoi(argv[++at]));
    } else if (name == "--stall-timeout") {
      options.stall_timeout = std::chrono::seconds(std::atoi(argv[++at]));
    } else if (texts.count(name) != 0) {
      *texts[name] = argv[++at];
    } else {
      return 2;
    }
  }
  std::vector<std::string> words;
  for (; at < argc; ++at) words.push_back(argv[at]);
  words.resize(std::max<size_t>(words.size(), 5));
  Result<std::unique_ptr<S3Store>> store = S3Store::Open(options);
  if (!store.ok()) return Fail(store.status());
  S3Store& s3 = **store;
  const std::string& verb = words[0];
  const std::string bucket = UriDecode(words[1]);
  const std::string key = UriDecode(words[2]);
  const auto number = [&](size_t index, uint64_t otherwise) {
    return words[index].empty() ? otherwise : std::strtoull(words[index].c_str(), nullptr, 10);
  };
  if (verb == "buckets") return Buckets(s3);
  if (verb == "list") return List(s3, bucket, key, static_cast<uint32_t>(number(3, 1000)));
  if (verb == "page")
    return Page(s3, bucket, key, static_cast<uint32_t>(number(3, 1000)), words[4]);
  if (verb == "head") return Head(s3, bucket, key);
  if (verb == "cat") return Cat(s3, bucket, key, number(3, 0), number(4, UINT64_MAX));
  if (verb == "read-all") return ReadAll(s3, bucket, static_cast<unsigned>(number(2, 4)));
  if (verb == "region") {
    const Result<std::string> region = s3.BucketRegion(bucket);
    if (!region.ok()) return Fail(region.status());
    std::printf("%s\n", region->c_str());
    return 0;
  }
  return 2;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
