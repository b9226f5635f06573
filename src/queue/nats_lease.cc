// The lease in a key-value bucket: the key exists while somebody holds it, and goes by itself.
#include <mutex>
#include <utility>

#include "queue/nats_unit_queue.h"

namespace assay {
namespace {

using KvPtr = NatsPtr<kvStore, kvStore_Destroy>;

constexpr int64_t kNsPerMs = 1'000'000;
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
    // libnats has no status of its own for "somebody holds it" (a wrong last sequence).
    if (status == NATS_ERR) return false;
    bucket_kv_ = nullptr;
    return NatsError(status, "taking the lease");
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
    if (status == NATS_ERR) return false;
    return NatsError(status, "renewing the lease");
  }

  // Only if it is still ours: the revision of another's differs.
  void Release() override {
    const Result<bool> ours = Renew();
    const std::lock_guard lock(mutex_);
    if (ours.ok() && *ours) kvStore_Delete(bucket_kv_.get(), kKey);
  }

  int64_t lease_ms() const override { return lease_ms_; }

 private:
  Status OpenBucket() {
    ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<NatsLink> link, connection_->Link());
    if (bucket_kv_ != nullptr && link_ == link) return Status::Ok();
    kvStore* raw = nullptr;
    natsStatus status = js_KeyValue(&raw, link->jet_stream(), bucket_.c_str());
    if (status == NATS_NOT_FOUND) {
      kvConfig config;
      kvConfig_Init(&config);
      config.Bucket = bucket_.c_str();
      config.History = 1;
      config.TTL = lease_ms_ * kNsPerMs;
      config.Replicas = static_cast<int>(replicas_);
      status = js_CreateKeyValue(&raw, link->jet_stream(), &config);
    }
    if (status != NATS_OK) return NatsError(status, "the bucket of the lease");
    bucket_kv_.reset(raw);
    link_ = std::move(link);
    return Status::Ok();
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
