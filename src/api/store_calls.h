// StoreCalls: how many requests may wait for stores and for AWS at once. One store that takes
// connections and never answers would otherwise hold every handler thread, and with them the
// requests that need no store at all.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <atomic>

#include "api/http_server.h"

namespace assay {

// Half of the handler threads of `assay serve`.
inline constexpr int kMostStoreCalls = 8;

// Whether answering asks a store or AWS: integrating, selecting, listing buckets, estimates.
bool WaitsForStores(const HttpCall& call);

class StoreCalls {
 public:
  // A place among them, given back when it goes. Without one the request is to be refused.
  class Place {
   public:
    explicit Place(StoreCalls* calls) : calls_(calls->Enter() ? calls : nullptr) {}
    ~Place() {
      if (calls_ != nullptr) --calls_->running_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool ok() const { return calls_ != nullptr; }

   private:
    StoreCalls* const calls_;
  };

 private:
  bool Enter() {
    if (running_.fetch_add(1) < kMostStoreCalls) return true;
    --running_;
    return false;
  }
  std::atomic<int> running_{0};
};

// The refusal, in the words of the API that was called.
HttpAnswer TooManyStoreCalls(const HttpCall& call);

}  // namespace assay
