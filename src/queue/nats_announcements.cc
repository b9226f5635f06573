#include "queue/nats_announcements.h"

#include <chrono>
#include <condition_variable>
#include <utility>

namespace assay {
namespace {

constexpr int64_t kFlushMs = 1000;

}  // namespace

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

void NatsAnnouncements::Announce() { connection_->Publish(subject_, ""); }

// What fails is tried again at the next Count, as is what was lost with a connection. libnats calls
// back from a thread of its own, as long as the connection is open and a little longer: what the
// callback needs lives until libnats says that it was the last.
void NatsAnnouncements::Subscribe() {
  const Result<std::shared_ptr<NatsLink>> link = connection_->Link();
  const std::lock_guard lock(mutex_);
  if (!link.ok() || subscribed_ == *link) return;
  auto closure = std::make_unique<std::shared_ptr<Heard>>(heard_);
  const auto on_message = [](natsConnection*, natsSubscription*, natsMsg* message, void* given) {
    natsMsg_Destroy(message);
    Heard& heard = **static_cast<std::shared_ptr<Heard>*>(given);
    const std::lock_guard counting(heard.mutex);
    ++heard.count;
    heard.changed.notify_all();
  };
  const auto on_complete = [](void* given) { delete static_cast<std::shared_ptr<Heard>*>(given); };
  natsSubscription* subscription = nullptr;
  if (natsConnection_Subscribe(&subscription, (*link)->handle(), subject_.c_str(), on_message,
                               closure.get()) != NATS_OK) {
    return;
  }
  (*link)->KeepUntilClosed(subscription);
  (void)natsSubscription_SetOnCompleteCB(subscription, on_complete, closure.release());
  subscribed_ = *link;
  // What is announced from here on is heard: the server knows of us before anybody looks.
  (void)natsConnection_FlushTimeout((*link)->handle(), kFlushMs);
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
