// What `assay serve` and `assay worker` make of the settings in the same way.
//
// Thread rule: free functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "api/http_server.h"
#include "base/sealed_secret.h"
#include "base/status.h"
#include "cli/service/service_config.h"
#include "jobs/classification_service.h"
#include "queue/unit_queue.h"
#include "store/database.h"

namespace assay {

// How often a process looks whether something is wrong, for its log.
inline constexpr std::chrono::seconds kWatchEvery{5};
// After the drain, what is left is cancelled, and ends within a second or two; what does not by
// then waits for a database that does not answer, and is not waited for.
inline constexpr int64_t kEndAfterDrainMs = 10'000;

// kInvalidArgument with all mistakes as lines; nothing must be started then.
Result<ServiceConfig> LoadSettings(const std::string& directory,
                                   const std::map<std::string, std::string>& flags);
// What the settings say, with the keys that are sealed in the store.
Result<std::vector<AccountConnection>> ConnectionsOf(const ServiceConfig& config,
                                                     Database* database, const SealingKey& key);
// Reads the settings again and takes over what can change in a running process: how accounts are
// reached, with the keys that were sealed since, and the drain. False when it cannot, which the log
// tells: `access` is as it was then.
bool ReloadAccounts(const std::string& directory, const std::map<std::string, std::string>& flags,
                    Database* database, const SealingKey& key, ServiceConfig* config,
                    AccountAccess* access);
// Opens the service's database; `migrates`: and brings an older schema to this program's. Waits for
// a server that cannot be reached, and where it does not migrate for who does, and tells the log
// why, and `on_wait` once. kCancelled: asked to stop meanwhile. REQUIRES: LetServiceSignals(false).
Result<std::unique_ptr<Database>> OpenDatabase(const ServiceConfig& config, bool migrates,
                                               const std::function<void()>& on_wait = {});
ClassificationOptions ClassificationOptionsOf(const ServiceConfig& config, const SealingKey& key);
// What people changed about what is looked for. Settings that cannot be used, because another
// version of Assay kept them, are told in the log and left out: better the managed identifiers than
// no service.
Result<RulesetOptions> StoredRuleset(Database* database);
// `client_name` is what the server shows of us.
QueueOptions QueueOptionsOf(const ServiceConfig& config, const std::string& client_name);

// SIGTERM, SIGINT and SIGHUP: whether they act on the calling thread, and those it starts, as they
// do by default; otherwise AwaitServiceSignal gets them.
void LetServiceSignals(bool through);
// Waits for one of them; returns its number.
int AwaitServiceSignal();
// What a process answers to an HTTP request before it can do anything: that it lives and starts.
HttpAnswer AnswerWhileStarting(const HttpCall& call);

// One line of what a process of the service has to say, with the time.
void Log(const std::string& text);
// Logs what is wrong when it begins, changes and ends. Of one thread.
class TroubleLog {
 public:
  void Tell(const std::string& trouble);  // "" = nothing is

 private:
  std::string told_;
};

}  // namespace assay
