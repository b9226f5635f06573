#include "jobs/classification_engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "jobs/event_intake.h"
#include "jobs/now_ms.h"

namespace assay {
namespace {

constexpr uint32_t kListers = 3;
// A worker of a fleet with many classifiers fetches more units at once: each takes the queue, the
// database and the store a moment.
constexpr uint32_t kMaxFetchers = 12;
constexpr uint32_t kMaxReaders = 64;
constexpr int64_t kMaxDatabasePauseMs = 5000;

}  // namespace

uint32_t JobsOf(const ClassificationOptions& options) {
  if (options.jobs != 0) return options.jobs;
  return std::max(1U, std::thread::hardware_concurrency());
}

Result<std::unique_ptr<ClassificationService>> ClassificationService::Start(
    Database* database, AccountAccess* access, const ClassificationOptions& options) {
  ClassifierPoolOptions pool_options = options.pool;
  pool_options.processes = JobsOf(options);
  ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<ClassifierPool> pool, ClassifierPool::Start(pool_options));
  auto engine = std::make_unique<ClassificationEngine>(database, access, options, std::move(pool));
  engine->Start();
  return std::unique_ptr<ClassificationService>(std::move(engine));
}

ClassificationEngine::ClassificationEngine(Database* database, AccountAccess* access,
                                           const ClassificationOptions& options,
                                           std::unique_ptr<ClassifierPool> pool,
                                           const UnitFeed& feed)
    : database_(database),
      access_(access),
      options_(options),
      feed_(feed),
      read_ahead_(JobsOf(options) * kReadAheadBytesPerJob),
      jobs_(JobsOf(options)),
      workers_(std::max(jobs_, std::min(jobs_ * kReadersPerJob, kMaxReaders))),
      encryption_(access),
      acls_(access, options.object_acls),
      event_queues_(std::make_unique<EventQueues>(
          access, [this](const std::vector<EventRow>& events) { return AddEvents(events); })),
      pool_options_(options.pool),
      pool_(std::move(pool)) {
  pool_options_.processes = jobs_;
}

ClassificationEngine::~ClassificationEngine() {
  Stop(0);
  Join();
  event_queues_.reset();  // its threads add events: they end before anything else goes
}

void ClassificationEngine::Start() {
  const auto run = [this](void (ClassificationEngine::*loop)()) {
    threads_.emplace_back([this, loop] { (this->*loop)(); });
  };
  working_ = workers_;
  recording_ = true;
  if (feed_.source == nullptr) {
    pruner_ =
        std::make_unique<Pruner>(database_, options_.retention_ms, [this] { return TakingWork(); });
    run(&ClassificationEngine::PlanLoop);
    for (uint32_t i = 0; i < kListers; ++i) run(&ClassificationEngine::ListLoop);
  } else {
    const uint32_t fetchers = std::clamp(jobs_, kListers, kMaxFetchers);
    for (uint32_t i = 0; i < fetchers; ++i) run(&ClassificationEngine::FetchLoop);
  }
  for (uint32_t i = 0; i < workers_; ++i) run(&ClassificationEngine::WorkLoop);
  run(&ClassificationEngine::RecordLoop);
}

// In hand is what workers and the recorder have. What the others do is not waited for: a page that
// is being listed is listed again by the next start.
void ClassificationEngine::Stop(int64_t drain_ms) {
  event_queues_->Stop();
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (auto* wanted : {&plan_wanted_, &list_wanted_, &work_wanted_, &record_wanted_, &ended_}) {
    wanted->notify_all();
  }
  ended_.wait_for(lock, std::chrono::milliseconds(drain_ms),
                  [this] { return working_ == 0 && !recording_; });
  cancelled_ = true;
  record_wanted_.notify_all();
  ended_.notify_all();
}

void ClassificationEngine::Join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  pruner_.reset();
}

void ClassificationEngine::Wake() {
  const std::lock_guard lock(mutex_);
  plan_now_ = true;
  plan_wanted_.notify_one();
}

void ClassificationEngine::NoteDatabaseError(const Status& status) {
  const std::lock_guard lock(mutex_);
  last_error_ = status.ok() ? "" : "the database: " + status.message();
}

void ClassificationEngine::PauseAfterDatabaseError(uint32_t failures,
                                                   const std::atomic<bool>& end) {
  const int64_t pause = std::min(int64_t{100} << std::min(failures, 10U), kMaxDatabasePauseMs);
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, std::chrono::milliseconds(pause), [&end] { return end.load(); });
}

// Tries until it works: what is to be written stays in memory meanwhile. Gives up when the service
// stops and its drain is over, and on what the same attempt again cannot mend (kNotFound,
// kAborted, kInvalidArgument).
Status ClassificationEngine::WriteOrWait(const std::function<Status(Transaction&)>& body) {
  for (uint32_t failures = 0;; ++failures) {
    const Status status =
        feed_.source == nullptr ? database_->Write(body) : database_->WriteLocking(body);
    if (status.ok() || status.code() == StatusCode::kNotFound ||
        status.code() == StatusCode::kAborted || status.code() == StatusCode::kInvalidArgument) {
      if (failures > 0) NoteDatabaseError(Status::Ok());
      return status;
    }
    NoteDatabaseError(status);
    if (Cancelled()) return status;
    PauseAfterDatabaseError(failures, cancelled_);
  }
}

Status ClassificationEngine::AddEvents(const std::vector<EventRow>& events) {
  if (events.empty()) return Status::Ok();
  const Status status = StoreEvents(database_, events);
  if (status.ok()) Wake();
  return status;
}

Status ClassificationEngine::ClassifyAgain(const std::string& account_id, const std::string& bucket,
                                           const std::string& key) {
  const Status status = RequestClassification(database_, account_id, bucket, key);
  if (status.ok()) Wake();
  return status;
}

std::shared_ptr<ClassifierPool> ClassificationEngine::Pool() const {
  const std::lock_guard lock(mutex_);
  return pool_;
}

// The processes of the old pool end when the objects they have are done.
Status ClassificationEngine::ChangePool(const std::function<void(ClassifierPoolOptions*)>& change) {
  const std::lock_guard changing(changing_pool_);
  ClassifierPoolOptions options = pool_options_;
  change(&options);
  ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<ClassifierPool> fresh, ClassifierPool::Start(options));
  pool_options_ = std::move(options);
  const std::lock_guard lock(mutex_);
  earlier_restarts_ += pool_->restarts();
  pool_.swap(fresh);
  return Status::Ok();
}

Status ClassificationEngine::SetRuleset(const RulesetOptions& ruleset) {
  return ChangePool([&](ClassifierPoolOptions* options) { options->ruleset = ruleset; });
}

Status ClassificationEngine::SetObjectSettings(const ObjectSettings& settings) {
  acls_.Enable(settings.object_acls);
  return ChangePool([&](ClassifierPoolOptions* options) { ApplyTo(settings, options); });
}

WorkLoad ClassificationEngine::Load() {
  WorkLoad load;
  const std::lock_guard lock(mutex_);
  load.classifier_restarts = earlier_restarts_ + pool_->restarts();
  const int64_t now_ms = NowMs();
  load.units_in_hand = static_cast<uint32_t>(event_units_.size());
  load.objects_per_minute = static_cast<uint64_t>(object_rate_.PerSecond(now_ms) * 60);
  load.bytes_per_second = static_cast<uint64_t>(byte_rate_.PerSecond(now_ms));
  load.last_error = last_error_;
  return load;
}

ClassificationStatus ClassificationEngine::Snapshot() {
  ClassificationStatus snapshot;
  const Status status = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(snapshot.walks, ListUnfinishedWalks(tx));
    ASSAY_ASSIGN_OR_RETURN(snapshot.events, GetEventBacklog(tx));
    return Status::Ok();
  });
  const EventQueueStatus queues = event_queues_->Snapshot();
  snapshot.queue_messages = queues.messages;
  snapshot.queue_messages_refused = queues.refused;
  const std::lock_guard lock(mutex_);
  snapshot.classifier_restarts = earlier_restarts_ + pool_->restarts();
  const int64_t now_ms = NowMs();
  snapshot.objects_per_minute = static_cast<uint64_t>(object_rate_.PerSecond(now_ms) * 60);
  snapshot.bytes_per_second = static_cast<uint64_t>(byte_rate_.PerSecond(now_ms));
  for (const UnitPtr& unit : event_units_) snapshot.unrecorded_objects += unit->unrecorded();
  for (const WalkPtr& walk : seated_) {
    for (const UnitPtr& unit : walk->units) snapshot.unrecorded_objects += unit->unrecorded();
  }
  snapshot.last_error = status.ok() ? last_error_ : "the database: " + status.message();
  snapshot.database_away = !snapshot.last_error.empty();
  if (snapshot.last_error.empty() && !event_errors_.empty()) {
    const auto& [account_id, message] = *event_errors_.begin();
    snapshot.last_error = "object events of account " + account_id + " wait: " + message;
  }
  if (snapshot.last_error.empty()) snapshot.last_error = queues.last_error;
  if (snapshot.last_error.empty() && pruner_ != nullptr) {
    snapshot.last_error = pruner_->last_status().message();
  }
  return snapshot;
}

}  // namespace assay
