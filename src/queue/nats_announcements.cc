#include "queue/nats_announcements.h"

#include <chrono>
#include <condition_variable>
#include <utility>

namespace assay {

struct NatsAnnouncements::Heard {
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t count = 0;
};

NatsAnnouncements::NatsAnnouncements(std::shared_ptr<NatsConnection> connection,
                                     std::string subject)
    : connection_(std::move(connection)),
      subject_(std::move(subject)),
      heard_(std::make_shared<Heard>()) {}

NatsAnnouncements::~NatsAnnouncements() = default;

void NatsAnnouncements::Announce() {
  (void)natsConnection_PublishString(connection_->handle(), subject_.c_str(), "");
}

// Without a connection it is tried again at the next Count. libnats calls back from a thread of its
// own, possibly while the subscription is being destroyed: what it needs is its own until it says
// that it is done.
void NatsAnnouncements::Subscribe() {
  const std::lock_guard lock(mutex_);
  if (subscription_ != nullptr) return;
  auto closure = std::make_unique<std::shared_ptr<Heard>>(heard_);
  const auto on_message = [](natsConnection*, natsSubscription*, natsMsg* message, void* given) {
    natsMsg_Destroy(message);
    Heard& heard = **static_cast<std::shared_ptr<Heard>*>(given);
    const std::lock_guard counting(heard.mutex);
    ++heard.count;
    heard.changed.notify_all();
  };
  const auto on_complete = [](void* given) { delete static_cast<std::shared_ptr<Heard>*>(given); };
  natsSubscription* raw = nullptr;
  natsStatus status = natsConnection_Subscribe(&raw, connection_->handle(), subject_.c_str(),
                                               on_message, closure.get());
  Subscription made(raw);
  if (status != NATS_OK) return;
  status = natsSubscription_SetOnCompleteCB(raw, on_complete, closure.get());
  (void)closure.release();  // a few bytes are lost when that failed, which it does not
  if (status == NATS_OK) subscription_ = std::move(made);
}

uint64_t NatsAnnouncements::Count() {
  Subscribe();
  const std::lock_guard lock(heard_->mutex);
  return heard_->count;
}

void NatsAnnouncements::Wait(uint64_t seen, int64_t wait_ms) {
  std::unique_lock lock(heard_->mutex);
  heard_->changed.wait_for(lock, std::chrono::milliseconds(wait_ms),
                           [&] { return heard_->count != seen; });
}

}  // namespace assay
