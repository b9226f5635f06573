// ClassificationService: works off walks and events until told to stop: one-time classification,
// continuous classification by events and by listing comparisons, quota, retries, retention.
// Everything durable is in the database; killing the process at any instant loses nothing and
// counts nothing twice (rules R3-R5, O1, O2).
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"
#include "classify/classifier_client.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

struct ClassificationOptions {
  uint32_t jobs = 0;                        // classifier processes; 0 = one per core
  int64_t comparison_interval_ms = 60'000;  // between listing comparisons of a resource
  // R6; a setting of people overrides it (store/setting_rows.h).
  int64_t retention_ms = int64_t{30} * 24 * 3600 * 1000;
  uint32_t max_attempts = 8;  // of a retryable failure, with growing pauses
  bool object_acls = true;    // whether ACLs of objects are read (object_acl.h)
  ClassifierPoolOptions pool;
};

struct ClassificationStatus {
  std::vector<WalkRow> walks;  // unfinished
  EventBacklog events;
  uint64_t objects_per_minute = 0;
  uint64_t bytes_per_second = 0;
  uint64_t classifier_restarts = 0;
  uint64_t unrecorded_objects = 0;      // that are dealt with and wait for the database
  uint64_t queue_messages = 0;          // of event queues, taken over since the start
  uint64_t queue_messages_refused = 0;  // deleted, because they were no object events
  bool database_away = false;           // cannot be read or written at present; last_error says why
  std::string last_error;  // of the service as a whole ("the database is read-only"); "" = none
};

class ClassificationService {
 public:
  // Both must outlive the service.
  static Result<std::unique_ptr<ClassificationService>> Start(Database* database,
                                                              AccountAccess* access,
                                                              const ClassificationOptions& options);
  // Stops taking work, ends what is in hand within `drain`, leaves the rest for the next start.
  // Returns as soon as nothing is in hand.
  virtual void Stop(int64_t drain_ms) = 0;
  virtual ~ClassificationService() = default;

  // Something changed (a selection, a quota, new events): look at once.
  virtual void Wake() = 0;
  // Object events from a store; durable when this returns OK.
  virtual Status AddEvents(const std::vector<EventRow>& events) = 0;
  // Forgets the outcome of one object so that it is classified again; not charged twice (O2).
  virtual Status ClassifyAgain(const std::string& account_id, const std::string& bucket,
                               const std::string& key) = 0;
  virtual ClassificationStatus Snapshot() = 0;

  // What is classified from now on is looked at with these rules; outcomes that are there stay.
  // kInvalidArgument: rules that cannot be used; the old ones go on.
  virtual Status SetRuleset(const RulesetOptions& ruleset) = 0;
};

}  // namespace assay
