// Baseline: what an earlier scan said, to report only what is new or changed.
//
// Memory: 24 bytes per object of the earlier scan. Thread rule: immutable after loading.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "classify/classification.h"

namespace assay {

class Baseline {
 public:
  // Reads the JSON Lines of an earlier scan. Errors name the line.
  static Result<Baseline> Load(const std::string& path);

  // Whether the earlier scan had the same object with the same result: outcome, status, content
  // type, risks, themes, and detections with their values (by hash), wherever they stand. What
  // only dates it (times, ETag) does not count.
  bool Knows(const Classification& record) const;

 private:
  struct Entry {
    uint64_t object[2];
    uint64_t result;
    bool operator<(const Entry& other) const {
      return object[0] != other.object[0] ? object[0] < other.object[0]
                                          : object[1] < other.object[1];
    }
  };
  static Entry MakeEntry(const Classification& record);

  std::vector<Entry> entries_;  // sorted by object
};

}  // namespace assay
