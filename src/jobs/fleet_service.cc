#include "jobs/fleet_service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/random_bytes.h"
#include "jobs/event_intake.h"
#include "jobs/event_orders.h"
#include "jobs/now_ms.h"

namespace assay {
namespace {

constexpr uint32_t kLettersAtOnce = 100;

}  // namespace

std::string FleetMemberName() {
  std::array<char, 256> host{};
  const bool named = gethostname(host.data(), host.size() - 1) == 0;
  return fmt::format("{}-{}-{}", named ? host.data() : "unknown", getpid(),
                     RandomText(6, "0123456789abcdef"));
}

FleetService::FleetService(Database* database, AccountAccess* access, UnitQueue* queue,
                           QueueLease* lease, const FleetLeaderOptions& options)
    : database_(database),
      queue_(queue),
      queue_state_(queue),
      leader_(database, access, queue, lease, options) {}

void FleetService::Stop(int64_t) { leader_.Stop(); }

Status FleetService::AddEvents(const std::vector<EventRow>& events) {
  if (events.empty()) return Status::Ok();
  const Status status = StoreEvents(database_, events);
  if (status.ok()) leader_.Wake();
  return status;
}

Status FleetService::ClassifyAgain(const std::string& account_id, const std::string& bucket,
                                   const std::string& key) {
  const Status status = RequestClassification(database_, account_id, bucket, key);
  if (status.ok()) leader_.Wake();
  return status;
}

Status FleetService::SetRuleset(const RulesetOptions& ruleset) {
  return Ruleset::Load(ruleset).status();
}

ClassificationStatus FleetService::Snapshot() {
  ClassificationStatus snapshot;
  std::vector<WorkerRow> workers;
  const Status status = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(snapshot.walks, ListUnfinishedWalks(tx));
    ASSAY_ASSIGN_OR_RETURN(snapshot.events, GetEventBacklog(tx));
    ASSAY_ASSIGN_OR_RETURN(workers, ListWorkers(tx));
    return Status::Ok();
  });
  const int64_t now_ms = NowMs();
  size_t alive = 0;
  for (const WorkerRow& worker : workers) {
    if (!IsAlive(worker, now_ms)) continue;
    ++alive;
    snapshot.objects_per_minute += static_cast<uint64_t>(worker.objects_per_minute);
    snapshot.bytes_per_second += static_cast<uint64_t>(worker.bytes_per_second);
  }
  const EventQueueStatus queues = leader_.event_queues();
  const QueueState queue = Queue();
  snapshot.queue_messages = queues.messages;
  snapshot.queue_messages_refused = queues.refused;
  snapshot.database_away = !status.ok();
  if (!status.ok()) database_away_ms_ = now_ms;
  if (!status.ok()) snapshot.last_error = "the database: " + status.message();
  if (snapshot.last_error.empty()) snapshot.last_error = queue.last_error;
  if (snapshot.last_error.empty()) snapshot.last_error = leader_.last_error();
  const bool work = !snapshot.walks.empty() || snapshot.events.count > 0;
  // After an outage workers have first to say that they are still there.
  const bool silent = alive == 0 && now_ms - database_away_ms_ > kWorkerAliveMs;
  if (snapshot.last_error.empty() && work && silent) {
    snapshot.last_error = "no worker is there to classify anything: start assay worker";
  }
  if (snapshot.last_error.empty()) snapshot.last_error = queues.last_error;
  const uint64_t dead = queue.dead;
  if (snapshot.last_error.empty() && dead > 0) {
    snapshot.last_error = fmt::format(
        "{} given up: 'assay queue dead-letters' says why",
        dead == 1 ? "one unit of work was" : fmt::format("{} units of work were", dead));
  }
  return snapshot;
}

Result<FleetStatus> FleetService::Fleet() {
  FleetStatus fleet;
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(fleet.leader, GetLeader(tx));
    ASSAY_ASSIGN_OR_RETURN(fleet.workers, ListWorkers(tx));
    return Status::Ok();
  }));
  const QueueStateWatch::Seen seen = queue_state_.Last();
  fleet.queue = seen.state;
  fleet.queue_counted_ms = seen.counted_ms;
  fleet.leads_here = leader_.leading();
  fleet.now_ms = NowMs();
  return fleet;
}

Result<std::vector<GivenUpUnit>> FleetService::DeadLetters(uint64_t after, uint32_t limit) {
  ASSAY_ASSIGN_OR_RETURN(std::vector<DeadLetter> letters, queue_->ListDeadLetters(after, limit));
  std::vector<GivenUpUnit> units;
  units.reserve(letters.size());
  for (DeadLetter& letter : letters) units.push_back({std::move(letter), {}});
  ASSAY_RETURN_IF_ERROR(database_->Read([&](Transaction& tx) -> Status {
    for (GivenUpUnit& unit : units) {
      const Result<UnitOrder> order = DecodeUnitOrder(unit.letter.message.data);
      if (!order.ok()) continue;  // its letter says so
      ASSAY_ASSIGN_OR_RETURN(unit.subject, SubjectOf(tx, *order));
    }
    return Status::Ok();
  }));
  return units;
}

Result<uint64_t> FleetService::Retry(const std::vector<uint64_t>& sequences) {
  uint64_t retried = 0;
  uint64_t after = 0;
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<DeadLetter> letters,
                           queue_->ListDeadLetters(after, kLettersAtOnce));
    for (const DeadLetter& letter : letters) {
      after = letter.sequence;
      if (!sequences.empty() &&
          std::find(sequences.begin(), sequences.end(), letter.sequence) == sequences.end()) {
        continue;
      }
      ASSAY_RETURN_IF_ERROR(RetryOne(letter));
      ++retried;
    }
    if (letters.size() < kLettersAtOnce) break;
  }
  if (retried > 0) leader_.Wake();
  return retried;
}

// The letter goes last: if that fails it is retried once more, which does no harm.
Status FleetService::RetryOne(const DeadLetter& letter) {
  const Result<UnitOrder> order = DecodeUnitOrder(letter.message.data);
  if (!order.ok()) {
    UnitMessage again = letter.message;
    again.id = fmt::format("retry.{}.{}", letter.sequence, letter.at_ms);
    ASSAY_RETURN_IF_ERROR(queue_->Publish(again));
  } else {
    ASSAY_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) -> Status {
      if (!order->is_events()) return ReopenWalkPage(tx, order->walk_id, order->page_number);
      ASSAY_ASSIGN_OR_RETURN(const std::vector<EventRow> events, FindEventsOf(tx, *order));
      return LeaseEvents(tx, events, 0);
    }));
  }
  return queue_->DeleteDeadLetter(letter.sequence);
}

}  // namespace assay
