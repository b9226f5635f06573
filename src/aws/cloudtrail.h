// The calls of AWS CloudTrail that keep a trail of S3 data events.
// Source: AWS CloudTrail API Reference, version 2013-11-01.
//
// Thread rule: a CloudTrailClient may be used by several threads at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/aws_service.h"
#include "base/status.h"

namespace assay {

struct Trail {
  std::string name;
  std::string arn;
  std::string bucket;
  std::string key_prefix;
  std::string home_region;
};

// Data events of S3 objects: "arn:aws:s3:::bucket/" or "arn:aws:s3:::bucket/prefix" each.
struct TrailSelectors {
  std::vector<std::string> s3_objects;
  bool management_events = false;
};

// CloudTrail's limit on the data resources of one trail, over all of its event selectors.
inline constexpr size_t kMaxTrailDataResources = 250;

// Trails of one region; `name` is a trail's name. Errors of every call: see StatusOfAwsError;
// kNotFound is "TrailNotFoundException".
class CloudTrailClient {
 public:
  explicit CloudTrailClient(AwsServiceContext context) : client_(std::move(context)) {}

  Status CreateTrail(const Trail& trail) const;
  Status UpdateTrail(const Trail& trail) const;
  // Nothing when this account has no such trail in this region.
  Result<std::optional<Trail>> DescribeTrail(const std::string& name) const;
  Status StartLogging(const std::string& name) const;
  Status StopLogging(const std::string& name) const;
  Status DeleteTrail(const std::string& name) const;
  // REQUIRES: at most kMaxTrailDataResources, at least one.
  Status PutEventSelectors(const std::string& name, const TrailSelectors& selectors) const;
  Result<TrailSelectors> GetEventSelectors(const std::string& name) const;

 private:
  Result<std::string> Call(const char* operation, const std::string& body) const;
  Status CallByName(const char* operation, const char* member, const std::string& name) const;

  AwsServiceClient client_;
};

}  // namespace assay
