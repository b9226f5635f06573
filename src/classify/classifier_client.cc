#include "classify/classifier_client.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <numeric>
#include <utility>

#include "classify/batch_run.h"
#include "classify/codec.h"

namespace assay {
namespace {

size_t LargeBytes(uint64_t max_object_bytes) {
  if (max_object_bytes == 0 || max_object_bytes > ArenaLayout::kMaxLargeBytes) {
    return ArenaLayout::kDefaultLargeBytes;
  }
  return std::max<size_t>(max_object_bytes, size_t{1} << 20);
}

}  // namespace

struct ClassifierPool::Impl {
  ClassifierPoolOptions options;
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<ClassifierSlot>> free;
  std::mutex columnar_mutex;  // held while an object is with the columnar process
  ClassifierSlot columnar;
  std::atomic<uint64_t> restarts{0};

  // Runs `indices` through `slot` and returns those for the columnar process.
  std::deque<size_t> Run(ClassifierSlot* slot, std::vector<ClassifyRequest>* batch,
                         std::deque<size_t> indices, const std::function<bool()>& cancelled) {
    const uint64_t before = slot->restarts;
    BatchRun run(slot, options, batch, cancelled);
    run.Run(std::move(indices));
    restarts += slot->restarts - before;
    return run.needs_columnar();
  }

  // When it cannot be started, the objects keep what the ordinary process made of them.
  void RunColumnar(std::vector<ClassifyRequest>* batch, std::deque<size_t> indices,
                   const std::function<bool()>& cancelled) {
    const std::lock_guard lock(columnar_mutex);
    if (!columnar.process) {
      auto started = ClassifierProcess::Start(columnar.start);
      if (!started.ok()) return;
      columnar.process = std::move(*started);
    }
    Run(&columnar, batch, std::move(indices), cancelled);
  }
};

struct ClassifierPool::Lease::Impl {
  ClassifierPool::Impl* pool;
  std::unique_ptr<ClassifierSlot> slot;
};

ClassifierPool::ClassifierPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClassifierPool::~ClassifierPool() = default;

Result<std::unique_ptr<ClassifierPool>> ClassifierPool::Start(
    const ClassifierPoolOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  ProcessStart start;
  ASSAY_ASSIGN_OR_RETURN(start.program, ClassifierProgram(options.program));
  start.layout.large_bytes = LargeBytes(options.max_object_bytes);
  WorkerSetup setup{options.ruleset, options.classify, options.memory_limit_bytes,
                    options.object_timeout_ms, false};
  start.setup = EncodeWorkerSetup(setup);
  for (uint32_t i = 0; i < std::max(options.processes, 1u); ++i) {
    auto slot = std::make_unique<ClassifierSlot>();
    slot->start = start;
    impl->free.push_back(std::move(slot));
  }
  // The last is leased first. It shows that the rules load and the sandbox holds; the others are
  // started when that many are busy at once, each by the thread that needs it.
  ASSAY_ASSIGN_OR_RETURN(impl->free.back()->process, ClassifierProcess::Start(start));
  setup.columnar = true;
  impl->columnar.start = start;
  impl->columnar.start.setup = EncodeWorkerSetup(setup);
  return std::unique_ptr<ClassifierPool>(new ClassifierPool(std::move(impl)));
}

std::unique_ptr<ClassifierPool::Lease> ClassifierPool::Acquire() {
  auto lease = std::make_unique<Lease::Impl>();
  std::unique_lock lock(impl_->mutex);
  impl_->freed.wait(lock, [this] { return !impl_->free.empty(); });
  lease->pool = impl_.get();
  lease->slot = std::move(impl_->free.back());
  impl_->free.pop_back();
  return std::unique_ptr<Lease>(new Lease(std::move(lease)));
}

uint64_t ClassifierPool::max_object_bytes() const { return impl_->options.max_object_bytes; }

uint64_t ClassifierPool::restarts() const { return impl_->restarts; }

ClassifierPool::Lease::Lease(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ClassifierPool::Lease::~Lease() {
  {
    const std::lock_guard lock(impl_->pool->mutex);
    impl_->pool->free.push_back(std::move(impl_->slot));
  }
  impl_->pool->freed.notify_one();
}

void ClassifierPool::Lease::Classify(std::vector<ClassifyRequest>& batch,
                                     const std::function<bool()>& cancelled) {
  ClassifierPool::Impl& pool = *impl_->pool;
  std::deque<size_t> all(batch.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::deque<size_t> columnar = pool.Run(impl_->slot.get(), &batch, std::move(all), cancelled);
  if (!columnar.empty()) pool.RunColumnar(&batch, std::move(columnar), cancelled);
}

}  // namespace assay
