// RateMeter: how much of something there was in the last minute.
//
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace assay {

class RateMeter {
 public:
  void Add(uint64_t amount, int64_t now_ms) {
    Slot& slot = slots_[static_cast<size_t>(now_ms / 1000) % kSeconds];
    if (slot.second != now_ms / 1000) slot = {now_ms / 1000, 0};
    slot.amount += amount;
    if (first_second_ == 0) first_second_ = now_ms / 1000;
  }
  // Per second, over the last minute or since the first amount.
  double PerSecond(int64_t now_ms) const {
    const int64_t now = now_ms / 1000;
    uint64_t sum = 0;
    for (const Slot& slot : slots_) {
      if (slot.second > now - static_cast<int64_t>(kSeconds)) sum += slot.amount;
    }
    const int64_t span = std::clamp<int64_t>(now - first_second_ + 1, 1, kSeconds);
    return static_cast<double>(sum) / static_cast<double>(span);
  }

 private:
  static constexpr size_t kSeconds = 60;
  struct Slot {
    int64_t second = 0;
    uint64_t amount = 0;
  };
  std::array<Slot, kSeconds> slots_{};
  int64_t first_second_ = 0;
};

}  // namespace assay
