#include "cli/service/service_parts.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include "aws/aws_time.h"
#include "aws/shared_config.h"
#include "cli/service/store_keys.h"
#include "jobs/ruleset_settings.h"

namespace assay {
namespace {

constexpr int64_t kMonthMs = int64_t{30} * 24 * 3600 * 1000;

sigset_t ServiceSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  return signals;
}

constexpr std::chrono::seconds kLookForDatabaseEvery{1};

// The number of a signal that came within that time; 0 = none.
int AwaitServiceSignalFor(std::chrono::seconds time) {
  const sigset_t signals = ServiceSignals();
  const timespec limit{.tv_sec = time.count(), .tv_nsec = 0};
  return std::max(sigtimedwait(&signals, nullptr, &limit), 0);
}

}  // namespace

void LetServiceSignals(bool through) {
  const sigset_t signals = ServiceSignals();
  pthread_sigmask(through ? SIG_UNBLOCK : SIG_BLOCK, &signals, nullptr);
}

int AwaitServiceSignal() {
  const sigset_t signals = ServiceSignals();
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return number;
}

Result<ServiceConfig> LoadSettings(const std::string& directory,
                                   const std::map<std::string, std::string>& flags) {
  LoadedConfig loaded = LoadServiceConfig(directory, ProcessEnvironment(), flags);
  if (loaded.mistakes.empty()) return std::move(loaded.config);
  return InvalidArgument("the settings in " + directory + " have mistakes:\n" +
                         FormatMistakes(loaded.mistakes) + "Nothing was started.");
}

Result<std::vector<AccountConnection>> ConnectionsOf(const ServiceConfig& config,
                                                     Database* database, const SealingKey& key) {
  std::vector<AccountConnection> connections = config.accounts;
  for (AccountConnection& connection : connections) {
    ASSAY_ASSIGN_OR_RETURN(const auto keys, GetStoreKeys(database, key, connection.account_id));
    if (keys) connection.keys = *keys;
    if (connection.regions.empty()) connection.regions = config.regions;
  }
  AccountConnection defaults = config.aws_defaults;
  defaults.account_id.clear();
  if (defaults.regions.empty()) defaults.regions = config.regions;
  connections.push_back(std::move(defaults));
  return connections;
}

bool ReloadAccounts(const std::string& directory, const std::map<std::string, std::string>& flags,
                    Database* database, const SealingKey& key, ServiceConfig* config,
                    AccountAccess* access) {
  const Result<ServiceConfig> fresh = LoadSettings(directory, flags);
  if (!fresh.ok()) {
    Log("reload refused, the old settings stay: " + fresh.status().message());
    return false;
  }
  config->accounts = fresh->accounts;
  config->aws_defaults = fresh->aws_defaults;
  config->drain_ms = fresh->drain_ms;
  Result<std::vector<AccountConnection>> connections = ConnectionsOf(*config, database, key);
  if (!connections.ok()) {
    Log("reload: " + connections.status().message());
    return false;
  }
  access->SetConnections(*std::move(connections));
  return true;
}

Result<std::unique_ptr<Database>> OpenDatabase(const ServiceConfig& config, bool migrates,
                                               const std::function<void()>& on_wait) {
  std::string told;
  while (true) {
    Result<std::unique_ptr<Database>> database =
        Database::Open({.url = config.DatabaseUrl(), .migrate = migrates});
    // A file that cannot be opened stays so; a server comes back.
    if (database.status().code() != StatusCode::kUnavailable ||
        config.DatabaseUrl().starts_with("sqlite:")) {
      return database;
    }
    const std::string reason = database.status().message();
    if (told.empty() && on_wait) on_wait();
    if (reason != told) Log("waiting for the database: " + reason);
    told = reason;
    if (const int number = AwaitServiceSignalFor(kLookForDatabaseEvery);
        number == SIGTERM || number == SIGINT) {
      return Cancelled("asked to stop while waiting for the database");
    }
  }
}

HttpAnswer AnswerWhileStarting(const HttpCall& call) {
  if (call.path != "/healthz") {
    return HttpErrorAnswer(
        503, "Unavailable",
        "This process is starting, or waits for its database: its log says why.");
  }
  HttpAnswer answer;
  answer.body = R"({"status":"ok"})";
  return answer;
}

ClassificationOptions ClassificationOptionsOf(const ServiceConfig& config, const SealingKey& key) {
  ClassificationOptions options;
  options.jobs = config.jobs;
  options.comparison_interval_ms = config.comparison_interval_ms;
  options.retention_ms = config.retention_months * kMonthMs;
  options.object_acls = config.object_acls;
  options.pool.max_object_bytes = config.max_object_bytes;
  options.pool.object_timeout_ms = static_cast<uint32_t>(config.object_timeout_ms);
  // Of the service itself: equal values join in all of its records, and in nobody else's.
  options.pool.classify.hash_key = key.Derive("hashes of values");
  return options;
}

Result<RulesetOptions> StoredRuleset(Database* database) {
  RulesetSettings settings;
  ASSAY_RETURN_IF_ERROR(database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(settings, LoadRulesetSettings(tx));
    return Status::Ok();
  }));
  Result<RulesetOptions> rules = RulesetOptionsOf(settings);
  if (rules.ok()) return rules;
  Log("custom identifiers are not used: " + rules.status().message());
  return RulesetOptions();
}

QueueOptions QueueOptionsOf(const ServiceConfig& config, const std::string& client_name) {
  QueueOptions options;
  options.url = config.queue_url;
  options.credentials_file = config.queue_credentials;
  options.tls_ca = config.queue_tls_ca;
  options.tls_certificate = config.queue_tls_certificate;
  options.tls_key = config.queue_tls_key;
  options.prefix = config.queue_prefix;
  options.replicas = config.queue_replicas;
  options.ack_wait_ms = config.queue_ack_wait_ms;
  options.client_name = client_name;
  return options;
}

void Log(const std::string& text) {
  std::fprintf(stderr, "%s %s\n", FormatAmzDate(NowMs()).c_str(), text.c_str());
}

void TroubleLog::Tell(const std::string& trouble) {
  if (trouble == told_) return;
  Log(trouble.empty() ? "all is well again" : "trouble: " + trouble);
  told_ = trouble;
}

}  // namespace assay
