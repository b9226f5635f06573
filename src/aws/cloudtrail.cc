#include "aws/cloudtrail.h"

#include <utility>

#include "aws/json_body.h"

namespace assay {
namespace {

constexpr const char* kTarget = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
constexpr const char* kS3Object = "AWS::S3::Object";

// A trail of one region, without the events of global services: S3 data events alone.
std::string TrailBody(const Trail& trail) {
  JsonBody body;
  body.Text("Name", trail.name).Text("S3BucketName", trail.bucket);
  if (!trail.key_prefix.empty()) body.Text("S3KeyPrefix", trail.key_prefix);
  body.Flag("IncludeGlobalServiceEvents", false).Flag("IsMultiRegionTrail", false);
  return body.Finish();
}

}  // namespace

Result<std::string> CloudTrailClient::Call(const char* operation, const std::string& body) const {
  return client_.Json(std::string(kTarget) + operation, "1.1", body);
}

Status CloudTrailClient::CallByName(const char* operation, const char* member,
                                    const std::string& name) const {
  return Call(operation, JsonBody().Text(member, name).Finish()).status();
}

Status CloudTrailClient::CreateTrail(const Trail& trail) const {
  return Call("CreateTrail", TrailBody(trail)).status();
}

Status CloudTrailClient::UpdateTrail(const Trail& trail) const {
  return Call("UpdateTrail", TrailBody(trail)).status();
}

Result<std::optional<Trail>> CloudTrailClient::DescribeTrail(const std::string& name) const {
  const std::string body =
      JsonBody().Texts("trailNameList", {name}).Flag("includeShadowTrails", false).Finish();
  ASSAY_ASSIGN_OR_RETURN(const std::string reply, Call("DescribeTrails", body));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json,
                         ParseJsonBody(reply, "cloudtrail DescribeTrails"));
  for (const rapidjson::Value* trail : JsonObjects(json, "trailList")) {
    if (JsonText(*trail, "Name") != name) continue;
    // Some servers list the trails of other regions too, whatever was asked for.
    const std::string home = JsonText(*trail, "HomeRegion");
    if (!home.empty() && home != client_.context().region) continue;
    return std::optional<Trail>(Trail{.name = name,
                                      .arn = JsonText(*trail, "TrailARN"),
                                      .bucket = JsonText(*trail, "S3BucketName"),
                                      .key_prefix = JsonText(*trail, "S3KeyPrefix"),
                                      .home_region = home});
  }
  return std::optional<Trail>();
}

Status CloudTrailClient::StartLogging(const std::string& name) const {
  return CallByName("StartLogging", "Name", name);
}

Status CloudTrailClient::StopLogging(const std::string& name) const {
  return CallByName("StopLogging", "Name", name);
}

Status CloudTrailClient::DeleteTrail(const std::string& name) const {
  return CallByName("DeleteTrail", "Name", name);
}

Status CloudTrailClient::PutEventSelectors(const std::string& name,
                                           const TrailSelectors& selectors) const {
  JsonBody body;
  body.Text("TrailName", name).StartArray("EventSelectors").StartObject();
  body.Text("ReadWriteType", "All");
  body.Flag("IncludeManagementEvents", selectors.management_events);
  body.StartArray("DataResources").StartObject();
  body.Text("Type", kS3Object).Texts("Values", selectors.s3_objects);
  body.EndObject().EndArray().EndObject().EndArray();
  return Call("PutEventSelectors", body.Finish()).status();
}

Result<TrailSelectors> CloudTrailClient::GetEventSelectors(const std::string& name) const {
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         Call("GetEventSelectors", JsonBody().Text("TrailName", name).Finish()));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json,
                         ParseJsonBody(reply, "cloudtrail GetEventSelectors"));
  TrailSelectors selectors;
  for (const rapidjson::Value* selector : JsonObjects(json, "EventSelectors")) {
    selectors.management_events |= JsonFlag(*selector, "IncludeManagementEvents");
    for (const rapidjson::Value* resource : JsonObjects(*selector, "DataResources")) {
      if (JsonText(*resource, "Type") != kS3Object) continue;
      for (std::string& value : JsonTexts(*resource, "Values")) {
        selectors.s3_objects.push_back(std::move(value));
      }
    }
  }
  return selectors;
}

}  // namespace assay
