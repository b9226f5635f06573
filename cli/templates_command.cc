// `assay templates`: the CloudFormation templates that make the roles in the accounts.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "accounts/templates.h"
#include "cli/command.h"
#include "cli/exit_code.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay templates                      which there are, and who launches them
  assay templates member > member.yaml
  aws cloudformation create-stack --stack-name MacieServiceRolesMember --template-body file://member.yaml \
      --parameters ParameterKey=MasterAccountId,ParameterValue=111122223333 \
      --capabilities CAPABILITY_NAMED_IAM)";

int PrintTemplate(const std::string& name) {
  if (name.empty()) {
    for (const CloudFormationTemplate& one : CloudFormationTemplates()) {
      std::printf("%-10s %s\n", std::string(one.name).c_str(), std::string(one.summary).c_str());
    }
    return kExitDone;
  }
  const CloudFormationTemplate* found = FindCloudFormationTemplate(name);
  if (found == nullptr) {
    std::fprintf(stderr, "assay: there is no template '%s'; 'assay templates' lists them\n",
                 name.c_str());
    return kExitError;
  }
  std::fwrite(found->text.data(), 1, found->text.size(), stdout);
  return kExitDone;
}

}  // namespace

void AddTemplatesCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* templates = app.add_subcommand(
      "templates", "Print the CloudFormation templates that make the roles in the accounts");
  templates->footer(kFooter);
  const auto name = std::make_shared<std::string>();
  templates->add_option("name", *name, "master or member; none lists them")->type_name("NAME");
  templates->callback(
      [name, chosen] { *chosen = [name]() -> int { return PrintTemplate(*name); }; });
}

}  // namespace assay
