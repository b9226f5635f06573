#include "aws/kms.h"

#include <utility>

#include "aws/json_body.h"

namespace assay {
namespace {

constexpr const char* kVersion = "1.1";
constexpr size_t kMaxGrants = 10000;
constexpr int64_t kGrantsPage = 100;

}  // namespace

Result<std::string> KmsClient::GetKeyPolicy(const std::string& key_id) const {
  const std::string body = JsonBody().Text("KeyId", key_id).Text("PolicyName", "default").Finish();
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         client_.Json("TrentService.GetKeyPolicy", kVersion, body));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json, ParseJsonBody(reply, "kms GetKeyPolicy"));
  return JsonText(json, "Policy");
}

Result<KmsKey> KmsClient::DescribeKey(const std::string& key_id) const {
  const std::string body = JsonBody().Text("KeyId", key_id).Finish();
  ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                         client_.Json("TrentService.DescribeKey", kVersion, body));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json, ParseJsonBody(reply, "kms DescribeKey"));
  const auto metadata = json.FindMember("KeyMetadata");
  if (metadata == json.MemberEnd() || !metadata->value.IsObject()) {
    return DataLoss("kms DescribeKey: a reply without a key");
  }
  return KmsKey{.key_id = JsonText(metadata->value, "KeyId"),
                .arn = JsonText(metadata->value, "Arn"),
                .account_id = JsonText(metadata->value, "AWSAccountId"),
                .state = JsonText(metadata->value, "KeyState"),
                .key_manager = JsonText(metadata->value, "KeyManager")};
}

Result<std::vector<KmsGrant>> KmsClient::ListGrants(const std::string& key_id) const {
  std::vector<KmsGrant> grants;
  std::string marker;
  do {
    JsonBody body;
    body.Text("KeyId", key_id).Number("Limit", kGrantsPage);
    if (!marker.empty()) body.Text("Marker", marker);
    ASSAY_ASSIGN_OR_RETURN(const std::string reply,
                           client_.Json("TrentService.ListGrants", kVersion, body.Finish()));
    ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document json, ParseJsonBody(reply, "kms ListGrants"));
    for (const rapidjson::Value* grant : JsonObjects(json, "Grants")) {
      grants.push_back({.grant_id = JsonText(*grant, "GrantId"),
                        .grantee_principal = JsonText(*grant, "GranteePrincipal"),
                        .operations = JsonTexts(*grant, "Operations")});
    }
    if (grants.size() > kMaxGrants) {
      return ResourceExhausted("kms ListGrants: more grants than can be looked at");
    }
    std::string next = JsonFlag(json, "Truncated") ? JsonText(json, "NextMarker") : "";
    if (!next.empty() && next == marker) return DataLoss("kms ListGrants: the pages do not end");
    marker = std::move(next);
  } while (!marker.empty());
  return grants;
}

}  // namespace assay
