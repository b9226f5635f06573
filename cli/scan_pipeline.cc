#include "cli/scan_pipeline.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "cli/object_outcome.h"

namespace assay {
namespace {

constexpr uint32_t kPageKeys = 1000;
constexpr size_t kQueueCapacity = 4096;
constexpr size_t kUnwrittenBytes = 24 << 20;  // results waiting for an earlier one
constexpr size_t kBatchObjects = 64;
constexpr uint64_t kBatchBytes = 1 << 20;
constexpr size_t kFinishedOverhead = 512;  // what a FinishedObject costs beside its text

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

// The objects one worker has in hand. Every item that enters leaves with a result.
class ScanPipeline::Batch {
 public:
  Batch(ScanPipeline* pipeline, std::vector<WorkItem>* items)
      : pipeline_(pipeline), items_(*items), slots_(items->size()) {}

  void Run() {
    for (size_t i = 0; i < items_.size(); ++i) Prepare(i);
    if (!requests_.empty()) pipeline_->pool_->Acquire()->Classify(requests_);
    for (size_t r = 0; r < requests_.size(); ++r)
      Settle(request_slot_[r], requests_[r].read_status);
    for (size_t i = 0; i < items_.size(); ++i) Deliver(i);
  }

 private:
  struct Slot {
    Classification record;
    std::optional<std::string> bytes;  // the whole object, read ahead
    bool cancelled = false;
  };

  void Prepare(size_t i) {
    WorkItem& item = items_[i];
    Slot& slot = slots_[i];
    FillObjectFacts(item.object, &slot.record);
    slot.record.last_crawl_ms = pipeline_->options_.crawl_ms;
    if (pipeline_->Stopping()) {
      slot.cancelled = true;
      return;
    }
    const OutcomeReason reason = ReasonNotToRead(item.object);
    if (reason != OutcomeReason::kNone) return SetNotClassified(reason, &slot.record);
    if (!ReadAhead(i)) return;
    ClassifyRequest request;
    request.key = item.object.key;
    request.size = item.object.size;
    request.result = &slot.record;
    request.read = [this, i](uint64_t offset, char* out, uint64_t length) {
      return Read(i, offset, out, length);
    };
    requests_.push_back(std::move(request));
    request_slot_.push_back(i);
  }

  // Small objects behind a network are read before a classifier is taken, so that many can be on
  // their way while few are being classified. False: the object has its outcome already.
  bool ReadAhead(size_t i) {
    const ObjectInfo& object = items_[i].object;
    const uint64_t limit = pipeline_->options_.max_object_bytes;
    if (!Target(i).remote || object.size > kBatchBytes || object.size == 0) return true;
    if (limit != 0 && object.size > limit) return true;
    std::string bytes(object.size, '\0');
    const Result<uint64_t> got = ReadStore(i, 0, bytes.data(), bytes.size());
    if (!got.ok()) {
      Settle(i, got.status());
      return false;
    }
    bytes.resize(std::min<uint64_t>(*got, bytes.size()));
    slots_[i].bytes = std::move(bytes);
    return true;
  }

  Result<uint64_t> Read(size_t i, uint64_t offset, char* out, uint64_t length) {
    if (!slots_[i].bytes) return ReadStore(i, offset, out, length);
    const std::string& bytes = *slots_[i].bytes;
    if (offset >= bytes.size()) return uint64_t{0};
    return static_cast<uint64_t>(bytes.copy(out, length, offset));
  }

  Result<uint64_t> ReadStore(size_t i, uint64_t offset, char* out, uint64_t length) {
    ObjectInfo& object = items_[i].object;
    Result<uint64_t> got = Target(i).store->Read(&object, offset, out, length);
    if (got.ok() && ReasonNotToRead(object) != OutcomeReason::kNone) {
      return PermissionDenied("the object turned out not to be readable");
    }
    return got;
  }

  // Gives the record its outcome after the attempt to read and classify it.
  void Settle(size_t i, const Status& read_status) {
    Slot& slot = slots_[i];
    const ObjectInfo& object = items_[i].object;
    FillObjectFacts(object, &slot.record);  // reading taught us more
    if (read_status.ok()) return;
    if (read_status.code() == StatusCode::kCancelled || pipeline_->Stopping()) {
      slot.cancelled = true;
    } else {
      SetReadFailure(read_status, object, &slot.record);
    }
  }

  void Deliver(size_t i) {
    Slot& slot = slots_[i];
    WorkItem& item = items_[i];
    FinishedObject finished;
    finished.position = std::move(item.position);
    finished.cancelled = slot.cancelled;
    if (!slot.cancelled) {
      slot.record.timestamp_ms = NowMs();
      pipeline_->options_.render(slot.record, &finished);
      pipeline_->counters_.objects.fetch_add(1, std::memory_order_relaxed);
      pipeline_->counters_.bytes.fetch_add(slot.record.bytes_classified, std::memory_order_relaxed);
    }
    const size_t bytes = finished.text.size() + kFinishedOverhead;
    pipeline_->results_.Put(item.number, std::move(finished), bytes);
    slot = {};
  }

  const ScanTarget& Target(size_t i) const {
    return pipeline_->options_.targets[items_[i].position.target];
  }

  ScanPipeline* pipeline_;
  std::vector<WorkItem>& items_;
  std::vector<Slot> slots_;
  std::vector<ClassifyRequest> requests_;
  std::vector<size_t> request_slot_;  // of the request of the same index
};

ScanPipeline::ScanPipeline(PipelineOptions options, ClassifierPool* pool)
    : options_(std::move(options)),
      pool_(pool),
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

// Enough to make the messages to a classifier worth it, not so much that others go idle.
size_t ScanPipeline::BatchSize(const std::deque<WorkItem>& queue) const {
  const size_t fair = queue.size() / (2 * options_.workers) + 1;
  const size_t most = std::min(fair, kBatchObjects);
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < most) {
    bytes += queue[count].object.size;
    if (count > 0 && bytes > kBatchBytes) break;
    ++count;
  }
  return count;
}

void ScanPipeline::Work() {
  const ScopeGuard finish([this] {
    if (workers_left_.fetch_sub(1) == 1) results_.Finish();
  });
  std::vector<WorkItem> items;
  const auto batch_size = [this](const std::deque<WorkItem>& queue) { return BatchSize(queue); };
  while (!Stopping() && results_.WaitForRoom() && queue_.PopBatch(&items, batch_size)) {
    Batch(this, &items).Run();
  }
}

}  // namespace assay
