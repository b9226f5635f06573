#include "accounts/templates.h"

#include <array>

#include "master_template_data.h"
#include "member_template_data.h"

namespace assay {
namespace {

constexpr std::array kTemplates = {
    CloudFormationTemplate{
        "master", "MacieServiceRolesMaster.yaml",
        "Launch once in the master account, on AWS itself: the role the service reads it with.",
        kMasterTemplateYaml},
    CloudFormationTemplate{
        "member", "MacieServiceRolesMember.yaml",
        "Launch once in each member account, with MasterAccountId: the handshake role.",
        kMemberTemplateYaml},
};

}  // namespace

std::span<const CloudFormationTemplate> CloudFormationTemplates() { return kTemplates; }

const CloudFormationTemplate* FindCloudFormationTemplate(std::string_view name) {
  for (const CloudFormationTemplate& one : kTemplates) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace assay
