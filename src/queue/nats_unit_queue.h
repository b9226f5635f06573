// The queue over NATS JetStream: a work-queue stream for each lane, a durable pull consumer that
// all workers share, a stream of dead letters, and a key-value bucket for the lease. Source: NATS
// documentation, "JetStream": streams, consumers, key/value store.
//
// Thread rule: free functions; what they make says its own.
#pragma once

#include <memory>

#include "base/status.h"
#include "queue/nats_connection.h"
#include "queue/unit_queue.h"

namespace assay {

// OK also when no server answers: every call says so then, and works once one does.
Result<std::unique_ptr<UnitQueue>> OpenNatsQueue(std::shared_ptr<NatsConnection> connection,
                                                 const QueueOptions& options);
// A lease of `lease_ms` in the bucket PREFIX_lease.
std::unique_ptr<QueueLease> OpenNatsLease(std::shared_ptr<NatsConnection> connection,
                                          const QueueOptions& options, int64_t lease_ms);

}  // namespace assay
