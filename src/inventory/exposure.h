// Whether the world can read or write a bucket: s3_world_readability and s3_world_writability.
//
// "The world" is anyone with an AWS account or none: the ACL groups AllUsers and
// AuthenticatedUsers, and statements of the bucket policy for everyone, with nothing but conditions
// that anyone can meet. Readable: its objects can be read or listed. Writable: objects, its ACL or
// its policy can be changed. What ACLs of single objects grant is not looked at. Sources: "Access
// control list (ACL) overview", "The meaning of public" and "Blocking public access" of the Amazon
// S3 user guide.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/policy.h"
#include "objectstore/s3_bucket_documents.h"

namespace assay {

struct ExposureInput {
  std::string bucket;
  std::string region;  // for the partition in ARNs
  BucketDocument<BucketAcl> acl;
  BucketDocument<std::string> policy;  // JSON
  BucketDocument<PublicAccessBlock> bucket_block;
  // kAbsent when it is known that the account has none; kUnsupported when nobody asked, which
  // counts as none.
  BucketDocument<PublicAccessBlock> account_block{
      .state = DocumentState::kUnsupported, .value = {}, .status = {}};
};

struct WorldAccess {
  Truth verdict = Truth::kUnknown;
  // Through what, or what keeps it out, or what is not known; one line each.
  std::vector<std::string> reasons;
};

struct Exposure {
  WorldAccess readability;
  WorldAccess writability;
};

Exposure EvaluateExposure(const ExposureInput& input);

// "true", "false", "unknown": the values of the index.
std::string_view TruthName(Truth truth);

// How far a condition keeps a stranger out, who chooses how to ask but not who or where to be.
enum class Reach {
  kNever,     // no stranger meets it
  kPossible,  // a stranger can meet it and can avoid it
  kAlways,    // no stranger can avoid it
  kUnknown,
};
Reach ReachOfCondition(const PolicyCondition& condition);

}  // namespace assay
