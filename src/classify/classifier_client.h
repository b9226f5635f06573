// ClassifierPool: the side that holds keys and never parses. Starts and watches the sandboxed
// assay-classifier processes, hands them object bytes in shared memory, and turns whatever happens
// to them into an outcome of the object they were reading.
//
// Thread rule: Acquire is thread-safe; a Lease belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "classify/classification.h"
#include "classify/classify_object.h"
#include "detect/ruleset.h"

namespace assay {

struct ClassifierPoolOptions {
  uint32_t processes = 1;
  std::string program;                       // path of assay-classifier; "" = beside this program
  uint64_t memory_limit_bytes = 2ull << 30;  // address space of one process beyond its start size
  uint32_t object_timeout_ms = 120'000;      // wall time for one object, then it is `timeout`
  uint64_t max_object_bytes = 20ull << 20;   // how much of an object is read; 0 = all
  ClassifyOptions classify;
  RulesetOptions ruleset;
};

// One object to classify. The bytes come from `read`: called on the leasing thread, first for
// [0, min(size, max_object_bytes)), later for whatever further range the format needs.
struct ClassifyRequest {
  std::string key;
  uint64_t size = 0;
  // Fills `out` from `offset`; returns how many bytes (fewer only at the end of the object).
  std::function<Result<uint64_t>(uint64_t offset, char* out, uint64_t length)> read;
  Classification* result = nullptr;  // filled as by ObjectClassifier::Classify
  DetectionsAs detections = DetectionsAs::kValues;
  Status read_status;  // not OK when `read` failed: then *result is not filled
};

class ClassifierPool {
 public:
  // Starts the first process, the others when they are needed; fails when the rules are wrong or
  // the sandbox cannot be set up.
  static Result<std::unique_ptr<ClassifierPool>> Start(const ClassifierPoolOptions& options);
  ~ClassifierPool();

  class Lease;  // one process, exclusively
  // Waits for a free process.
  std::unique_ptr<Lease> Acquire();

  // How much of an object is read, as the options say; 0 = all.
  uint64_t max_object_bytes() const;
  // Processes replaced so far because they crashed, hung or ran out of memory.
  uint64_t restarts() const;

  struct Impl;

 private:
  explicit ClassifierPool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class ClassifierPool::Lease {
 public:
  ~Lease();
  // Classifies a batch: small objects go over in one message. Blocks until every request has its
  // result or its read_status. A crash costs the object being read; the others go on in the
  // replacement process. Soon after `cancelled` (may be empty) became true it returns: what has no
  // result by then has kCancelled as its read_status.
  void Classify(std::vector<ClassifyRequest>& batch, const std::function<bool()>& cancelled = {});

 private:
  friend class ClassifierPool;
  struct Impl;
  explicit Lease(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
