// NatsConnection: one connection to a NATS server or cluster, with its JetStream context. It is
// made even when no server answers, and made again whenever it is lost, with growing pauses.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "queue/unit_queue.h"

namespace assay {

// What libnats allocated, freed by its own functions.
template <typename T, void (*Free)(T*)>
struct NatsFree {
  void operator()(T* what) const { Free(what); }
};
template <typename T, void (*Free)(T*)>
using NatsPtr = std::unique_ptr<T, NatsFree<T, Free>>;

class NatsConnection {
 public:
  // kInvalidArgument: the options cannot be right (a URL that is none, a file that is missing).
  static Result<std::shared_ptr<NatsConnection>> Open(const QueueOptions& options);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  bool connected() const;
  natsConnection* handle() const { return connection_; }
  jsCtx* jet_stream() const { return jet_stream_; }
  // Takes the subscription, and destroys it when the connection is closed. libnats 3.4 reads freed
  // memory when one is destroyed while messages come for it.
  void KeepUntilClosed(natsSubscription* subscription);

 private:
  NatsConnection() = default;

  natsConnection* connection_ = nullptr;
  jsCtx* jet_stream_ = nullptr;
  std::mutex mutex_;
  std::vector<natsSubscription*> kept_;  // guarded by mutex_
};

// `what` and what libnats says of the failure; never a URL or a credential. kUnavailable, but
// kPermissionDenied where the server refused who we are.
Status NatsError(natsStatus status, std::string_view what);

}  // namespace assay
