#include "api/slow_down.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace assay {
namespace {

void EraseEntry(std::multimap<int64_t, std::string>* entries, int64_t at_ms,
                const std::string& source) {
  const auto [first, last] = entries->equal_range(at_ms);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second != source) continue;
    entries->erase(entry);
    return;
  }
}

}  // namespace

std::string SourceOf(std::string_view ip) {
  std::array<unsigned char, 16> address{};
  const std::string text(ip);
  if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) return text;
  return {reinterpret_cast<const char*>(address.data()), 8};
}

int64_t SlowDown::Fail(std::string_view source_ip, int64_t now_ms) {
  const std::string source = SourceOf(source_ip);
  const std::lock_guard lock(mutex_);
  while (!by_last_fail_.empty() && by_last_fail_.begin()->first + options_.forget_ms < now_ms) {
    sources_.erase(by_last_fail_.begin()->second);
    by_last_fail_.erase(by_last_fail_.begin());
  }
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    if (sources_.size() >= options_.max_sources) {
      sources_.erase(by_last_fail_.begin()->second);
      by_last_fail_.erase(by_last_fail_.begin());
    }
    found = sources_.emplace(source, Source{}).first;
  } else {
    EraseEntry(&by_last_fail_, found->second.last_ms, source);
  }
  Source& entry = found->second;
  entry.last_ms = now_ms;
  by_last_fail_.emplace(now_ms, source);
  if (++entry.failures <= options_.free_failures) return 0;
  const uint32_t doublings = std::min(entry.failures - options_.free_failures - 1, 30U);
  return std::min(options_.first_ms << doublings, options_.longest_ms);
}

void SlowDown::Succeed(std::string_view source_ip) {
  const std::string source = SourceOf(source_ip);
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return;
  EraseEntry(&by_last_fail_, found->second.last_ms, source);
  sources_.erase(found);
}

}  // namespace assay
