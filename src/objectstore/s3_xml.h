// The replies of S3 as values. Replies are hostile input: sizes and element counts are bounded, and
// only well-formed documents of the expected shape are taken.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "objectstore/object_store.h"

namespace assay {

struct S3Listing {
  std::vector<ObjectInfo> objects;  // the bucket is not filled in
  bool truncated = false;
  std::string next_token;
};

// A ListObjectsV2 reply to a request for at most `max_keys` keys. Keys are decoded when the reply
// says that they are URL-encoded. kDataLoss: no such reply, or more in it than was asked for.
Result<S3Listing> ParseS3Listing(std::string_view xml, uint32_t max_keys);

struct S3Level {
  std::vector<std::string> names;  // keys, and prefixes that end with '/'; in byte order
  bool truncated = false;
};
// A ListObjectsV2 reply to a request with the delimiter '/'. kDataLoss as above.
Result<S3Level> ParseS3Level(std::string_view xml, uint32_t max_keys);

struct S3BucketPage {
  std::vector<BucketInfo> buckets;
  std::string next_token;  // "" at the end
};
// A ListBuckets reply. kDataLoss: no such reply.
Result<S3BucketPage> ParseS3Buckets(std::string_view xml);

// The body of an error reply; every member may be "" (a HEAD reply has no body, proxies answer with
// anything).
struct S3ErrorBody {
  std::string code;         // "NoSuchKey"; only letters, digits and dots
  std::string message;      // printable ASCII, at most 300 bytes
  std::string region;       // where the bucket lies, in AuthorizationHeaderMalformed
  std::string server_time;  // in RequestTimeTooSkewed
};
S3ErrorBody ParseS3Error(std::string_view xml);

}  // namespace assay
