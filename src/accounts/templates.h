// The CloudFormation templates of deploy/cloudformation, embedded: what `assay templates` prints.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string_view>

namespace assay {

struct CloudFormationTemplate {
  std::string_view name;       // "master", "member"
  std::string_view file_name;  // "MacieServiceRolesMember.yaml"
  std::string_view summary;    // one line: who launches it, and where
  std::string_view text;       // YAML
};

std::span<const CloudFormationTemplate> CloudFormationTemplates();
// Null when there is none of this name.
const CloudFormationTemplate* FindCloudFormationTemplate(std::string_view name);

}  // namespace assay
