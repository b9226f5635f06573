// ObjectStore: buckets and objects, wherever they lie. Implementations: a directory
// (directory_store.h) and S3 (s3_store.h).
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// One listed object. Keys are bytes (S3 allows any UTF-8 of up to 1,024 bytes; directories any
// bytes); nothing here is ever used as a path without the store's own checks.
struct ObjectInfo {
  std::string bucket;  // "" for a plain path
  std::string key;
  uint64_t size = 0;             // bytes
  std::string etag;              // without quotes; directories: a tag made of inode, size and mtime
  std::string version_id;        // "" when the store has no versions
  int64_t last_modified_ms = 0;  // milliseconds since the Unix epoch, UTC
  // When it came to lie where it is, if that is known to be another moment: a file that was moved
  // into a directory keeps its last_modified_ms. 0 = last_modified_ms.
  int64_t added_ms = 0;
  std::string storage_class;  // "STANDARD", "GLACIER" ...; "" when the store does not say
  std::string owner_id;
  std::string owner_name;
  // Known only after reading or a head request:
  std::string server_encryption;  // "AES256", "aws:kms", "aws:kms:dsse", "" = none or not known
  std::string sse_kms_key_id;
  std::string sse_customer_algorithm;
  std::map<std::string, std::string> user_metadata;  // lower-case names without "x-amz-meta-"
  std::string content_type_header;
  // Why there is nothing to read, in the words of the outcome reasons of classification.h: one of
  // the kReason... below. Set by List for entries that are no object (links, special files), by
  // Head and Read whenever they fail because of this object or the store; "" otherwise.
  std::string unreadable_reason;
};

// The values of ObjectInfo::unreadable_reason.
inline constexpr std::string_view kReasonArchived = "archived";
inline constexpr std::string_view kReasonKmsKeyNotUsable = "kms-key-not-usable";
inline constexpr std::string_view kReasonCustomerKeyEncrypted = "customer-key-encrypted";
inline constexpr std::string_view kReasonAccessDenied = "access-denied";
inline constexpr std::string_view kReasonVanished = "vanished";
inline constexpr std::string_view kReasonStoreUnavailable = "store-unavailable";
inline constexpr std::string_view kReasonSpecialFile = "special-file";
inline constexpr std::string_view kReasonSymlink = "symlink";

// The reason that fits a failed call when nothing more exact is known: kNotFound and kAborted are
// "vanished", kPermissionDenied "access-denied", kCancelled and OK "", the rest
// "store-unavailable".
std::string_view ReasonForStatus(const Status& status);

// Whether the object was encrypted by its writer before it was stored, as the metadata of the
// Amazon S3 encryption client tells (x-amz-key, x-amz-key-v2, x-amz-cek-alg or their names in
// format version 3); meaningful after Head or Read.
bool IsClientSideEncrypted(const ObjectInfo& object);

struct ListPage {
  std::vector<ObjectInfo> objects;  // in the store's key order (byte order)
  // Opaque token of the next page; "" at the end. Stays valid across processes.
  std::string continuation;
};

// One level of a bucket: the keys that start with a prefix, cut behind the next '/'.
struct LevelPage {
  std::vector<std::string> names;  // keys, and prefixes that end with '/'; in byte order
  bool more = false;               // there are names after the last one
};

struct BucketInfo {
  std::string name;
  std::string region;  // "" when the store does not say
  int64_t created_ms = 0;
};

class S3BucketDocuments;  // s3_bucket_documents.h

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<std::vector<BucketInfo>> ListBuckets() = 0;

  // One page of keys that start with `prefix`, after `continuation` ("" = from the start), at most
  // `max_keys` (1-1000).
  virtual Result<ListPage> List(const std::string& bucket, const std::string& prefix,
                                const std::string& continuation, uint32_t max_keys) = 0;

  // The continuation with which List goes on after `key` in byte order, whether there is such a key
  // or not. "" when this bucket cannot be listed in parts.
  virtual std::string ContinuationAfter(const std::string& bucket, const std::string& key) {
    (void)bucket, (void)key;
    return "";
  }

  // At most `max_names` (1-1000) names of the level below `prefix` that come after `after` ("" =
  // from the start). kUnimplemented when the store knows no levels.
  virtual Result<LevelPage> ListLevel(const std::string& bucket, const std::string& prefix,
                                      const std::string& after, uint32_t max_names) {
    (void)bucket, (void)prefix, (void)after, (void)max_names;
    return Unimplemented("this store does not list levels");
  }

  // ACL, policy and the like of buckets; null where buckets have none. Lives as long as the store.
  virtual S3BucketDocuments* bucket_documents() { return nullptr; }

  // Facts of one object without its bytes. kNotFound when it is gone.
  virtual Result<ObjectInfo> Head(const std::string& bucket, const std::string& key) = 0;

  // Reads [offset, offset+length) of exactly the listed object into memory at `out` and returns how
  // many bytes there were (fewer only at the end of the object). The object is pinned by
  // object.etag: kAborted when it changed since it was listed, kNotFound when it is gone. Facts
  // learnt on the way (encryption, user metadata) are put into *object. Retries are inside; a
  // failure that comes back is final for now: kUnavailable may be tried again later. On failure
  // object->unreadable_reason says why in one word, and what is at `out` is unspecified.
  virtual Result<uint64_t> Read(ObjectInfo* object, uint64_t offset, char* out,
                                uint64_t length) = 0;
};

}  // namespace assay
