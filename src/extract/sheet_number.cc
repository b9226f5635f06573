#include "extract/sheet_number.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace assay {
namespace {

// The first section of a format code without quoted text, escapes and bracketed parts.
std::string BareCode(std::string_view code) {
  std::string bare;
  for (size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '"' || c == '[') {
      const char close = c == '"' ? '"' : ']';
      const size_t end = code.find(close, i + 1);
      // [h], [mm] and [ss] are elapsed times; other brackets are colours and conditions.
      if (c == '[' && end != code.npos) {
        const std::string_view inner = code.substr(i + 1, end - i - 1);
        if (inner.find_first_not_of("hHmMsS") == inner.npos) bare += inner;
      }
      i = end == code.npos ? code.size() : end;
    } else {
      bare += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  return bare;
}

// The mask's first section with escapes and quotes undone: "000\-00\-0000" -> "000-00-0000".
std::string MaskText(std::string_view code) {
  std::string mask;
  bool quoted = false;
  for (size_t i = 0; i < code.size() && (quoted || code[i] != ';'); ++i) {
    if (code[i] == '"') {
      quoted = !quoted;
    } else if (code[i] == '\\' && i + 1 < code.size()) {
      mask += code[++i];
    } else {
      mask += code[i];
    }
  }
  return mask;
}

bool IsDigitMask(const std::string& mask) {
  size_t zeros = 0;
  for (const char c : mask) {
    if (c == '0') {
      ++zeros;
    } else if (std::string_view("-() /.").find(c) == std::string_view::npos) {
      return false;
    }
  }
  // "0" and "0.00" are ordinary numbers.
  return zeros >= 5 && (mask.find('.') == mask.npos || mask.find('.') != mask.rfind('.'));
}

}  // namespace

NumberKind BuiltInNumberKind(uint32_t format_id) {
  if ((format_id >= 18 && format_id <= 21) || (format_id >= 45 && format_id <= 47)) {
    return NumberKind::kTime;
  }
  const bool date = (format_id >= 14 && format_id <= 22) || (format_id >= 27 && format_id <= 36) ||
                    (format_id >= 50 && format_id <= 58);
  return date ? NumberKind::kDate : NumberKind::kPlain;
}

NumberKind CustomNumberKind(std::string_view code) {
  if (code.size() > 256) return NumberKind::kPlain;
  const std::string bare = BareCode(code);
  if (bare == "general") return NumberKind::kPlain;
  if (bare.find_first_of("yd") != bare.npos || bare.find("mmm") != bare.npos) {
    return NumberKind::kDate;
  }
  if (bare.find_first_of("hs") != bare.npos) return NumberKind::kTime;
  return IsDigitMask(MaskText(code)) ? NumberKind::kDigitMask : NumberKind::kPlain;
}

std::string SerialDateText(double serial, NumberKind kind, bool since_1904) {
  constexpr double kLastSerial = 2958466;  // 10000-01-01
  if (!(serial >= 0) || serial >= kLastSerial) return {};
  auto day = static_cast<int>(serial);
  auto seconds = static_cast<int>(std::llround((serial - day) * 86400));
  if (seconds == 86400) {
    ++day;
    seconds = 0;
  }
  char time[16];
  std::snprintf(time, sizeof time, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
                seconds % 60);
  if (kind == NumberKind::kTime && day == 0) return time;
  // Excel counts a 29 February 1900 that never was: before it, day 1 is 1900-01-01.
  const int epoch_shift = since_1904 ? 0 : (day < 60 ? 1 : 0);
  const std::chrono::sys_days epoch =
      since_1904 ? std::chrono::sys_days(std::chrono::January / 1 / 1904)
                 : std::chrono::sys_days(std::chrono::December / 30 / 1899);
  const std::chrono::year_month_day date(epoch + std::chrono::days(day + epoch_shift));
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return seconds == 0 ? std::string(text) : std::string(text) + "T" + time;
}

std::string MaskedNumberText(double number, std::string_view mask_code) {
  if (!(number >= 0) || number > 1e17 || number != std::floor(number)) return {};
  const std::string digits = PlainNumberText(number);
  const std::string mask = MaskText(mask_code);
  size_t zeros = 0;
  for (const char c : mask) zeros += c == '0';
  if (digits.size() > zeros) return {};
  const std::string padded = std::string(zeros - digits.size(), '0') + digits;
  std::string text;
  size_t next = 0;
  for (const char c : mask) text += c == '0' ? padded[next++] : c;
  return text;
}

std::string PlainNumberText(double number) {
  std::array<char, 64> text{};
  if (number == std::floor(number) && std::abs(number) < 1e17) {
    const auto end = std::to_chars(text.begin(), text.end(), static_cast<int64_t>(number)).ptr;
    return {text.data(), end};
  }
  const auto end = std::to_chars(text.begin(), text.end(), number).ptr;
  return {text.data(), end};
}

}  // namespace assay
