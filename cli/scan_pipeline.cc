#include "cli/scan_pipeline.h"

#include <chrono>
#include <utility>

#include "jobs/object_batch.h"

namespace assay {
namespace {

constexpr uint32_t kPageKeys = 1000;
constexpr size_t kQueueCapacity = 4096;
constexpr size_t kUnwrittenBytes = 24 << 20;  // results waiting for an earlier one
constexpr size_t kFinishedOverhead = 512;     // what a FinishedObject costs beside its text

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Runs a function at the end of a scope, whatever ends it.
template <typename Fn>
class ScopeGuard {
 public:
  explicit ScopeGuard(Fn fn) : fn_(std::move(fn)) {}
  ~ScopeGuard() { fn_(); }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

 private:
  Fn fn_;
};

}  // namespace

ScanPipeline::ScanPipeline(PipelineOptions options, ClassifierPool* pool)
    : options_(std::move(options)),
      pool_(pool),
      read_ahead_(options_.read_ahead_bytes),
      queue_(kQueueCapacity),
      results_(kUnwrittenBytes) {}

ScanPipeline::~ScanPipeline() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void ScanPipeline::Start() {
  workers_left_ = options_.workers;
  threads_.emplace_back([this] { ListTargets(); });
  for (uint32_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { Work(); });
}

void ScanPipeline::Stop() {
  stopped_ = true;
  queue_.Close();
  results_.Abort();
}

bool ScanPipeline::Stopping() const {
  return stopped_.load(std::memory_order_relaxed) ||
         (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed));
}

void ScanPipeline::ListTargets() {
  const ScopeGuard finish([this] { queue_.Finish(); });
  for (size_t i = options_.start.target; i < options_.targets.size() && !Stopping(); ++i) {
    const Status status = ListTarget(i);
    if (status.ok() || Stopping()) continue;
    options_.on_target_error(options_.targets[i], status);
    if (options_.end_at_target_error) return;
  }
  if (!Stopping()) counters_.listed_all = true;
}

Status ScanPipeline::ListTarget(size_t index) {
  const ScanTarget& target = options_.targets[index];
  const bool resumed = index == options_.start.target;
  std::string token = resumed ? options_.start.page : "";
  std::string skip_to = resumed ? options_.start.last_key : "";
  do {
    ASSAY_ASSIGN_OR_RETURN(ListPage page,
                           target.store->List(target.bucket, target.prefix, token, kPageKeys));
    const auto page_token = std::make_shared<const std::string>(token);
    for (ObjectInfo& object : page.objects) {
      if (!skip_to.empty() && object.key <= skip_to) continue;
      if (!options_.filter.Wants(object.key)) continue;
      if (!Enqueue(index, page_token, std::move(object))) return Status::Ok();
    }
    if (page.continuation == token && !token.empty()) {
      return Internal("the store's listing of " + target.label + " does not move on");
    }
    token = std::move(page.continuation);
    skip_to.clear();
  } while (!token.empty() && !Stopping());
  return Status::Ok();
}

bool ScanPipeline::Enqueue(size_t target, const std::shared_ptr<const std::string>& page,
                           ObjectInfo object) {
  WorkItem item;
  item.number = next_number_++;
  item.position = {target, page, object.key};
  counters_.listed_objects.fetch_add(1, std::memory_order_relaxed);
  counters_.listed_bytes.fetch_add(object.size, std::memory_order_relaxed);
  item.object = std::move(object);
  return !Stopping() && queue_.Push(std::move(item));
}

// Every item that enters leaves with a result.
void ScanPipeline::WorkOff(std::vector<WorkItem>* items) {
  BatchOptions options;
  options.pool = pool_;
  options.max_object_bytes = options_.max_object_bytes;
  options.crawl_ms = options_.crawl_ms;
  options.stopping = [this] { return Stopping(); };
  options.read_ahead = &read_ahead_;
  std::vector<BatchObject> batch(items->size());
  for (size_t i = 0; i < batch.size(); ++i) {
    const ScanTarget& target = options_.targets[(*items)[i].position.target];
    batch[i].object = std::move((*items)[i].object);
    batch[i].store = target.store.get();
    batch[i].remote = target.remote;
  }
  ClassifyBatch(options, &batch);
  for (size_t i = 0; i < batch.size(); ++i) Deliver(&(*items)[i], &batch[i]);
}

void ScanPipeline::Deliver(WorkItem* item, BatchObject* done) {
  FinishedObject finished;
  finished.position = std::move(item->position);
  finished.cancelled = done->cancelled;
  if (!done->cancelled) {
    done->record.timestamp_ms = NowMs();
    options_.render(done->record, &finished);
    counters_.objects.fetch_add(1, std::memory_order_relaxed);
    counters_.bytes.fetch_add(done->record.bytes_classified, std::memory_order_relaxed);
  }
  const size_t bytes = finished.text.size() + kFinishedOverhead;
  results_.Put(item->number, std::move(finished), bytes);
  *done = {};
}

void ScanPipeline::Work() {
  const ScopeGuard finish([this] {
    if (workers_left_.fetch_sub(1) == 1) results_.Finish();
  });
  std::vector<WorkItem> items;
  const auto batch_size = [this](const std::deque<WorkItem>& queue) {
    return FairBatchSize(queue.size(), queue.size(), options_.workers,
                         [&](size_t i) { return queue[i].object.size; });
  };
  while (!Stopping() && results_.WaitForRoom() && queue_.PopBatch(&items, batch_size)) {
    WorkOff(&items);
  }
}

}  // namespace assay
