#include "api/request_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/aws_time.h"
#include "store/account_rows.h"
#include "store/object_rows.h"

namespace assay {
namespace {

// A label's value: backslash, quote and newline are escaped.
std::string Label(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

// Builds the text, one metric after the other.
class MetricsText {
 public:
  void Begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  template <typename Number>
  void Value(std::string_view labels, Number number) {
    fmt::format_to(std::back_inserter(text_), "{}{}{}{} {}\n", name_, labels.empty() ? "" : "{",
                   labels, labels.empty() ? "" : "}", number);
  }
  template <typename Number>
  void Single(std::string_view name, std::string_view type, std::string_view help, Number number) {
    Begin(name, type, help);
    Value("", number);
  }
  // One line of the metric whose name goes on with `suffix`.
  template <typename Number>
  void Part(std::string_view suffix, std::string_view labels, Number number) {
    fmt::format_to(std::back_inserter(text_), "{}{}{{{}}} {}\n", name_, suffix, labels, number);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

void AddOutcomes(const std::vector<OutcomeCount>& counts, MetricsText* text) {
  struct Sum {
    uint64_t objects = 0;
    uint64_t bytes = 0;
  };
  std::map<std::string, Sum> sums;
  for (const OutcomeCount& count : counts) {
    Sum& sum = sums[fmt::format("outcome=\"{}\",reason=\"{}\"", Label(count.outcome),
                                Label(count.reason))];
    sum.objects += count.objects;
    sum.bytes += count.bytes_classified;
  }
  // Objects come and go, so these are gauges in spite of their names, which are the issue's.
  text->Begin("assay_objects_total", "gauge", "Objects on record, by outcome and reason.");
  for (const auto& [labels, sum] : sums) text->Value(labels, sum.objects);
  text->Begin("assay_bytes_classified_total", "gauge", "Bytes of them that were read.");
  for (const auto& [labels, sum] : sums) text->Value(labels, sum.bytes);
}

void AddAccounts(const std::vector<AccountRow>& accounts, MetricsText* text) {
  text->Begin("assay_quota_bytes", "gauge", "Bytes that may be classified, by account.");
  for (const AccountRow& row : accounts) {
    text->Value(fmt::format("account=\"{}\"", Label(row.account_id)), row.quota_bytes);
  }
  text->Begin("assay_quota_used_bytes", "gauge", "Bytes charged so far, by account.");
  for (const AccountRow& row : accounts) {
    text->Value(fmt::format("account=\"{}\"", Label(row.account_id)), row.charged_bytes);
  }
}

void AddWork(const ClassificationStatus& status, int64_t now_ms, MetricsText* text) {
  std::map<std::string_view, uint64_t> walks = {{"ready", 0}, {"quota-reached", 0}, {"blocked", 0}};
  for (const WalkRow& walk : status.walks) ++walks[WalkStateName(walk.state)];
  text->Begin("assay_walks", "gauge", "Walks over resources that are not done, by state.");
  for (const auto& [state, count] : walks) text->Value(fmt::format("state=\"{}\"", state), count);
  text->Single("assay_events_waiting", "gauge", "Object events not yet worked off.",
               status.events.count);
  const int64_t oldest = status.events.oldest_received_ms;
  text->Single("assay_events_oldest_seconds", "gauge", "Age of the oldest of them.",
               oldest == 0 ? 0.0 : static_cast<double>(now_ms - oldest) / 1000);
  text->Single("assay_classifier_restarts_total", "counter",
               "Classifier processes that had to be replaced.", status.classifier_restarts);
  text->Single("assay_objects_unrecorded", "gauge",
               "Objects that are dealt with and wait for the database.", status.unrecorded_objects);
  text->Begin("assay_event_queue_messages_total", "counter",
              "Messages of event queues; refused ones were no object events.");
  text->Value("result=\"taken\"", status.queue_messages);
  text->Value("result=\"refused\"", status.queue_messages_refused);
  text->Single("assay_objects_per_minute", "gauge", "Objects recorded in the last minute.",
               status.objects_per_minute);
  text->Single("assay_bytes_per_second", "gauge", "Bytes classified a second.",
               status.bytes_per_second);
}

void AddQueue(const QueueState& queue, MetricsText* text) {
  // What is not known is not there: workers must not be taken away because a queue seems empty.
  if (queue.counted) {
    text->Begin("assay_queue_units", "gauge",
                "Units of work handed out and not finished, by lane.");
    text->Value("lane=\"events\"", queue.events);
    text->Value("lane=\"pages\"", queue.pages);
    text->Single("assay_queue_dead_letters", "gauge", "Units that were given up.", queue.dead);
    text->Single("assay_queue_bytes", "gauge", "Bytes of units in the queue.", queue.bytes);
  }
  text->Single("assay_queue_connected", "gauge", "Whether the queue can be reached.",
               uint64_t{queue.connected ? 1U : 0U});
}

void AddFleet(const FleetStatus& fleet, MetricsText* text) {
  text->Single("assay_leader", "gauge", "Whether this process leads the fleet.",
               uint64_t{fleet.leads_here ? 1U : 0U});
  const auto alive =
      std::count_if(fleet.workers.begin(), fleet.workers.end(),
                    [&](const WorkerRow& worker) { return IsAlive(worker, fleet.now_ms); });
  text->Single("assay_workers", "gauge", "Workers heard of lately.", static_cast<uint64_t>(alive));
}

// What is in the database; as much of it as it tells.
void AddStored(const ServiceContext& context, MetricsText* text) {
  std::vector<AccountRow> accounts;
  std::vector<OutcomeCount> counts;
  const Status status = context.database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(accounts, ListAccounts(tx));
    ASSAY_ASSIGN_OR_RETURN(counts, CountOutcomes(tx, "", ""));
    return Status::Ok();
  });
  if (!status.ok()) return;
  AddOutcomes(counts, text);
  AddAccounts(accounts, text);
  AddWork(context.classification->Snapshot(), NowMs(), text);
  if (context.fleet == nullptr) return;
  if (const Result<FleetStatus> fleet = context.fleet->Fleet(); fleet.ok()) AddFleet(*fleet, text);
}

void AddTransactions(const MeteredDatabase& database, MetricsText* text) {
  const std::pair<std::string_view, TransactionTimes> kinds[] = {{"read", database.Reads()},
                                                                 {"write", database.Writes()}};
  text->Begin("assay_database_seconds", "histogram",
              "What transactions of the service's database took, waiting included.");
  for (const auto& [kind, times] : kinds) {
    const std::string labels = fmt::format("transaction=\"{}\"", kind);
    for (size_t i = 0; i < times.within.size(); ++i) {
      const double bound = static_cast<double>(TransactionTimes::kBoundsMs[i]) / 1000;
      text->Part("_bucket", fmt::format("{},le=\"{}\"", labels, bound), times.within[i]);
    }
    text->Part("_bucket", labels + ",le=\"+Inf\"", times.count);
    text->Part("_sum", labels, static_cast<double>(times.microseconds) / 1e6);
    text->Part("_count", labels, times.count);
  }
  text->Begin("assay_database_failures_total", "counter", "Transactions that failed.");
  for (const auto& [kind, times] : kinds) {
    text->Value(fmt::format("transaction=\"{}\"", kind), times.failed);
  }
}

}  // namespace

std::string DatabaseMetricsText(const MeteredDatabase& database) {
  MetricsText text;
  AddTransactions(database, &text);
  return text.Take();
}

void RequestMetrics::Add(const std::string& route, int status, int64_t microseconds) {
  const std::lock_guard lock(mutex_);
  Sum& sum = sums_[{route, status}];
  ++sum.requests;
  sum.microseconds += static_cast<uint64_t>(microseconds);
}

std::string RequestMetrics::Text() const {
  const std::lock_guard lock(mutex_);
  MetricsText text;
  text.Begin("assay_http_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& [at, sum] : sums_) {
    text.Value(fmt::format("route=\"{}\",status=\"{}\"", Label(at.first), at.second), sum.requests);
  }
  text.Begin("assay_http_request_seconds_total", "counter", "Time spent on answering them.");
  for (const auto& [at, sum] : sums_) {
    text.Value(fmt::format("route=\"{}\",status=\"{}\"", Label(at.first), at.second),
               static_cast<double>(sum.microseconds) / 1e6);
  }
  return text.Take();
}

std::string ServiceMetricsText(const ServiceContext& context) {
  MetricsText text;
  text.Begin("assay_build_info", "gauge", "The version that runs.");
  text.Value(fmt::format("version=\"{}\"", Label(context.version)), 1);
  const bool up = context.database_watch->Last().ok();
  text.Single("assay_database_up", "gauge", "Whether the service's database answers.",
              uint64_t{up ? 1U : 0U});
  if (context.fleet != nullptr) AddQueue(context.fleet->Queue(), &text);
  // The rest would wait for it longer than those who ask do.
  if (up) AddStored(context, &text);
  return text.Take();
}

}  // namespace assay
