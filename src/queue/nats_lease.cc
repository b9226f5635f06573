// The lease in a key-value bucket: the key exists while somebody holds it, and goes by itself.
#include <algorithm>
#include <mutex>
#include <utility>

#include "queue/nats_unit_queue.h"

namespace assay {
namespace {

using StreamInfoPtr = NatsPtr<jsStreamInfo, jsStreamInfo_Destroy>;
using KvPtr = NatsPtr<kvStore, kvStore_Destroy>;
using EntryPtr = NatsPtr<kvEntry, kvEntry_Destroy>;

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kMaxDuplicatesMs = 120'000;  // as buckets are made
constexpr char kKey[] = "leader";

class NatsLease : public QueueLease {
 public:
  NatsLease(std::shared_ptr<NatsConnection> connection, const QueueOptions& options,
            int64_t lease_ms)
      : connection_(std::move(connection)),
        bucket_(options.prefix + "_lease"),
        replicas_(options.replicas),
        lease_ms_(lease_ms) {}

  Result<bool> Acquire(const std::string& holder) override {
    const std::lock_guard lock(mutex_);
    ASSAY_RETURN_IF_ERROR(OpenBucket());
    holder_ = holder;
    const natsStatus status =
        kvStore_CreateString(&revision_, bucket_kv_.get(), kKey, holder.c_str());
    if (status == NATS_OK) return true;
    const Status refused = NatsError(status, "taking the lease");
    if (status == NATS_ERR) {
      ASSAY_ASSIGN_OR_RETURN(const uint64_t held, RevisionNow());
      if (held != 0) return false;
    }
    bucket_kv_ = nullptr;
    return refused;
  }

  Result<bool> Renew() override {
    const std::lock_guard lock(mutex_);
    if (revision_ == 0) return Unavailable("the lease was not taken");
    ASSAY_RETURN_IF_ERROR(OpenBucket());
    uint64_t revision = 0;
    const natsStatus status =
        kvStore_UpdateString(&revision, bucket_kv_.get(), kKey, holder_.c_str(), revision_);
    if (status == NATS_OK) {
      revision_ = revision;
      return true;
    }
    const Status refused = NatsError(status, "renewing the lease");
    if (status == NATS_ERR) {
      ASSAY_ASSIGN_OR_RETURN(const uint64_t held, RevisionNow());
      if (held != revision_) return false;
    }
    return refused;
  }

  // Only if it is still ours: the revision of another's differs.
  void Release() override {
    const Result<bool> ours = Renew();
    const std::lock_guard lock(mutex_);
    if (ours.ok() && *ours) kvStore_Delete(bucket_kv_.get(), kKey);
  }

  int64_t lease_ms() const override { return lease_ms_; }

 private:
  // Of whoever holds the lease; 0 = nobody. libnats has one status for "another one holds it" (a
  // wrong last sequence) and for all that JetStream refuses, a full disk among it.
  Result<uint64_t> RevisionNow() {
    kvEntry* raw = nullptr;
    const natsStatus status = kvStore_Get(&raw, bucket_kv_.get(), kKey);
    const EntryPtr entry(raw);
    if (status == NATS_NOT_FOUND) return 0;
    if (status != NATS_OK) return NatsError(status, "asking who holds the lease");
    return kvEntry_Revision(entry.get());
  }

  // Once a connection.
  Status OpenBucket() {
    ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<NatsLink> link, connection_->Link());
    if (bucket_kv_ != nullptr && link_ == link) return Status::Ok();
    ASSAY_ASSIGN_OR_RETURN(const bool there, AdaptBucket(link->jet_stream()));
    kvStore* raw = nullptr;
    kvConfig config;
    kvConfig_Init(&config);
    config.Bucket = bucket_.c_str();
    config.History = 1;
    config.TTL = lease_ms_ * kNsPerMs;
    config.Replicas = static_cast<int>(replicas_);
    const natsStatus status = there ? js_KeyValue(&raw, link->jet_stream(), bucket_.c_str())
                                    : js_CreateKeyValue(&raw, link->jet_stream(), &config);
    if (status != NATS_OK) return NatsError(status, "the bucket of the lease");
    bucket_kv_.reset(raw);
    link_ = std::move(link);
    return Status::Ok();
  }

  // Whether the bucket is there. It may have been made with other settings than those of now: then
  // the stream that it is gets these.
  Result<bool> AdaptBucket(jsCtx* jet_stream) const {
    const std::string stream = "KV_" + bucket_;
    jsStreamInfo* raw = nullptr;
    jsErrCode code{};
    natsStatus status = js_GetStreamInfo(&raw, jet_stream, stream.c_str(), nullptr, &code);
    const StreamInfoPtr info(raw);
    if (status == NATS_NOT_FOUND) return false;
    if (status != NATS_OK) return NatsError(status, "asking about the bucket of the lease");
    jsStreamConfig* config = info->Config;
    const int64_t max_age = lease_ms_ * kNsPerMs;
    if (config->Replicas == replicas_ && config->MaxAge == max_age) return true;
    config->Replicas = replicas_;
    config->MaxAge = max_age;
    // Longer than the age of messages it may not be.
    config->Duplicates = std::min(max_age, kMaxDuplicatesMs * kNsPerMs);
    status = js_UpdateStream(nullptr, jet_stream, config, nullptr, &code);
    if (status != NATS_OK) return NatsError(status, "adapting the bucket of the lease");
    return true;
  }

  const std::shared_ptr<NatsConnection> connection_;
  const std::string bucket_;
  const uint32_t replicas_;
  const int64_t lease_ms_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::shared_ptr<NatsLink> link_;  // of the bucket
  KvPtr bucket_kv_;
  std::string holder_;
  uint64_t revision_ = 0;
};

}  // namespace

std::unique_ptr<QueueLease> OpenNatsLease(std::shared_ptr<NatsConnection> connection,
                                          const QueueOptions& options, int64_t lease_ms) {
  return std::make_unique<NatsLease>(std::move(connection), options, lease_ms);
}

}  // namespace assay
