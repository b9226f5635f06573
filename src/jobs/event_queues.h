// EventQueues: reads object events from the queues (Amazon SQS) that accounts name, one thread for
// each queue. A message is deleted only after its events are durable; one that is no object event
// is deleted and counted, so that it does not come back for ever. A message may come twice, and
// events may be late or out of order: whoever works them off looks at the objects themselves.
// Source: Amazon SQS Developer Guide, "Amazon SQS short and long polling", "visibility timeout".
//
// Thread rule: all public methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "store/resource_rows.h"

namespace assay {

// An account whose events come through a queue. Accounts may share one: an event is then offered
// for each of them, and the sink keeps those of selected buckets.
struct QueueAccount {
  std::string account_id;
  std::string service_role_arn;
  bool operator==(const QueueAccount&) const = default;
};

struct EventQueueStatus {
  uint64_t messages = 0;   // taken over, since the start
  uint64_t refused = 0;    // deleted, because they were no object events
  std::string last_error;  // why a queue is not read, or its last message was refused; "" = none
};

class EventQueues {
 public:
  // Makes events durable; kInvalidArgument: it will never take one of them.
  using Sink = std::function<Status(const std::vector<EventRow>&)>;

  // `access` must outlive the object.
  EventQueues(AccountAccess* access, Sink sink);
  // Ends all threads; requests in progress end within about a second.
  ~EventQueues();
  EventQueues(const EventQueues&) = delete;
  EventQueues& operator=(const EventQueues&) = delete;

  // From now on reads these queues (URL -> accounts) and no others.
  void Follow(const std::map<std::string, std::vector<QueueAccount>>& queues);
  // Tells all threads to end, and does not wait for them. Follow does nothing any more.
  void Stop();
  EventQueueStatus Snapshot() const;

 private:
  class Reader;
  AccountAccess* const access_;
  const Sink sink_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  bool stopped_ = false;
  std::map<std::string, std::unique_ptr<Reader>> readers_;  // by URL
  EventQueueStatus ended_;                                  // sums of readers that ended
};

// The region in the host name of a queue's URL ("https://sqs.eu-west-1.amazonaws.com/...", or the
// older "https://eu-west-1.queue.amazonaws.com/..."); "" when it names none.
std::string RegionOfQueueUrl(const std::string& url);

}  // namespace assay
