// NatsConnection: the way to a NATS server or cluster. It is there even when no server answers, and
// is made anew whenever it is lost or refused, with growing pauses, for as long as it is needed.
// Each time the files of credentials and certificates are read again. libnats's own reconnecting is
// not used: it ends for good after two equal refusals, or after one when it first connects, and
// keeps what it read from files.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
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

// One connection, from when it was established until it is lost; then every call through it fails.
// What belongs to it (subscriptions, buckets) must be made anew with the next one.
class NatsLink {
 public:
  explicit NatsLink(natsConnection* connection) : connection_(connection) {}
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  // REQUIRES: OpenJetStream returned OK.
  jsCtx* jet_stream() const { return jet_stream_; }
  natsConnection* handle() const { return connection_; }
  bool connected() const;
  // Takes the subscription, and destroys it when the connection is closed. libnats 3.4 reads freed
  // memory when one is destroyed while messages come for it.
  void KeepUntilClosed(natsSubscription* subscription);

 private:
  friend class NatsConnection;
  natsStatus OpenJetStream();

  natsConnection* const connection_;
  jsCtx* jet_stream_ = nullptr;
  std::mutex mutex_;
  std::vector<natsSubscription*> kept_;  // guarded by mutex_
};

class NatsConnection {
 public:
  // Tries to connect once before it returns; what comes of that Link tells.
  // kInvalidArgument: the options cannot be right (a URL that is none, a file that is missing).
  static Result<std::shared_ptr<NatsConnection>> Open(const QueueOptions& options);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  // The connection of now; it may be lost at any time. While there is none: kPermissionDenied when
  // the server refuses who we are, else kUnavailable, with words that say what to look at.
  Result<std::shared_ptr<NatsLink>> Link() const;
  bool connected() const { return Link().ok(); }
  // To whoever listens now; what there is no connection for is lost.
  void Publish(const std::string& subject, const std::string& text);

 private:
  explicit NatsConnection(const QueueOptions& options) : options_(options) {}
  // Whether there is a connection then; the failure is noted.
  Status Connect();
  void Loop();

  const QueueOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  // Guarded by mutex_:
  bool stopping_ = false;
  std::shared_ptr<NatsLink> link_;  // may be lost, and is null until the first that was made
  Status problem_;                  // why there is none; of the last attempt
  std::thread thread_;
};

// `what` and what libnats says of the failure; never a URL or a credential. kUnavailable, but
// kPermissionDenied where the server refused who we are. By the thread that made the call.
Status NatsError(natsStatus status, std::string_view what);

}  // namespace assay
