#include "aws/iam.h"

#include <pugixml.hpp>
#include <utility>

namespace assay {
namespace {

constexpr const char* kVersion = "2010-05-08";

// The node <ActionResponse><ActionResult> of a reply in `document`.
Result<pugi::xml_node> ResultNode(const std::string& xml, const std::string& action,
                                  pugi::xml_document* document) {
  const auto parsed =
      document->load_buffer(xml.data(), xml.size(), pugi::parse_default & ~pugi::parse_doctype);
  const pugi::xml_node node =
      document->child((action + "Response").c_str()).child((action + "Result").c_str());
  if (!parsed || !node) return DataLoss("iam " + action + ": not a reply of IAM");
  return node;
}

Result<IamRole> RoleOf(const std::string& xml, const std::string& action) {
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node result, ResultNode(xml, action, &document));
  const pugi::xml_node node = result.child("Role");
  IamRole role;
  role.name = node.child_value("RoleName");
  role.arn = node.child_value("Arn");
  role.path = node.child_value("Path");
  role.trust_policy = UriDecode(node.child_value("AssumeRolePolicyDocument"));
  if (role.name.empty() || !role.arn.starts_with("arn:")) {
    return DataLoss("iam " + action + ": a reply without a role");
  }
  return role;
}

}  // namespace

Result<IamRole> IamClient::GetRole(const std::string& name) const {
  ASSAY_ASSIGN_OR_RETURN(const std::string xml,
                         client_.Query("GetRole", kVersion, {{"RoleName", name}}));
  return RoleOf(xml, "GetRole");
}

Result<IamRole> IamClient::CreateServiceLinkedRole(const std::string& service_name) const {
  ASSAY_ASSIGN_OR_RETURN(const std::string xml, client_.Query("CreateServiceLinkedRole", kVersion,
                                                              {{"AWSServiceName", service_name}}));
  return RoleOf(xml, "CreateServiceLinkedRole");
}

Result<IamRole> IamClient::CreateRole(const NewIamRole& role) const {
  QueryParameters parameters = {{"RoleName", role.name},
                                {"Path", role.path.empty() ? "/" : role.path},
                                {"AssumeRolePolicyDocument", role.trust_policy}};
  if (!role.description.empty()) parameters.emplace_back("Description", role.description);
  ASSAY_ASSIGN_OR_RETURN(const std::string xml,
                         client_.Query("CreateRole", kVersion, std::move(parameters)));
  return RoleOf(xml, "CreateRole");
}

Status IamClient::DeleteRole(const std::string& name) const {
  return client_.Query("DeleteRole", kVersion, {{"RoleName", name}}).status();
}

Status IamClient::PutRolePolicy(const std::string& role, const std::string& policy_name,
                                const std::string& policy) const {
  return client_
      .Query("PutRolePolicy", kVersion,
             {{"RoleName", role}, {"PolicyName", policy_name}, {"PolicyDocument", policy}})
      .status();
}

Status IamClient::AttachRolePolicy(const std::string& role, const std::string& policy_arn) const {
  return client_
      .Query("AttachRolePolicy", kVersion, {{"RoleName", role}, {"PolicyArn", policy_arn}})
      .status();
}

Result<std::string> IamClient::GetRolePolicy(const std::string& role,
                                             const std::string& policy_name) const {
  ASSAY_ASSIGN_OR_RETURN(
      const std::string xml,
      client_.Query("GetRolePolicy", kVersion, {{"RoleName", role}, {"PolicyName", policy_name}}));
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node result, ResultNode(xml, "GetRolePolicy", &document));
  return UriDecode(result.child_value("PolicyDocument"));
}

Result<std::vector<std::string>> IamClient::ListAccountAliases() const {
  ASSAY_ASSIGN_OR_RETURN(const std::string xml,
                         client_.Query("ListAccountAliases", kVersion, {{"MaxItems", "100"}}));
  pugi::xml_document document;
  ASSAY_ASSIGN_OR_RETURN(const pugi::xml_node result,
                         ResultNode(xml, "ListAccountAliases", &document));
  std::vector<std::string> aliases;
  for (const pugi::xml_node alias : result.child("AccountAliases").children("member")) {
    aliases.emplace_back(alias.child_value());
  }
  return aliases;
}

}  // namespace assay
