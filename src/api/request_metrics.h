// Counters of the requests that were answered, and the text of /metrics.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "api/service_context.h"
#include "base/status.h"
#include "store/metered_database.h"

namespace assay {

class RequestMetrics {
 public:
  // `route` is the pattern of a route, never the path itself: there is a bounded number of them.
  void Add(const std::string& route, int status, int64_t microseconds);
  // In the text format of Prometheus, version 0.0.4.
  std::string Text() const;

 private:
  struct Sum {
    uint64_t requests = 0;
    uint64_t microseconds = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, Sum> sums_;  // guarded by mutex_
};

// What the service as a whole tells: objects by outcome, walks, events, quotas, the store, the
// classifiers. While the database is away, only what is known without it.
std::string ServiceMetricsText(const ServiceContext& context);

// What transactions of the database took.
std::string DatabaseMetricsText(const MeteredDatabase& database);

}  // namespace assay
