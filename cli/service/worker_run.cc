#include "cli/service/worker_run.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "api/http_server.h"
#include "api/json_io.h"
#include "base/periodic.h"
#include "cli/exit_code.h"
#include "cli/service/data_directory.h"
#include "cli/service/deadline.h"
#include "cli/service/key_check.h"
#include "cli/service/service_parts.h"
#include "jobs/classification_engine.h"
#include "jobs/fleet_worker.h"
#include "jobs/worker_size.h"
#include "queue/nats_unit_queue.h"

namespace assay {
namespace {

std::string MetricsText(const FleetWorkerStatus& status, const WorkerSize& size) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       uint64_t value) {
    text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  add("assay_worker_units", "gauge", "Units of work in hand.", status.load.units_in_hand);
  add("assay_worker_units_limit", "gauge", "Units of work in hand at most.", size.units);
  add("assay_worker_classifiers", "gauge", "Classifier processes at most.", size.jobs);
  add("assay_worker_objects_per_minute", "gauge", "Objects recorded, over the last minute.",
      status.load.objects_per_minute);
  add("assay_worker_bytes_per_second", "gauge", "Bytes classified, over the last minute.",
      status.load.bytes_per_second);
  add("assay_classifier_restarts_total", "counter", "Classifier processes that were replaced.",
      status.load.classifier_restarts);
  add("assay_worker_units_refused_total", "counter", "Units of a newer format, left to others.",
      status.refused);
  add("assay_worker_units_given_up_total", "counter", "Units that became dead letters.",
      status.given_up);
  add("assay_worker_draining", "gauge", "Whether it is being stopped.", status.draining ? 1 : 0);
  add("assay_worker_healthy", "gauge", "Whether store and queue can be reached.",
      status.last_error.empty() ? 1 : 0);
  return text;
}

std::string StatusText(const FleetWorkerStatus& status, const std::string& worker_id,
                       const WorkerSize& size) {
  JsonOut out;
  out.BeginObject();
  out.Text("workerId", worker_id);
  out.Text("version", ASSAY_VERSION);
  out.Text("state", status.draining ? "draining" : "working");
  out.Int("classifiers", size.jobs);
  out.Int("units", size.units);
  out.Int("unitsInHand", status.load.units_in_hand);
  out.Text("size", size.reason);
  out.EndObject();
  return out.Take();
}

class WorkerRun {
 public:
  WorkerRun(const std::string& directory_flag, const std::map<std::string, std::string>& flags)
      : path_(ServiceDirectory(directory_flag)), flags_(flags) {}

  int Run() {
    const Status status = Start();
    if (status.code() == StatusCode::kCancelled) {
      Log("stopped: " + status.message());
      return kExitDone;
    }
    if (!status.ok()) {
      std::fprintf(stderr, "assay: %s\n", status.message().c_str());
      return kExitError;
    }
    WaitForTheEnd();
    Shutdown();
    return kExitDone;
  }

 private:
  Status Start();
  Status ChooseSize(FleetWorkerOptions* options);
  Status Listen();
  HttpAnswer Answer(const HttpCall& call);
  void WaitForTheEnd();
  void Reload();
  void Shutdown();

  const std::string path_;
  const std::map<std::string, std::string> flags_;
  ServiceConfig config_;
  WorkerSize size_;
  std::atomic<bool> cancel_{false};
  std::unique_ptr<DataDirectory> directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<AccountAccess> access_;
  std::unique_ptr<UnitQueue> queue_;
  std::unique_ptr<FleetWorker> worker_;
  std::atomic<FleetWorker*> working_{nullptr};  // worker_, once it works
  std::unique_ptr<HttpServer> server_;
  TroubleLog trouble_;  // of the watching thread
  std::unique_ptr<Periodic> watch_;
};

Status WorkerRun::Start() {
  ASSAY_ASSIGN_OR_RETURN(config_, LoadSettings(path_, flags_));
  if (!config_.is_fleet()) {
    return InvalidArgument(
        "a worker takes its work from a queue: set queue.url (ASSAY_QUEUE_URL), and store.url to "
        "the PostgreSQL of the service");
  }
  Result<DataDirectory> directory = DataDirectory::Open(path_);
  if (directory.status().code() == StatusCode::kNotFound) {
    return NotFound(
        path_ + " has no assay.key: copy it and assay.toml there from the directory of a serve");
  }
  ASSAY_RETURN_IF_ERROR(directory.status());
  directory_ = std::make_unique<DataDirectory>(*std::move(directory));
  ASSAY_RETURN_IF_ERROR(Listen());
  ASSAY_ASSIGN_OR_RETURN(database_, OpenDatabase(config_, /*migrates=*/false));
  ASSAY_RETURN_IF_ERROR(CheckSealingKey(database_.get(), directory_->key(), path_));
  ASSAY_ASSIGN_OR_RETURN(std::vector<AccountConnection> connections,
                         ConnectionsOf(config_, database_.get(), directory_->key()));
  access_ = std::make_unique<AccountAccess>(config_.master_account, config_.region,
                                            std::move(connections), &cancel_);
  const QueueOptions queue = QueueOptionsOf(config_, "assay worker");
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsConnection> connection,
                         NatsConnection::Open(queue));
  ASSAY_ASSIGN_OR_RETURN(queue_, OpenNatsQueue(connection, queue));
  FleetWorkerOptions options;
  options.classification = ClassificationOptionsOf(config_, directory_->key());
  options.source.ack_wait_ms = config_.queue_ack_wait_ms;
  options.source.max_attempts = config_.queue_max_attempts;
  ASSAY_RETURN_IF_ERROR(ChooseSize(&options));
  options.version = ASSAY_VERSION;
  options.on_drained = [this] { cancel_ = true; };
  ASSAY_ASSIGN_OR_RETURN(worker_,
                         FleetWorker::Start(database_.get(), access_.get(), queue_.get(), options));
  if (worker_->object_settings() != ObjectSettingsOf(options.classification)) {
    Log("classification.max_object_size, object_timeout and object_acls are those of the service "
        "that leads, not of this worker's file");
  }
  working_ = worker_.get();
  watch_ = std::make_unique<Periodic>(kWatchEvery,
                                      [this] { trouble_.Tell(worker_->Snapshot().last_error); });
  Log(fmt::format("assay {} works as {} (store {}); health and metrics at {}:{}", ASSAY_VERSION,
                  worker_->id(), database_->Describe(), config_.worker_host, server_->port()));
  return Status::Ok();
}

Status WorkerRun::ChooseSize(FleetWorkerOptions* options) {
  WorkerSizeRequest request;
  request.cores = JobsOf({});
  request.jobs = config_.jobs;
  request.units = config_.worker_units;
  request.classifier_limit_bytes = options->classification.pool.memory_limit_bytes;
  ASSAY_ASSIGN_OR_RETURN(size_, ChooseWorkerSize(request, ReadMemoryRoom()));
  options->classification.jobs = size_.jobs;
  options->units = size_.units;
  Log("size: " + size_.reason);
  return Status::Ok();
}

// First, as serve does.
Status WorkerRun::Listen() {
  HttpServerOptions options;
  options.address = config_.worker_host;
  options.port = config_.worker_port;
  options.tls_certificate_file = config_.worker_tls_certificate;
  options.tls_key_file = config_.worker_tls_key;
  options.threads = 2;
  options.handler = [this](const HttpCall& call) { return Answer(call); };
  ASSAY_ASSIGN_OR_RETURN(server_, HttpServer::Start(std::move(options)));
  return Status::Ok();
}

// Why it is not ready, /metrics and the logs of the service tell; anybody can ask for these pages.
HttpAnswer WorkerRun::Answer(const HttpCall& call) {
  FleetWorker* const worker = working_;
  if (worker == nullptr) return AnswerWhileStarting(call);
  HttpAnswer answer;
  if (call.method != "GET" && call.method != "HEAD") {
    return HttpErrorAnswer(405, "MethodNotAllowed", "This page takes GET.");
  }
  if (call.path == "/healthz") {
    answer.body = R"({"status":"ok"})";
    return answer;
  }
  if (call.path == "/readyz") {
    const FleetWorkerStatus status = worker->Snapshot();
    if (status.draining) return HttpErrorAnswer(503, "Unavailable", "It is being stopped.");
    if (!status.last_error.empty()) {
      return HttpErrorAnswer(503, "Unavailable",
                             "It cannot work now: the status of the service says why.");
    }
    answer.body = R"({"status":"ready"})";
    return answer;
  }
  if (call.path == "/status") {
    answer.body = StatusText(worker->Snapshot(), worker->id(), size_);
    return answer;
  }
  if (call.path == "/metrics") {
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = MetricsText(worker->Snapshot(), size_);
    return answer;
  }
  return HttpErrorAnswer(404, "NotFound", "There is no such page.");
}

void WorkerRun::WaitForTheEnd() {
  while (true) {
    const int number = AwaitServiceSignal();
    if (number == SIGHUP) {
      Reload();
      continue;
    }
    Log(fmt::format("asked to stop; work in hand has {} s", config_.drain_ms / 1000));
    return;
  }
}

// How accounts are reached, the keys that were sealed since, and the certificate.
void WorkerRun::Reload() {
  if (!ReloadAccounts(path_, flags_, database_.get(), directory_->key(), &config_, access_.get())) {
    return;
  }
  const Status tls = server_->ReloadTls();
  if (!tls.ok()) Log("reload: the old certificate stays: " + tls.message());
  Log("reloaded the settings");
}

// A second signal ends the process at once: nothing is lost. It answers until the end: who is
// draining is not lost.
void WorkerRun::Shutdown() {
  LetServiceSignals(/*through=*/true);
  watch_.reset();
  // A database that does not answer either must not keep it.
  const Deadline end(config_.drain_ms + kEndAfterDrainMs, [] {
    Log("not all in hand could be given back: others get it when queue.ack_wait is over");
    _exit(kExitError);
  });
  worker_->Stop(config_.drain_ms);
  server_->Stop(0);
  Log("stopped");
}

}  // namespace

int RunWorker(const std::string& directory_flag, const std::map<std::string, std::string>& flags) {
  // Before any thread starts, so that all of them leave these to WaitForTheEnd.
  LetServiceSignals(/*through=*/false);
  std::signal(SIGPIPE, SIG_IGN);
  return WorkerRun(directory_flag, flags).Run();
}

}  // namespace assay
