#include "jobs/fleet_worker.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "jobs/classification_engine.h"
#include "jobs/fleet_service.h"
#include "jobs/now_ms.h"
#include "store/migrations.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kReportEvery{2000};

struct StoredSettings {
  RulesetSettings ruleset;
  std::optional<ObjectSettings> objects;
};

Result<StoredSettings> LoadSettings(Database* database) {
  StoredSettings settings;
  const auto load = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(RequireSchema(tx));
    ASSAY_ASSIGN_OR_RETURN(settings.ruleset, LoadRulesetSettings(tx));
    ASSAY_ASSIGN_OR_RETURN(settings.objects, LoadObjectSettings(tx));
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(database->Read(load));
  return settings;
}

}  // namespace

Result<std::unique_ptr<FleetWorker>> FleetWorker::Start(Database* database, AccountAccess* access,
                                                        UnitQueue* queue,
                                                        const FleetWorkerOptions& options) {
  Result<StoredSettings> stored = LoadSettings(database);
  // What this program cannot read, because another version keeps it otherwise, FollowSettings
  // tells.
  if (!stored.ok() && stored.status().code() != StatusCode::kDataLoss) return stored.status();
  const StoredSettings settings = stored.ok() ? *stored : StoredSettings();
  ClassificationOptions classification = options.classification;
  ClassifierPoolOptions& pool_options = classification.pool;
  pool_options.processes = JobsOf(classification);
  const ObjectSettings objects = settings.objects.value_or(ObjectSettingsOf(classification));
  ApplyTo(objects, &pool_options);
  classification.object_acls = objects.object_acls;
  Result<RulesetOptions> ruleset = RulesetOptionsOf(settings.ruleset);
  const bool in_use = stored.ok() && ruleset.ok();
  if (in_use) pool_options.ruleset = *std::move(ruleset);
  ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<ClassifierPool> pool, ClassifierPool::Start(pool_options));
  std::unique_ptr<FleetWorker> worker(new FleetWorker(database, options));
  if (in_use) worker->ruleset_json_ = RulesetSettingsToJson(settings.ruleset);
  worker->objects_ = objects;
  FleetSourceOptions source = options.source;
  source.before_unit = [raw = worker.get()] { return raw->FollowSettings(); };
  worker->source_ = std::make_unique<FleetSource>(database, access, queue, source);
  worker->engine_ =
      std::make_unique<ClassificationEngine>(database, access, classification, std::move(pool),
                                             UnitFeed{worker->source_.get(), options.units});
  worker->engine_->Start();
  worker->report_ = std::thread([raw = worker.get()] { raw->ReportLoop(); });
  return worker;
}

FleetWorker::FleetWorker(Database* database, const FleetWorkerOptions& options)
    : database_(database), on_drained_(options.on_drained) {
  row_.worker_id = FleetMemberName();
  row_.host = row_.worker_id.substr(0, row_.worker_id.rfind('-', row_.worker_id.rfind('-') - 1));
  row_.version = options.version;
  row_.unit_format = kUnitFormat;
  row_.started_ms = NowMs();
  row_.units = options.units;
}

FleetWorker::~FleetWorker() { Stop(0); }

void FleetWorker::Stop(int64_t drain_ms) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    draining_ = true;
    wake_.notify_all();
  }
  engine_->Stop(drain_ms);
  on_drained_();
  engine_->Join();
  source_->Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  report_.join();
  // It left in good order: nobody need wonder where it is. When the database is away, its row gets
  // old and goes by itself.
  (void)database_->Write([this](Transaction& tx) { return DeleteWorker(tx, row_.worker_id); });
}

Status FleetWorker::Report(bool draining) {
  const FleetWorkerStatus status = Snapshot();
  WorkerRow row = row_;
  row.seen_ms = NowMs();
  row.draining = draining;
  row.units_in_hand = status.load.units_in_hand;
  row.objects_per_minute = static_cast<int64_t>(status.load.objects_per_minute);
  row.bytes_per_second = static_cast<int64_t>(status.load.bytes_per_second);
  row.last_error = status.last_error;
  return database_->Write([&](Transaction& tx) { return PutWorker(tx, row); });
}

ObjectSettings FleetWorker::object_settings() {
  const std::lock_guard lock(settings_mutex_);
  return objects_;
}

// Reading and changing are one step: what one thread has read must not undo what another has set.
Status FleetWorker::FollowSettings() {
  Status status;
  {
    const std::lock_guard lock(settings_mutex_);
    status = TakeOverSettings();
  }
  const std::lock_guard lock(mutex_);
  settings_status_ = status;
  return status;
}

Status FleetWorker::TakeOverSettings() {
  ASSAY_ASSIGN_OR_RETURN(const StoredSettings settings, LoadSettings(database_));
  if (settings.objects && *settings.objects != objects_) {
    ASSAY_RETURN_IF_ERROR(engine_->SetObjectSettings(*settings.objects));
    objects_ = *settings.objects;
  }
  std::string json = RulesetSettingsToJson(settings.ruleset);
  // What this program cannot use is not tried again and again.
  if (json == ruleset_json_) return ruleset_status_;
  const Result<RulesetOptions> ruleset = RulesetOptionsOf(settings.ruleset);
  ruleset_status_ = ruleset.status();
  if (ruleset.ok()) {
    ASSAY_RETURN_IF_ERROR(engine_->SetRuleset(*ruleset));
  } else {
    ruleset_status_ = ruleset_status_.WithContext(
        "this version cannot look for what is set, and leaves the work to others");
  }
  ruleset_json_ = std::move(json);
  return ruleset_status_;
}

// The database being away is what the engine complains about as well.
void FleetWorker::ReportLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool draining = draining_;
    lock.unlock();
    if (!draining) (void)FollowSettings();
    (void)source_->KeepEvents();
    (void)Report(draining);
    lock.lock();
    wake_.wait_for(lock, kReportEvery, [&] { return stopping_ || draining_ != draining; });
  }
}

FleetWorkerStatus FleetWorker::Snapshot() {
  FleetWorkerStatus status;
  {
    const std::lock_guard lock(mutex_);
    status.draining = draining_;
  }
  status.load = engine_->Load();
  status.refused = source_->refused();
  status.given_up = source_->given_up();
  status.last_error = status.load.last_error;
  if (status.last_error.empty()) status.last_error = source_->last_error();
  if (status.last_error.empty()) {
    const std::lock_guard lock(mutex_);
    status.last_error = settings_status_.message();
  }
  return status;
}

}  // namespace assay
