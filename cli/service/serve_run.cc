#include "cli/service/serve_run.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include "accounts/account_service.h"
#include "api/http_server.h"
#include "api/service_api.h"
#include "aws/aws_time.h"
#include "base/periodic.h"
#include "cli/exit_code.h"
#include "cli/service/data_directory.h"
#include "cli/service/deadline.h"
#include "cli/service/first_access.h"
#include "cli/service/key_check.h"
#include "cli/service/service_config.h"
#include "cli/service/service_parts.h"
#include "inventory/inventory_service.h"
#include "jobs/classification_service.h"
#include "jobs/fleet_service.h"
#include "jobs/lost_workers.h"
#include "jobs/s3_resource_service.h"
#include "queue/nats_unit_queue.h"
#include "store/access_rows.h"
#include "store/database_watch.h"
#include "store/metered_database.h"

namespace assay {
namespace {

constexpr std::chrono::minutes kRefreshEvery{5};
constexpr uint32_t kHandlerThreads = 16;

class ServeRun {
 public:
  ServeRun(const std::string& directory_flag, const std::map<std::string, std::string>& flags)
      : path_(ServiceDirectory(directory_flag)), flags_(flags) {}

  int Run() {
    const Status status = Start();
    if (status.code() == StatusCode::kCancelled) {
      Shutdown(/*clean=*/false);
      Log("stopped: " + status.message());
      return kExitDone;
    }
    if (!status.ok()) {
      std::fprintf(stderr, "assay: %s\n", status.message().c_str());
      Shutdown(/*clean=*/false);
      return kExitError;
    }
    WaitForTheEnd();
    Shutdown(/*clean=*/true);
    return kExitDone;
  }

 private:
  Status Start();
  Status EnsureAccess();
  Status NoteStart();
  Status StartParts();
  Status StartClassification();
  Status StartFleet(const ClassificationOptions& classification);
  Status EnableOnFirstStart();
  Status Listen();
  Status StartApi();
  void OnSelectionChange(const std::string& account_id, const std::string& region);
  void LogTrouble();
  void WaitForTheEnd();
  void Reload();
  void Shutdown(bool clean);

  const std::string path_;
  const std::map<std::string, std::string> flags_;
  ServiceConfig config_;
  std::atomic<bool> cancel_{false};
  std::unique_ptr<DataDirectory> directory_;
  bool address_left_ = false;  // by a process before this one, which did not end by itself
  std::unique_ptr<MeteredDatabase> database_;
  std::unique_ptr<DatabaseWatch> database_watch_;
  std::unique_ptr<AccountAccess> access_;
  std::unique_ptr<AccountService> accounts_;
  std::unique_ptr<InventoryService> inventory_;
  std::unique_ptr<S3ResourceService> resources_;
  std::unique_ptr<UnitQueue> queue_;   // of a fleet
  std::unique_ptr<QueueLease> lease_;  // of a fleet
  std::unique_ptr<ClassificationService> classification_;
  FleetService* fleet_ = nullptr;  // classification_, when it is one
  std::string member_;             // its name in the fleet, by which status pages call it
  ServiceContext context_;
  std::unique_ptr<ServiceApi> api_;
  std::atomic<ServiceApi*> answering_{nullptr};  // api_, once everything is there
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Periodic> refresh_;
  TroubleLog trouble_;        // of the watching thread
  LostWorkers lost_workers_;  // of the watching thread
  bool led_ = false;          // the same
  std::unique_ptr<Periodic> watch_;
};

Status ServeRun::Start() {
  ASSAY_ASSIGN_OR_RETURN(config_, LoadSettings(path_, flags_));
  ASSAY_ASSIGN_OR_RETURN(DataDirectory directory, DataDirectory::CreateOrOpen(path_));
  directory_ = std::make_unique<DataDirectory>(std::move(directory));
  ASSAY_RETURN_IF_ERROR(directory_->Lock());
  address_left_ = directory_->ReadAddress().ok();
  ASSAY_RETURN_IF_ERROR(Listen());
  ASSAY_ASSIGN_OR_RETURN(auto database, OpenDatabase(config_, /*migrates=*/true, [this] {
                           // Who asks is told that it waits.
                           (void)directory_->WriteAddress(config_.BaseUrl());
                         }));
  database_ = std::make_unique<MeteredDatabase>(std::move(database));
  database_watch_ = std::make_unique<DatabaseWatch>(database_.get());
  ASSAY_RETURN_IF_ERROR(CheckSealingKey(database_.get(), directory_->key(), path_));
  ASSAY_RETURN_IF_ERROR(EnsureAccess());
  ASSAY_RETURN_IF_ERROR(NoteStart());
  ASSAY_RETURN_IF_ERROR(StartParts());
  ASSAY_RETURN_IF_ERROR(EnableOnFirstStart());
  return StartApi();
}

// A service that was started without `assay init` makes its first credentials itself.
Status ServeRun::EnsureAccess() {
  bool any = false;
  const Status read = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const auto credentials, ListApiCredentials(tx));
    any = !credentials.empty();
    return Status::Ok();
  });
  if (!read.ok() || any) return read;
  ASSAY_ASSIGN_OR_RETURN(
      const FirstAccess first,
      MakeFirstAccess(database_.get(), directory_->key(), config_.master_account));
  if (isatty(STDOUT_FILENO) != 0) {
    std::fputs(FormatFirstAccess(first).c_str(), stdout);
    std::fflush(stdout);
    return Status::Ok();
  }
  // What a journal keeps is read by more people than may have these.
  const std::string path = directory_->path() + "/first-access.txt";
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(path, FormatFirstAccess(first)));
  Log("the first credentials and the console's password are in " + path + ": read them, remove it");
  return Status::Ok();
}

Status ServeRun::NoteStart() {
  return database_->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(ServiceState state, GetServiceState(tx));
    // Of a fleet's serves one starts before another stops: there each directory tells of its own.
    context_.last_stop_was_clean =
        config_.is_fleet()
            ? !address_left_
            : state.last_start_ms == 0 || state.last_clean_stop_ms >= state.last_start_ms;
    state.last_start_ms = NowMs();
    return PutServiceState(tx, state);
  });
}

Status ServeRun::StartParts() {
  ASSAY_ASSIGN_OR_RETURN(std::vector<AccountConnection> connections,
                         ConnectionsOf(config_, database_.get(), directory_->key()));
  access_ = std::make_unique<AccountAccess>(config_.master_account, config_.region,
                                            std::move(connections), &cancel_);
  accounts_ =
      std::make_unique<AccountService>(database_.get(), access_.get(), config_.default_quota_bytes);
  InventoryOptions inventory;
  inventory.max_snapshot_age_ms = config_.snapshot_max_age_ms;
  inventory.price_per_gb_hundredth_cents = config_.price_per_gb_hundredth_cents;
  inventory_ =
      std::make_unique<InventoryService>(database_.get(), access_.get(), inventory, &cancel_);
  resources_ = std::make_unique<S3ResourceService>(
      database_.get(), access_.get(),
      [this](const std::string& account, const std::string& region) {
        OnSelectionChange(account, region);
      });
  ASSAY_RETURN_IF_ERROR(StartClassification());
  watch_ = std::make_unique<Periodic>(kWatchEvery, [this] { LogTrouble(); });
  refresh_ = std::make_unique<Periodic>(kRefreshEvery, [this] {
    if (fleet_ != nullptr && !fleet_->leading()) return;  // the leader does it for all
    const Status status = inventory_->RefreshSelected();
    if (!status.ok() && !cancel_) Log("snapshots: " + status.message());
  });
  return Status::Ok();
}

Status ServeRun::StartClassification() {
  ClassificationOptions options = ClassificationOptionsOf(config_, directory_->key());
  if (config_.is_fleet()) return StartFleet(options);
  ASSAY_ASSIGN_OR_RETURN(options.pool.ruleset, StoredRuleset(database_.get()));
  ASSAY_ASSIGN_OR_RETURN(classification_,
                         ClassificationService::Start(database_.get(), access_.get(), options));
  return Status::Ok();
}

// The work is done by `assay worker` processes; one serve of all leads them.
Status ServeRun::StartFleet(const ClassificationOptions& classification) {
  FleetLeaderOptions options;
  member_ = FleetMemberName();
  options.holder = member_;
  options.comparison_interval_ms = classification.comparison_interval_ms;
  options.retention_ms = classification.retention_ms;
  options.ack_wait_ms = config_.queue_ack_wait_ms;
  options.depth = config_.queue_depth;
  options.objects = ObjectSettingsOf(classification);
  const QueueOptions queue = QueueOptionsOf(config_, "assay serve " + options.holder);
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsConnection> connection,
                         NatsConnection::Open(queue));
  ASSAY_ASSIGN_OR_RETURN(queue_, OpenNatsQueue(connection, queue));
  lease_ = OpenNatsLease(connection, queue, config_.queue_lease_ms);
  auto fleet = std::make_unique<FleetService>(database_.get(), access_.get(), queue_.get(),
                                              lease_.get(), options);
  fleet_ = fleet.get();
  classification_ = std::move(fleet);
  return Status::Ok();
}

Status ServeRun::EnableOnFirstStart() {
  if (!config_.enable_on_first_start || config_.master_account.empty()) return Status::Ok();
  ASSAY_ASSIGN_OR_RETURN(const ServiceState state, accounts_->State());
  if (state.enabled || state.enabled_at_ms != 0) return Status::Ok();
  const Status status = accounts_->Enable(Caller{});
  // The service still runs: it can be enabled once what is missing is there.
  if (!status.ok()) Log("not enabled yet: " + status.message());
  return Status::Ok();
}

Status ServeRun::StartApi() {
  context_.database = database_.get();
  context_.database_watch = database_watch_.get();
  context_.database_times = database_.get();
  context_.access = access_.get();
  context_.accounts = accounts_.get();
  context_.resources = resources_.get();
  context_.inventory = inventory_.get();
  context_.classification = classification_.get();
  context_.fleet = fleet_;
  context_.key = &directory_->key();
  context_.events_token = config_.events_token;
  context_.version = ASSAY_VERSION;
  context_.price_per_gb_hundredth_cents = config_.price_per_gb_hundredth_cents;
  context_.regions = {config_.region};
  for (const std::string& region : config_.regions) {
    if (region != config_.region) context_.regions.push_back(region);
  }
  context_.session_idle_ms = config_.session_idle_ms;
  context_.retention_months = config_.retention_months;
  context_.default_quota_bytes = config_.default_quota_bytes;
  context_.snapshot_max_age_ms = config_.snapshot_max_age_ms;
  context_.max_object_bytes = config_.max_object_bytes;
  context_.comparison_interval_ms = config_.comparison_interval_ms;
  api_ = std::make_unique<ServiceApi>(context_);
  answering_ = api_.get();
  Log(fmt::format("assay {} answers at {} (master account {}, store {}{})", ASSAY_VERSION,
                  config_.BaseUrl(),
                  config_.master_account.empty() ? "not set" : config_.master_account,
                  database_->Describe(), member_.empty() ? "" : ", in the fleet " + member_));
  return directory_->WriteAddress(config_.BaseUrl());
}

// Before anything else, so that a process that waits for its database, or migrates it, can be told
// from one that is gone.
Status ServeRun::Listen() {
  HttpServerOptions options;
  options.address = config_.listen_host;
  options.port = config_.listen_port;
  options.tls_certificate_file = config_.tls_certificate;
  options.tls_key_file = config_.tls_key;
  options.threads = kHandlerThreads;
  options.large_body_prefix = kEventsPrefix;
  options.handler = [this](const HttpCall& call) {
    ServiceApi* const api = answering_;
    return api != nullptr ? api->Handle(call) : AnswerWhileStarting(call);
  };
  options.quick_paths = {"/healthz", "/readyz", "/metrics"};
  ASSAY_ASSIGN_OR_RETURN(server_, HttpServer::Start(std::move(options)));
  config_.listen_port = server_->port();
  const bool local = config_.listen_host.starts_with("127.") || config_.listen_host == "::1";
  if (!local && config_.tls_certificate.empty()) {
    Log("warning: others can reach this address, and without api.tls_certificate and api.tls_key "
        "what they send, passwords included, can be read on the way");
  }
  return Status::Ok();
}

void ServeRun::OnSelectionChange(const std::string& account_id, const std::string& region) {
  if (classification_ != nullptr) classification_->Wake();
  const Status status = accounts_->SyncTrail(account_id, region);
  if (!status.ok()) Log("trail of " + account_id + ": " + status.message());
}

// What `assay status` shows as a problem, when it begins, changes and ends; who leads; and, where
// this serve does, the workers that are lost.
void ServeRun::LogTrouble() {
  if (fleet_ != nullptr && fleet_->leading() != led_) {
    led_ = !led_;
    Log(led_ ? member_ + " leads the fleet" : member_ + " does not lead any more");
  }
  if (led_) {
    const Result<FleetStatus> fleet = fleet_->Fleet();
    if (fleet.ok()) {
      for (const std::string& line : lost_workers_.News(fleet->workers, fleet->now_ms)) Log(line);
    }
  }
  trouble_.Tell(classification_->Snapshot().last_error);
}

void ServeRun::WaitForTheEnd() {
  while (true) {
    const int number = AwaitServiceSignal();
    if (number != SIGHUP) {
      Log(fmt::format("asked to stop; work in hand has {} s", config_.drain_ms / 1000));
      return;
    }
    Reload();
  }
}

// Settings that can change while it runs: how accounts are reached, the certificate, the drain.
void ServeRun::Reload() {
  if (!ReloadAccounts(path_, flags_, database_.get(), directory_->key(), &config_, access_.get())) {
    return;
  }
  if (!config_.tls_certificate.empty()) {
    const Status tls = server_->ReloadTls();
    if (!tls.ok()) Log("reload: the old certificate stays: " + tls.message());
  }
  classification_->Wake();
  Log("reloaded the settings");
}

// In the opposite order of the start. A second signal ends the process at once: nothing is lost.
void ServeRun::Shutdown(bool clean) {
  LetServiceSignals(/*through=*/true);
  // A database that does not answer must not keep it. As after a kill, nothing is lost.
  const Deadline end(config_.drain_ms + kEndAfterDrainMs, [] {
    Log("ended without the last word to the database, which does not answer");
    _exit(kExitError);
  });
  {
    // What still waits for a store when the drain is over waits no longer.
    const Deadline drain(config_.drain_ms, [this] { cancel_ = true; });
    if (server_ != nullptr) {
      directory_->RemoveAddress();
      server_->Stop(config_.drain_ms);
    }
    if (classification_ != nullptr) classification_->Stop(config_.drain_ms);
  }
  cancel_ = true;
  if (database_watch_ != nullptr) database_watch_->Stop();
  watch_.reset();
  refresh_.reset();
  if (!clean || database_ == nullptr) return;
  const Status status = database_->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(ServiceState state, GetServiceState(tx));
    state.last_clean_stop_ms = NowMs();
    return PutServiceState(tx, state);
  });
  if (!status.ok()) Log("stopping: " + status.message());
  Log("stopped");
}

}  // namespace

int RunServe(const std::string& directory_flag, const std::map<std::string, std::string>& flags) {
  // Before any thread starts, so that all of them leave these to WaitForTheEnd.
  LetServiceSignals(/*through=*/false);
  std::signal(SIGPIPE, SIG_IGN);
  return ServeRun(directory_flag, flags).Run();
}

}  // namespace assay
