// NatsAnnouncements: a message without contents to everybody on the connection's cluster who waits,
// so that nobody has to ask again and again. Like all messages of NATS that no stream keeps, one
// can be lost: whoever waits looks by himself after a while, too.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "queue/nats_connection.h"

namespace assay {

class NatsAnnouncements {
 public:
  NatsAnnouncements(std::shared_ptr<NatsConnection> connection, std::string subject);
  NatsAnnouncements(const NatsAnnouncements&) = delete;
  NatsAnnouncements& operator=(const NatsAnnouncements&) = delete;

  // To all who wait, this process among them.
  void Announce();
  // How many came so far.
  uint64_t Count();
  // Until one more than `seen` came, `wait_ms` at most.
  void Wait(uint64_t seen, int64_t wait_ms);

 private:
  struct Heard;
  void Subscribe();

  const std::shared_ptr<NatsConnection> connection_;
  const std::string subject_;
  const std::shared_ptr<Heard> heard_;
  std::mutex mutex_;
  std::shared_ptr<NatsLink> subscribed_;  // where; guarded by mutex_
};

}  // namespace assay
