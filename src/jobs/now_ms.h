// The wall clock as rows store it.
#pragma once

#include <chrono>
#include <cstdint>

namespace assay {

// Milliseconds since the Unix epoch, UTC.
inline int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace assay
