#include "base/rfc3339.h"

#include <algorithm>
#include <chrono>

namespace assay {
namespace {

constexpr int64_t kMsPerDay = 86'400'000;
constexpr int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

// Reads exactly `digits` decimal digits and moves on; -1 when they are not there.
int TakeNumber(std::string_view* text, size_t digits) {
  if (text->size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text->remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// Optional ".digits"; false when the dot has none behind it.
bool TakeFraction(std::string_view* text, int* ms) {
  *ms = 0;
  if (!TakeChar(text, '.')) return true;
  int scale = 100;
  size_t digits = 0;
  for (; digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9'; ++digits) {
    *ms += ((*text)[digits] - '0') * scale;
    scale /= 10;
  }
  text->remove_prefix(digits);
  return digits > 0;
}

// Writes `value` into the digits from out[first] to out[last].
void PutNumber(int64_t value, size_t first, size_t last, std::string* out) {
  for (size_t i = last + 1; i-- > first; value /= 10) {
    (*out)[i] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

// By hand: every object's record has several moments.
std::string FormatRfc3339(int64_t ms) {
  ms = std::clamp(ms, kFirstMs, kLastMs);
  int64_t days = ms / kMsPerDay;
  if (ms % kMsPerDay < 0) --days;
  const int64_t in_day = ms - days * kMsPerDay;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::string text = "0000-00-00T00:00:00.000Z";
  PutNumber(static_cast<int>(date.year()), 0, 3, &text);
  PutNumber(static_cast<unsigned>(date.month()), 5, 6, &text);
  PutNumber(static_cast<unsigned>(date.day()), 8, 9, &text);
  PutNumber(in_day / 3'600'000, 11, 12, &text);
  PutNumber(in_day / 60'000 % 60, 14, 15, &text);
  PutNumber(in_day / 1000 % 60, 17, 18, &text);
  PutNumber(in_day % 1000, 20, 22, &text);
  return text;
}

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  const int year = TakeNumber(&text, 4);
  if (year < 0 || !TakeChar(&text, '-')) return std::nullopt;
  const int month = TakeNumber(&text, 2);
  if (month < 0 || !TakeChar(&text, '-')) return std::nullopt;
  const int day = TakeNumber(&text, 2);
  if (day < 0 || !TakeChar(&text, 'T')) return std::nullopt;
  const int hour = TakeNumber(&text, 2);
  if (hour < 0 || hour > 23 || !TakeChar(&text, ':')) return std::nullopt;
  const int minute = TakeNumber(&text, 2);
  if (minute < 0 || minute > 59 || !TakeChar(&text, ':')) return std::nullopt;
  const int second = TakeNumber(&text, 2);
  if (second < 0 || second > 60) return std::nullopt;
  int ms = 0;
  if (!TakeFraction(&text, &ms) || text != "Z") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * kMsPerDay + hour * 3'600'000LL + minute * 60'000LL + second * 1000LL + ms;
}

}  // namespace assay
