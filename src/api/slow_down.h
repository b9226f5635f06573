// SlowDown: how long a source that keeps failing to sign in has to wait for its next refusal.
//
// Those who sign well are never delayed, also from an address that others misuse.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace assay {

struct SlowDownOptions {
  uint32_t free_failures = 5;  // that cost nothing: people mistype
  int64_t first_ms = 100;      // doubled with each further failure
  int64_t longest_ms = 10'000;
  int64_t forget_ms = 10 * 60 * 1000;  // after the last failure
  size_t max_sources = 10'000;         // the one that failed longest ago is forgotten first
};

class SlowDown {
 public:
  explicit SlowDown(SlowDownOptions options = {}) : options_(options) {}

  // Notes a failure; how many milliseconds its answer is to be held back.
  int64_t Fail(std::string_view source_ip, int64_t now_ms);
  // Forgets the failures of a source that signed in.
  void Succeed(std::string_view source_ip);

 private:
  struct Source {
    uint32_t failures = 0;
    int64_t last_ms = 0;
  };
  const SlowDownOptions options_;
  std::mutex mutex_;
  std::map<std::string, Source> sources_;             // guarded by mutex_
  std::multimap<int64_t, std::string> by_last_fail_;  // guarded by mutex_
};

// The address itself for IPv4; the /64 for IPv6, which one machine has whole.
std::string SourceOf(std::string_view ip);

}  // namespace assay
