#include "jobs/version_check.h"

#include <algorithm>

namespace assay {
namespace {

constexpr int64_t kSecondMs = 1000;
// A tick of the kernel's coarse clock (CONFIG_HZ=100), twice.
constexpr int64_t kClockLagMs = 20;
constexpr int64_t kFirstPauseMs = 2000;
constexpr int64_t kLongestPauseMs = int64_t{3600} * 1000;

}  // namespace

bool IsSameVersion(const ObjectMark& mark, const ObjectInfo& object) {
  if (mark.etag != object.etag) return false;
  return mark.version_id.empty() || object.version_id.empty() ||
         mark.version_id == object.version_id;
}

bool IsAddedSince(const ObjectInfo& object, int64_t since_ms) {
  const int64_t added = object.added_ms != 0 ? object.added_ms : object.last_modified_ms;
  const int64_t lag = added % kSecondMs == 0 ? kSecondMs - 1 : kClockLagMs;
  return added + lag >= since_ms;
}

bool NeedsClassifying(const ObjectInfo& object, const std::optional<ObjectMark>& mark,
                      const NewObjects& counts, int64_t now_ms, int64_t slack_ms) {
  if (mark && IsSameVersion(*mark, object)) {
    return mark->retryable && mark->not_before_ms + slack_ms <= now_ms;
  }
  if (mark) return true;
  return counts.always || (counts.since_ms != 0 && IsAddedSince(object, counts.since_ms));
}

int64_t RetryPauseMs(uint32_t attempts) {
  int64_t pause = kFirstPauseMs;
  for (uint32_t i = 1; i < attempts && pause < kLongestPauseMs; ++i) pause *= 4;
  return std::min(pause, kLongestPauseMs);
}

}  // namespace assay
