// UnitQueue: hands units of work from the leader of a fleet to its workers, each to one at a time
// and again to another when that one does not finish it. What a unit is the queue does not know.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// Object events wait apart from pages of walks, so that neither stands before the other.
enum class QueueLane { kEvents, kPages };
std::string_view QueueLaneName(QueueLane lane);  // "events", "pages"

struct QueueOptions {
  // "nats://[user:password@|token@]host:4222", several with commas; "tls://..." for TLS.
  std::string url;
  std::string credentials_file;  // NATS's .creds, with a JWT and a seed
  std::string tls_ca;            // PEM; "" = the system's
  std::string tls_certificate;   // PEM, of this client; "" = none
  std::string tls_key;
  std::string prefix = "assay";  // of streams and subjects: several fleets can share a cluster
  uint32_t replicas = 1;         // of the streams; 3 for a cluster
  int64_t ack_wait_ms = 30'000;  // a unit that nobody speaks of for that long goes to another
  std::string client_name;       // shown by the server
};

struct UnitMessage {
  QueueLane lane = QueueLane::kPages;
  std::string account_id;
  std::string id;  // the same message published twice is there once
  std::string data;
};

// A message in this worker's hand. Dropping it without a word is what a crash does: the queue gives
// it to another once its time is over.
class TakenUnit {
 public:
  virtual ~TakenUnit() = default;
  virtual const UnitMessage& message() const = 0;
  virtual uint64_t deliveries() const = 0;  // 1 = the first
  virtual void Finish() = 0;                // it never comes again
  virtual void GiveBack(int64_t delay_ms) = 0;
  virtual void StillAtIt() = 0;  // the time to finish it begins anew
};

// A unit that was given up.
struct DeadLetter {
  uint64_t sequence = 0;  // names it
  UnitMessage message;
  std::string reason;
  uint64_t deliveries = 0;
  int64_t at_ms = 0;
};

struct QueueState {
  bool connected = false;
  std::string last_error;  // "" = all is well
  bool counted = false;    // what follows is known
  uint64_t events = 0;     // units that are not finished
  uint64_t pages = 0;
  int64_t oldest_page_ms = 0;  // when that was published, by the server's clock; 0 = there is none
  uint64_t dead = 0;
  uint64_t bytes = 0;  // of these two
};

class UnitQueue {
 public:
  virtual ~UnitQueue() = default;

  // Makes streams and consumers where they are missing, and adapts them to the options.
  virtual Status Prepare() = 0;
  // Kept by the queue when it returns OK.
  virtual Status Publish(const UnitMessage& message) = 0;
  // The next unit of the lane; null when there is none now.
  virtual Result<std::unique_ptr<TakenUnit>> Take(QueueLane lane) = 0;
  // Units are announced when they are published. To miss none of any lane: read the number, look
  // with Take, and wait until it is another or `wait_ms` are over. A unit that comes back to the
  // queue is not announced, and an announcement can be lost.
  virtual uint64_t Announced() = 0;
  virtual void WaitForAnnouncement(uint64_t seen, int64_t wait_ms) = 0;
  // Asks the server: with one that does not answer, for seconds.
  virtual QueueState State() = 0;

  virtual Status PutDeadLetter(const DeadLetter& letter) = 0;
  // Behind the sequence, oldest first, at most `limit`.
  virtual Result<std::vector<DeadLetter>> ListDeadLetters(uint64_t after, uint32_t limit) = 0;
  virtual Status DeleteDeadLetter(uint64_t sequence) = 0;
};

// A lease that at most one process holds. It is no lock: who holds it may learn too late that it
// ended, and what must not happen then is fenced where it happens (store/fleet_rows.h).
class QueueLease {
 public:
  virtual ~QueueLease() = default;
  // Takes the lease when nobody holds it: true = it is ours, for the lease's time.
  virtual Result<bool> Acquire(const std::string& holder) = 0;
  // Its time begins anew. false: it is lost.
  virtual Result<bool> Renew() = 0;
  virtual void Release() = 0;
  virtual int64_t lease_ms() const = 0;
};

}  // namespace assay
