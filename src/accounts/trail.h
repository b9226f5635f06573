// The trail of a region of an account (A7): its bucket, the bucket's policy, and the selectors that
// name the selected buckets and prefixes.
//
// Thread rule: pure functions, and calls that change one account's trail: one at a time for each
// account and region.
#pragma once

#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "store/resource_rows.h"

namespace assay {

// "111122223333-awsmacietrail-us-east-1": one of the names the service role may make.
std::string TrailBucketName(const std::string& account_id, const std::string& region);
// What lets CloudTrail write its logs there, and nobody else's trail (JSON).
std::string TrailBucketPolicy(const std::string& account_id, const std::string& region);
// "arn:aws:s3:::bucket/prefix" for each resource, sorted, each once.
std::vector<std::string> TrailObjectArns(const std::vector<ResourceRow>& resources,
                                         const std::string& region);

// Which account's trail, and as whom.
struct TrailPlace {
  std::string account_id;
  std::string region;
  std::string service_role_arn;
};
// Makes the trail, or brings it in line with `object_arns` (at least one). kResourceExhausted: more
// than CloudTrail takes; kUnimplemented: there is no CloudTrail.
Status EnsureTrail(AccountAccess* access, const TrailPlace& place,
                   const std::vector<std::string>& object_arns);
// Stops and deletes the trail; the bucket with its logs stays. OK when there is none.
Status RemoveTrail(AccountAccess* access, const TrailPlace& place);

}  // namespace assay
