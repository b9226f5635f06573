// The command line of `assay worker`.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/service/service_config.h"
#include "cli/service/worker_run.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay worker --dir ~/assay
  assay worker --dir /etc/assay --units 6 --jobs 16 --listen 0.0.0.0:8766

A worker belongs to a service whose assay.toml names a queue (queue.url) and a PostgreSQL (store.url).
It needs that assay.toml, the key file assay.key beside it, and what store.url and queue.* name of certificates;
nothing of api.* is read. Any number of workers, on any machines, may come and go.
SIGTERM lets it end what it has in hand, within classification.drain; what is left then is cancelled and given
back. A second SIGTERM ends it at once. How many classifiers and units it takes it chooses by cores and memory,
unless --jobs and --units say it.)";

// What of the settings concerns a worker, and what it is called here.
constexpr std::string_view kSections[] = {"store.", "queue.", "worker.", "classification."};
constexpr std::string_view kNotOurs[] = {
    "classification.comparison_interval", "classification.retention_months",
    "classification.default_quota", "queue.depth", "queue.lease"};

bool ConcernsWorkers(std::string_view key) {
  for (const std::string_view other : kNotOurs) {
    if (key == other) return false;
  }
  for (const std::string_view section : kSections) {
    if (key.starts_with(section)) return true;
  }
  return key == "region" || key == "regions" || key == "master_account";
}

// "--worker-listen" of serve is "--listen" here.
std::string FlagOf(const ServiceSetting& setting) {
  constexpr std::string_view kPrefix = "--worker-";
  if (!setting.flag.starts_with(kPrefix)) return std::string(setting.flag);
  return "--" + std::string(setting.flag.substr(kPrefix.size()));
}

}  // namespace

void AddWorkerCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* worker =
      app.add_subcommand("worker", "Classify what a service hands out; run as many as you like");
  worker->footer(kFooter);
  struct Typed {
    std::string directory;
    std::map<std::string, std::string> flags;  // by setting key; "" = not given
  };
  const auto typed = std::make_shared<Typed>();
  worker
      ->add_option("--dir", typed->directory,
                   "Data directory (ASSAY_DIR, ~/.local/share/assay, /var/lib/assay)")
      ->type_name("DIR");
  for (const ServiceSetting& setting : ServiceSettings()) {
    if (!ConcernsWorkers(setting.key)) continue;
    const std::string key(setting.key);
    worker
        ->add_option_function<std::string>(
            FlagOf(setting), [typed, key](const std::string& text) { typed->flags[key] = text; },
            std::string(setting.help) + " (" + std::string(setting.environment) + ")")
        ->type_name(std::string(setting.value_name))
        ->group("Settings");
  }
  worker->callback([typed, chosen] {
    *chosen = [typed]() -> int { return RunWorker(typed->directory, typed->flags); };
  });
}

}  // namespace assay
