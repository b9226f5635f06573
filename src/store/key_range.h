// Ranges of object keys in byte order.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace assay {

struct KeyRange {
  std::string first;               // first <= key
  std::optional<std::string> end;  // key < end; nothing = to the last key
};

// The keys that `prefix` begins.
inline KeyRange RangeOfPrefix(const std::string& prefix) {
  std::string end = prefix;
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return {prefix, std::nullopt};
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return {prefix, std::move(end)};
}

}  // namespace assay
