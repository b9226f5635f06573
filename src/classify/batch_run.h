// BatchRun: takes a batch of requests through one classifier process at a time, whatever becomes of
// the process.
//
// Thread rule: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "classify/classifier_client.h"
#include "classify/classifier_process.h"
#include "classify/tool_host.h"

namespace assay {

// One process slot of the pool: the process may be missing after it crashed and could not be
// replaced, or before it was first needed.
struct ClassifierSlot {
  ProcessStart start;
  std::unique_ptr<ClassifierProcess> process;
  uint64_t next_sequence = 1;  // of objects; never repeats within a slot
  uint64_t restarts = 0;
};

class BatchRun {
 public:
  // All must outlive the run.
  BatchRun(ClassifierSlot* slot, const ClassifierPoolOptions& options,
           std::vector<ClassifyRequest>* batch, const std::function<bool()>& cancelled);

  // Classifies the requests whose indices are given. Afterwards each has its result or read_status.
  void Run(std::deque<size_t> indices);
  // Those that a process with the columnar plug-in should have another look at.
  const std::deque<size_t>& needs_columnar() const { return needs_columnar_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Flight {
    uint64_t sequence = 0;
    size_t index = 0;
    uint64_t size = 0;  // of the object
    uint64_t allowed = 0;
    bool large = false;
  };
  struct Bank {
    std::vector<Flight> flights;  // sent and not answered
    std::string results;          // parts of the answer so far
  };
  enum class Fate { kAlive, kCrashed, kTimedOut, kCancelled };

  bool EnsureProcess();
  bool Outstanding() const;
  // Sends what fits into free banks.
  Fate FillBanks();
  bool FillBank(size_t bank);
  bool AddRequest(size_t index, size_t bank, size_t* used, std::vector<Flight>* flights);
  bool LargeInUse() const;
  Fate Listen();
  Fate Handle(const Message& message);
  Fate HandleResults(const Message& message);
  bool TakeResults(Bank* bank);
  Fate HandleNeed(const Message& message);
  Fate HandleTool(const Message& message);
  Fate Reply(MessageType type, uint64_t a, const Status& status, uint64_t c = 0);
  // The object that the process says it is reading, as far as that can be true.
  const Flight* Current() const;
  bool Overdue();
  // Restarts the clock of the current object.
  void Rearm();
  void Bury(Fate fate);
  bool IsCancelled() const { return cancelled_ && cancelled_(); }
  // Nothing more is classified: what has no result gets kCancelled as its read_status.
  void Abandon();
  void Fail(size_t index, OutcomeReason reason);

  ClassifierSlot* slot_;
  const ClassifierPoolOptions& options_;
  std::vector<ClassifyRequest>* batch_;
  const std::function<bool()>& cancelled_;
  std::deque<size_t> queue_;
  std::deque<size_t> needs_columnar_;
  Bank banks_[ArenaLayout::kBanks];
  size_t next_bank_ = 0;
  ToolHost tools_;
  uint64_t watched_ = 0;  // sequence number of the object that the clock runs for
  Clock::time_point deadline_{};
  uint64_t fetched_to_ = 0;  // of the watched object: end of its furthest part fetched in order
  uint64_t requests_ = 0;    // of the watched object: ranges and tools asked for
};

}  // namespace assay
