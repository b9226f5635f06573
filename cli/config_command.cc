// `assay config`: what can be set, what is set, and whether it makes sense.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "aws/shared_config.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/service/service_config.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay config check --dir ~/assay
  assay config list                        what can be set, with flags and environment names)";

int CheckConfig(const std::string& directory_flag) {
  const std::string directory = ServiceDirectory(directory_flag);
  const LoadedConfig loaded = LoadServiceConfig(directory, ProcessEnvironment(), {});
  if (!loaded.mistakes.empty() || !loaded.missing.empty()) {
    std::fputs(FormatMistakes(loaded.mistakes).c_str(), stderr);
    std::fputs(FormatMistakes(loaded.missing).c_str(), stderr);
    return kExitError;
  }
  const ServiceConfig& config = loaded.config;
  if (!loaded.file_found) {
    std::printf("There is no %s/assay.toml: all settings have their defaults.\n",
                directory.c_str());
  }
  std::printf("No mistakes. Master account %s, region %s, %zu account%s with an entry, %s.\n",
              config.master_account.empty() ? "not set" : config.master_account.c_str(),
              config.region.c_str(), config.accounts.size(), config.accounts.size() == 1 ? "" : "s",
              config.BaseUrl().c_str());
  return kExitDone;
}

int ListSettings() {
  for (const ServiceSetting& setting : ServiceSettings()) {
    std::printf("%.*s = \"%.*s\"\n    %.*s\n    %.*s %.*s · %.*s%s\n\n",
                static_cast<int>(setting.key.size()), setting.key.data(),
                static_cast<int>(setting.default_text.size()), setting.default_text.data(),
                static_cast<int>(setting.help.size()), setting.help.data(),
                static_cast<int>(setting.flag.size()), setting.flag.data(),
                static_cast<int>(setting.value_name.size()), setting.value_name.data(),
                static_cast<int>(setting.environment.size()), setting.environment.data(),
                setting.reloadable ? " · reloaded by SIGHUP" : "");
  }
  return kExitDone;
}

}  // namespace

void AddConfigCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* config = app.add_subcommand("config", "Check the settings of a service, or list them");
  config->footer(kFooter);
  config->require_subcommand(1);
  CLI::App* check = config->add_subcommand("check", "Explain every mistake in assay.toml, by line");
  const auto directory = std::make_shared<std::string>();
  check->add_option("--dir", *directory, "Data directory of the service")->type_name("DIR");
  check->callback(
      [directory, chosen] { *chosen = [directory]() -> int { return CheckConfig(*directory); }; });
  config->add_subcommand("list", "Every setting with its default, flag and environment name")
      ->callback([chosen] { *chosen = [] { return ListSettings(); }; });
}

}  // namespace assay
