#include "accounts/trail.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "accounts/account_service.h"
#include "aws/cloudtrail.h"
#include "aws/json_body.h"
#include "aws/retry_budget.h"

namespace assay {
namespace {

// A bucket policy takes a moment to be seen by CloudTrail.
constexpr uint32_t kCreateAttempts = 4;
constexpr std::chrono::milliseconds kCreateTime{20000};
constexpr std::chrono::milliseconds kPolicyWait{1000};

std::string ArnStart(const std::string& region) {
  return "arn:" + std::string(PartitionOf(region)) + ':';
}

std::string TrailArn(const std::string& account_id, const std::string& region) {
  return ArnStart(region) + "cloudtrail:" + region + ':' + account_id + ":trail/" +
         std::string(kTrailName);
}

Status EnsureBucket(AccountAccess* access, const TrailPlace& place) {
  ASSAY_ASSIGN_OR_RETURN(
      const std::shared_ptr<S3Store> store,
      access->OpenS3Store(place.account_id, place.region, place.service_role_arn));
  const std::string bucket = TrailBucketName(place.account_id, place.region);
  ASSAY_RETURN_IF_ERROR(store->CreateBucket(bucket));
  return store->PutBucketPolicy(bucket, TrailBucketPolicy(place.account_id, place.region));
}

Status CreateTrail(const CloudTrailClient& client, const Trail& trail) {
  RetryBudget budget(kCreateAttempts, kCreateTime, nullptr);
  for (;;) {
    Status status = client.CreateTrail(trail);
    if (status.message().find("InsufficientS3BucketPolicy") == std::string::npos ||
        !budget.WaitForNext(kPolicyWait)) {
      return status;
    }
  }
}

// Creates the trail, or points it at its bucket again.
Status EnsureTrailItself(AccountAccess* access, const TrailPlace& place,
                         const CloudTrailClient& client) {
  const std::string name(kTrailName);
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Trail> found, client.DescribeTrail(name));
  Trail trail;
  trail.name = name;
  trail.bucket = TrailBucketName(place.account_id, place.region);
  if (found && found->bucket == trail.bucket) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(EnsureBucket(access, place));
  return found ? client.UpdateTrail(trail) : CreateTrail(client, trail);
}

}  // namespace

std::string TrailBucketName(const std::string& account_id, const std::string& region) {
  return account_id + "-awsmacietrail-" + region;
}

std::string TrailBucketPolicy(const std::string& account_id, const std::string& region) {
  const std::string bucket_arn = ArnStart(region) + "s3:::" + TrailBucketName(account_id, region);
  JsonBody body;
  const auto statement = [&](const char* sid, const char* action, const std::string& resource) {
    body.StartObject().Text("Sid", sid).Text("Effect", "Allow");
    body.Member("Principal").StartObject().Text("Service", "cloudtrail.amazonaws.com").EndObject();
    body.Text("Action", action).Text("Resource", resource);
    body.Member("Condition").StartObject().Member("StringEquals").StartObject();
    body.Text("aws:SourceArn", TrailArn(account_id, region));
  };
  body.Text("Version", "2012-10-17").StartArray("Statement");
  statement("CloudTrailAclCheck", "s3:GetBucketAcl", bucket_arn);
  body.EndObject().EndObject().EndObject();
  statement("CloudTrailWrite", "s3:PutObject", bucket_arn + "/AWSLogs/" + account_id + "/*");
  body.Text("s3:x-amz-acl", "bucket-owner-full-control");
  body.EndObject().EndObject().EndObject();
  body.EndArray();
  return body.Finish();
}

std::vector<std::string> TrailObjectArns(const std::vector<ResourceRow>& resources,
                                         const std::string& region) {
  std::vector<std::string> arns;
  arns.reserve(resources.size());
  for (const ResourceRow& resource : resources) {
    arns.push_back(ArnStart(region) + "s3:::" + resource.bucket + '/' + resource.prefix);
  }
  std::sort(arns.begin(), arns.end());
  arns.erase(std::unique(arns.begin(), arns.end()), arns.end());
  return arns;
}

Status EnsureTrail(AccountAccess* access, const TrailPlace& place,
                   const std::vector<std::string>& object_arns) {
  if (object_arns.size() > kMaxTrailDataResources) {
    return ResourceExhausted("a trail takes at most " + std::to_string(kMaxTrailDataResources) +
                             " buckets and prefixes");
  }
  ASSAY_ASSIGN_OR_RETURN(
      AwsServiceContext context,
      access->ServiceContext(place.account_id, "cloudtrail", place.region, place.service_role_arn));
  const CloudTrailClient client(std::move(context));
  const std::string name(kTrailName);
  ASSAY_RETURN_IF_ERROR(EnsureTrailItself(access, place, client));
  ASSAY_ASSIGN_OR_RETURN(TrailSelectors now, client.GetEventSelectors(name));
  std::sort(now.s3_objects.begin(), now.s3_objects.end());
  if (now.s3_objects != object_arns || now.management_events) {
    ASSAY_RETURN_IF_ERROR(client.PutEventSelectors(
        name, TrailSelectors{.s3_objects = object_arns, .management_events = false}));
  }
  return client.StartLogging(name);
}

Status RemoveTrail(AccountAccess* access, const TrailPlace& place) {
  ASSAY_ASSIGN_OR_RETURN(
      AwsServiceContext context,
      access->ServiceContext(place.account_id, "cloudtrail", place.region, place.service_role_arn));
  const CloudTrailClient client(std::move(context));
  const std::string name(kTrailName);
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Trail> found, client.DescribeTrail(name));
  if (!found) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(client.StopLogging(name));
  const Status deleted = client.DeleteTrail(name);
  return deleted.code() == StatusCode::kNotFound ? Status::Ok() : deleted;
}

}  // namespace assay
