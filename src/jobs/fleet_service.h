// FleetService: the ClassificationService of an `assay serve` that is one of a fleet. It classifies
// nothing itself: its leader, when it is the one that leads, hands the work to workers.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "jobs/classification_service.h"
#include "jobs/fleet_leader.h"
#include "jobs/queue_state_watch.h"
#include "jobs/unit_subject.h"
#include "queue/unit_queue.h"

namespace assay {

struct FleetStatus {
  QueueState queue;
  int64_t queue_counted_ms = 0;  // when its numbers were so; 0 = never
  LeaderRow leader;
  bool leads_here = false;
  std::vector<WorkerRow> workers;
  int64_t now_ms = 0;  // by which a worker's seen_ms is to be judged
};

struct GivenUpUnit {
  DeadLetter letter;
  UnitSubject subject;
};

class FleetService : public ClassificationService {
 public:
  // All pointers must outlive the service.
  FleetService(Database* database, AccountAccess* access, UnitQueue* queue, QueueLease* lease,
               const FleetLeaderOptions& options);

  void Stop(int64_t drain_ms) override;
  void Wake() override { leader_.Wake(); }
  Status AddEvents(const std::vector<EventRow>& events) override;
  Status ClassifyAgain(const std::string& account_id, const std::string& bucket,
                       const std::string& key) override;
  // Neither this nor Fleet waits for the queue.
  ClassificationStatus Snapshot() override;
  // The workers see the change in the store; here it is only looked at.
  Status SetRuleset(const RulesetOptions& ruleset) override;

  bool leading() const { return leader_.leading(); }
  Result<FleetStatus> Fleet();
  // What is known of the queue; waits for nobody.
  QueueState Queue() const { return queue_state_.Last().state; }
  // Units that were given up, behind the sequence, oldest first.
  Result<std::vector<GivenUpUnit>> DeadLetters(uint64_t after, uint32_t limit);
  // Hands out again those of the sequences, or all when there are none; returns how many.
  Result<uint64_t> Retry(const std::vector<uint64_t>& sequences);

 private:
  Status RetryOne(const DeadLetter& letter);

  Database* const database_;
  UnitQueue* const queue_;
  std::atomic<int64_t> database_away_ms_{0};  // when that was seen last
  QueueStateWatch queue_state_;
  FleetLeader leader_;
};

// Of this process, for status pages: host, process id and something random, because hosts in
// containers have equal names and process ids now and then.
std::string FleetMemberName();

}  // namespace assay
