#include "aws/aws_time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace assay {
namespace {

constexpr int64_t kMsPerSecond = 1000;

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<int64_t> ToMs(const Civil& civil) {
  using std::chrono::day;
  using std::chrono::month;
  using std::chrono::year;
  const std::chrono::year_month_day date{year(civil.year),
                                         month(static_cast<unsigned>(civil.month)),
                                         day(static_cast<unsigned>(civil.day))};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second) * kMsPerSecond;
}

// Takes exactly `digits` decimal digits off the front of *text.
bool TakeNumber(std::string_view* text, size_t digits, int* value) {
  if (text->size() < digits) return false;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  text->remove_prefix(digits);
  *value = number;
  return true;
}

bool TakeText(std::string_view* text, std::string_view expected) {
  if (!text->starts_with(expected)) return false;
  text->remove_prefix(expected.size());
  return true;
}

// The milliseconds of ".123456", 0 when there is no fraction.
int64_t TakeFraction(std::string_view* text) {
  if (text->empty() || text->front() != '.') return 0;
  text->remove_prefix(1);
  int64_t ms = 0;
  for (int64_t unit = 100; !text->empty() && text->front() >= '0' && text->front() <= '9';
       unit /= 10) {
    ms += unit * (text->front() - '0');
    text->remove_prefix(1);
  }
  return ms;
}

}  // namespace

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string FormatAmzDate(int64_t ms) {
  const std::chrono::sys_seconds seconds{std::chrono::seconds(ms / kMsPerSecond)};
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{seconds - days};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  Civil civil;
  if (!TakeNumber(&text, 4, &civil.year)) return std::nullopt;
  const bool dashes = TakeText(&text, "-");
  if (!TakeNumber(&text, 2, &civil.month) || (dashes && !TakeText(&text, "-")) ||
      !TakeNumber(&text, 2, &civil.day) || !TakeText(&text, "T") ||
      !TakeNumber(&text, 2, &civil.hour)) {
    return std::nullopt;
  }
  const bool colons = TakeText(&text, ":");
  if (!TakeNumber(&text, 2, &civil.minute) || (colons && !TakeText(&text, ":")) ||
      !TakeNumber(&text, 2, &civil.second)) {
    return std::nullopt;
  }
  const int64_t fraction = TakeFraction(&text);
  if (text != "Z" && text != "+00:00" && text != "+0000") return std::nullopt;
  const std::optional<int64_t> ms = ToMs(civil);
  if (!ms) return std::nullopt;
  return *ms + fraction;
}

std::optional<int64_t> ParseHttpDate(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Civil civil;
  const size_t comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  if (!TakeNumber(&text, 2, &civil.day) || !TakeText(&text, " ")) return std::nullopt;
  for (size_t i = 0; i < kMonths.size() && civil.month == 0; ++i) {
    if (TakeText(&text, kMonths[i])) civil.month = static_cast<int>(i) + 1;
  }
  if (civil.month == 0 || !TakeText(&text, " ") || !TakeNumber(&text, 4, &civil.year) ||
      !TakeText(&text, " ") || !TakeNumber(&text, 2, &civil.hour) || !TakeText(&text, ":") ||
      !TakeNumber(&text, 2, &civil.minute) || !TakeText(&text, ":") ||
      !TakeNumber(&text, 2, &civil.second) || text != " GMT") {
    return std::nullopt;
  }
  return ToMs(civil);
}

}  // namespace assay
