// The command line of `assay serve`.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/service/serve_run.h"
#include "cli/service/service_config.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay init --dir ~/assay --master-account 111122223333 --directory 111122223333=~/exports
  assay serve --dir ~/assay
  assay serve --dir ~/assay --listen 0.0.0.0:8765 --tls-certificate server.pem --tls-key server.key

The stock clients speak to it: aws macie list-member-accounts --endpoint-url http://127.0.0.1:8765
SIGTERM and Ctrl-C end it cleanly, SIGHUP reads the settings again. 'assay config list' explains them.)";

}  // namespace

void AddServeCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* serve = app.add_subcommand(
      "serve", "Run the service: Macie's API over accounts of your own, classifying as it goes");
  serve->footer(kFooter);
  struct Typed {
    std::string directory;
    std::map<std::string, std::string> flags;  // by setting key; "" = not given
  };
  const auto typed = std::make_shared<Typed>();
  serve
      ->add_option("--dir", typed->directory,
                   "Data directory (ASSAY_DIR, ~/.local/share/assay, /var/lib/assay)")
      ->type_name("DIR");
  for (const ServiceSetting& setting : ServiceSettings()) {
    const std::string key(setting.key);
    serve
        ->add_option_function<std::string>(
            std::string(setting.flag),
            [typed, key](const std::string& text) { typed->flags[key] = text; },
            std::string(setting.help) + " (" + std::string(setting.environment) + ")")
        ->type_name(std::string(setting.value_name))
        ->group("Settings");
  }
  serve->callback([typed, chosen] {
    *chosen = [typed]() -> int { return RunServe(typed->directory, typed->flags); };
  });
}

}  // namespace assay
