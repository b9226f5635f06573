#include "jobs/object_batch.h"

#include <optional>
#include <string>
#include <utility>

#include "jobs/object_outcome.h"

namespace assay {
namespace {

// One call of ClassifyBatch.
class BatchWork {
 public:
  BatchWork(const BatchOptions& options, std::vector<BatchObject>* batch)
      : options_(options), batch_(*batch), bytes_(batch->size()) {}
  ~BatchWork() {
    bytes_.clear();
    if (held_ > 0) options_.read_ahead->GiveBack(held_);
  }
  BatchWork(const BatchWork&) = delete;
  BatchWork& operator=(const BatchWork&) = delete;

  void Run() {
    for (size_t i = 0; i < batch_.size(); ++i) Prepare(i);
    if (!requests_.empty()) options_.pool->Acquire()->Classify(requests_, options_.cancelled);
    for (size_t r = 0; r < requests_.size(); ++r) {
      Settle(request_object_[r], requests_[r].read_status);
    }
  }

 private:
  void Prepare(size_t i) {
    BatchObject& item = batch_[i];
    FillObjectFacts(item.object, &item.record);
    item.record.last_crawl_ms = options_.crawl_ms;
    if (options_.stopping()) {
      item.cancelled = true;
      return;
    }
    OutcomeReason reason = ReasonNotToRead(item.object);
    if (reason == OutcomeReason::kNone && options_.before_read) {
      reason = options_.before_read(&item);
      FillObjectFacts(item.object, &item.record);
    }
    if (reason != OutcomeReason::kNone) return SetNotClassified(reason, &item.record);
    if (!ReadAhead(i)) return;
    ClassifyRequest request;
    request.key = item.object.key;
    request.size = item.object.size;
    request.result = &item.record;
    request.detections = options_.detections;
    request.read = [this, i](uint64_t offset, char* out, uint64_t length) {
      return Read(i, offset, out, length);
    };
    requests_.push_back(std::move(request));
    request_object_.push_back(i);
  }

  // Objects behind a network are read before a classifier is taken, so that many can be on their
  // way while few are being classified; of large ones as many as the budget has room for. False:
  // the object has its outcome already.
  bool ReadAhead(size_t i) {
    const BatchObject& item = batch_[i];
    const uint64_t limit = options_.max_object_bytes;
    const uint64_t wanted = limit == 0 ? item.object.size : std::min(item.object.size, limit);
    if (!item.remote || wanted == 0) return true;
    if (wanted > kBatchBytes) {
      if (options_.read_ahead == nullptr || held_ > 0) return true;
      if (!options_.read_ahead->Take(wanted, options_.stopping)) return true;
      held_ = wanted;
    }
    std::string bytes(wanted, '\0');
    const Result<uint64_t> got = ReadStore(i, 0, bytes.data(), bytes.size());
    if (!got.ok()) {
      Settle(i, got.status());
      return false;
    }
    bytes.resize(std::min<uint64_t>(*got, bytes.size()));
    bytes_[i] = std::move(bytes);
    return true;
  }

  // From what was read ahead, as far as that goes.
  Result<uint64_t> Read(size_t i, uint64_t offset, char* out, uint64_t length) {
    if (!bytes_[i]) return ReadStore(i, offset, out, length);
    const std::string& bytes = *bytes_[i];
    const bool whole = bytes.size() >= batch_[i].object.size;
    if (offset >= bytes.size()) return whole ? uint64_t{0} : ReadStore(i, offset, out, length);
    const uint64_t copied = bytes.copy(out, length, offset);
    if (whole || copied == length) return copied;
    ASSAY_ASSIGN_OR_RETURN(const uint64_t rest,
                           ReadStore(i, offset + copied, out + copied, length - copied));
    return copied + rest;
  }

  Result<uint64_t> ReadStore(size_t i, uint64_t offset, char* out, uint64_t length) {
    ObjectInfo& object = batch_[i].object;
    Result<uint64_t> got = batch_[i].store->Read(&object, offset, out, length);
    if (got.ok() && ReasonNotToRead(object) != OutcomeReason::kNone) {
      return PermissionDenied("the object turned out not to be readable");
    }
    return got;
  }

  // Gives the record its outcome after the attempt to read and classify it.
  void Settle(size_t i, const Status& read_status) {
    BatchObject& item = batch_[i];
    FillObjectFacts(item.object, &item.record);  // reading taught us more
    if (read_status.ok()) return;
    if (read_status.code() == StatusCode::kCancelled || options_.stopping()) {
      item.cancelled = true;
    } else {
      SetReadFailure(read_status, item.object, &item.record);
      const bool unavailable = item.record.reason == OutcomeReason::kStoreUnavailable ||
                               item.record.reason == OutcomeReason::kVanished;
      if (unavailable && options_.on_unavailable) options_.on_unavailable(item);
    }
  }

  const BatchOptions& options_;
  std::vector<BatchObject>& batch_;
  std::vector<std::optional<std::string>> bytes_;  // read ahead, from the object's start
  uint64_t held_ = 0;                              // of options_.read_ahead
  std::vector<ClassifyRequest> requests_;
  std::vector<size_t> request_object_;  // of the request of the same index
};

}  // namespace

void ClassifyBatch(const BatchOptions& options, std::vector<BatchObject>* batch) {
  BatchWork(options, batch).Run();
}

}  // namespace assay
