// LostWorkers: which workers of a fleet were lost, or came back, since the last look: news for a
// log, each told once.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "store/fleet_rows.h"

namespace assay {

class LostWorkers {
 public:
  // `workers`: all there are, as the database has them at `now_ms`. A caller that could not look
  // for some seconds learns of losses that much later: the workers could not report either.
  std::vector<std::string> News(const std::vector<WorkerRow>& workers, int64_t now_ms);

 private:
  std::set<std::string> lost_;  // worker ids
  int64_t looked_ms_ = 0;
  int64_t judge_from_ms_ = 0;
};

}  // namespace assay
