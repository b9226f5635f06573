// /api/v1: the queue of a fleet, its workers, and units of work that were given up. A service that
// is no fleet has an empty one.
#include <algorithm>

#include "api/console_request.h"
#include "api/json_io.h"
#include "base/utf8.h"

namespace assay {
namespace {

constexpr uint32_t kLettersAtOnce = 100;

void WriteWorker(const WorkerRow& worker, int64_t now_ms, JsonOut* out) {
  out->BeginObject();
  out->Text("workerId", worker.worker_id);
  out->Text("host", worker.host);
  out->Text("version", worker.version);
  out->Text("state", !IsAlive(worker, now_ms) ? "lost" : worker.draining ? "draining" : "working");
  out->Int("unitFormat", worker.unit_format);
  out->Int("units", worker.units);
  out->Int("unitsInHand", worker.units_in_hand);
  out->Int("objectsPerMinute", worker.objects_per_minute);
  out->Int("bytesPerSecond", worker.bytes_per_second);
  out->Time("startedAt", worker.started_ms);
  out->Time("lastSeen", worker.seen_ms);
  out->Text("lastError", worker.last_error);
  out->EndObject();
}

Result<std::string> QueueRoute(const ConsoleRequest& request) {
  FleetStatus fleet;
  if (request.context->fleet != nullptr) {
    ASSAY_ASSIGN_OR_RETURN(fleet, request.context->fleet->Fleet());
  }
  JsonOut out;
  out.BeginObject();
  out.Bool("fleet", request.context->fleet != nullptr);
  out.Bool("connected", fleet.queue.connected);
  out.Bool("counted", fleet.queue.counted);
  out.Time("countedAt", fleet.queue_counted_ms);
  out.Uint("events", fleet.queue.events);
  out.Uint("pages", fleet.queue.pages);
  out.Uint("deadLetters", fleet.queue.dead);
  out.Uint("bytes", fleet.queue.bytes);
  out.Text("lastError", fleet.queue.last_error);
  out.Text("leader", fleet.leader.holder);
  out.Int("leaderEpoch", fleet.leader.epoch);
  out.Time("leaderSince", fleet.leader.since_ms);
  out.Time("leaderSeen", fleet.leader.seen_ms);
  out.Bool("leadsHere", fleet.leads_here);
  out.Name("workers").BeginArray();
  for (const WorkerRow& worker : fleet.workers) WriteWorker(worker, fleet.now_ms, &out);
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> DeadLettersRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> limit,
                         QueryNumber(request, "limit", 1, 1000));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<uint32_t> after,
                         QueryNumber(request, "after", 0, UINT32_MAX));
  std::vector<GivenUpUnit> units;
  if (request.context->fleet != nullptr) {
    ASSAY_ASSIGN_OR_RETURN(units, request.context->fleet->DeadLetters(
                                      after.value_or(0), limit.value_or(kLettersAtOnce)));
  }
  JsonOut out;
  out.BeginObject();
  out.Name("deadLetters").BeginArray();
  for (const auto& [letter, subject] : units) {
    out.BeginObject();
    out.Uint("sequence", letter.sequence);
    out.Text("lane", QueueLaneName(letter.message.lane));
    out.Text("accountId", letter.message.account_id);
    out.Text("unitId", letter.message.id);
    out.Text("bucket", subject.bucket);
    out.Uint("objects", subject.objects);
    out.Text("key", PercentEncodeInvalid(subject.key));
    out.Text("afterKey", PercentEncodeInvalid(subject.after_key));
    out.Text("lastKey", PercentEncodeInvalid(subject.last_key));
    out.Text("reason", letter.reason);
    out.Uint("deliveries", letter.deliveries);
    out.Time("at", letter.at_ms);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> RetryRoute(const ConsoleRequest& request) {
  std::vector<uint64_t> sequences;
  const auto given = request.body.FindMember("sequences");
  if (given != request.body.MemberEnd()) {
    if (!given->value.IsArray() || given->value.Empty()) {
      return InvalidArgument("sequences is a list of numbers; without it all are retried");
    }
    for (const rapidjson::Value& item : given->value.GetArray()) {
      if (!item.IsUint64()) return InvalidArgument("sequences is a list of numbers");
      sequences.push_back(item.GetUint64());
    }
  }
  uint64_t retried = 0;
  if (request.context->fleet != nullptr) {
    ASSAY_ASSIGN_OR_RETURN(retried, request.context->fleet->Retry(sequences));
    ASSAY_RETURN_IF_ERROR(request.context->database->Write([&](Transaction& tx) {
      return Audit(tx, request, "RetryDeadLetters", std::to_string(retried));
    }));
  }
  JsonOut out;
  out.BeginObject();
  out.Uint("retried", retried);
  out.EndObject();
  return out.Take();
}

}  // namespace

std::vector<ConsoleRoute> QueueRoutes() {
  return {
      {"GET", "/queue", false, "", QueueRoute},
      {"GET", "/queue/dead-letters", false, "after limit", DeadLettersRoute},
      {"POST", "/queue/dead-letters/retry", true, "", RetryRoute},
  };
}

}  // namespace assay
