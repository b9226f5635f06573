// How many classifiers and units of work a worker of a fleet takes: as many as it has cores for,
// and no more than it has memory for, unless the operator sets the numbers.
//
// Thread rule: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"

namespace assay {

// Where the kernel says what this process may use. Of control groups, version 2.
struct MemoryFiles {
  std::string meminfo = "/proc/meminfo";
  std::string own_cgroup = "/proc/self/cgroup";
  std::string cgroup_root = "/sys/fs/cgroup";
};

struct MemoryRoom {
  uint64_t bytes = 0;  // that can be used now; 0 = not known
  uint64_t limit = 0;  // that can ever be used; 0 = not known
  std::string source;  // of `bytes`
};

// The least of what the machine has available and of memory.max of the process's control group and
// of all above it. A file that is missing or says nothing known is no limit.
MemoryRoom ReadMemoryRoom(const MemoryFiles& files = {});

struct WorkerSizeRequest {
  uint32_t cores = 1;
  uint32_t jobs = 0;                    // classifiers, as the operator sets them; 0 = to be chosen
  uint32_t units = 0;                   // the same of units in hand
  uint64_t classifier_limit_bytes = 0;  // what one classifier may take at most, for a hard object
};

struct WorkerSize {
  uint32_t jobs = 1;
  uint32_t units = 1;
  std::string reason;  // "2 classifiers (one per core), ...", for people
};

// kInvalidArgument: there is not even the memory to begin with what was set.
Result<WorkerSize> ChooseWorkerSize(const WorkerSizeRequest& request, const MemoryRoom& room);

}  // namespace assay
