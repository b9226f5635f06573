#include "cli/byte_size.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace assay {
namespace {

// The power of 1024 that a unit stands for; -1 when it is none.
int UnitPower(std::string_view unit) {
  if (unit.empty() || unit == "b" || unit == "B") return 0;
  static constexpr std::string_view kLetters = "kmgt";
  const size_t power = kLetters.find(static_cast<char>(unit[0] | 0x20));
  if (power == std::string_view::npos) return -1;
  const std::string_view rest = unit.substr(1);
  const bool known =
      rest.empty() || rest == "b" || rest == "B" || rest == "ib" || rest == "iB" || rest == "IB";
  return known ? static_cast<int>(power) + 1 : -1;
}

}  // namespace

Result<uint64_t> ParseByteSize(std::string_view text) {
  const Status bad = InvalidArgument("'" + std::string(text) +
                                     "' is not a size: write a number with an optional unit, such "
                                     "as 0, 4096, 64KB, 20MB or 1.5GB");
  const size_t unit_at = text.find_first_not_of("0123456789.");
  const std::string_view digits = text.substr(0, unit_at);
  std::string_view unit = unit_at == std::string_view::npos ? "" : text.substr(unit_at);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const int power = UnitPower(unit);
  if (digits.empty() || power < 0) return bad;
  double number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return bad;
  const double bytes = number * std::pow(1024.0, power);
  if (!(bytes < 9.2e18)) return bad;
  return static_cast<uint64_t>(bytes);
}

std::string FormatByteSize(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string FormatCount(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string FormatSeconds(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const uint64_t whole = static_cast<uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string FormatRate(uint64_t bytes, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds / 1e9 : 0;
  return fmt::format("{:.3f} GB/s", rate);
}

}  // namespace assay
