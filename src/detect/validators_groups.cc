#include "detect/validators_groups.h"

#include <array>

namespace assay {
namespace {

int Base64Value(char c) {
  if (IsUpper(c)) return c - 'A';
  if (IsLower(c)) return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

// ISO 3166-1 alpha-2, in order; XK is Kosovo's user-assigned code, used by SWIFT.
constexpr std::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA "
    "ZM ZW ";

}  // namespace

std::string_view DigitsOf(std::string_view text, DigitBuffer* buffer) {
  char* digits = buffer->bytes.data();
  if (text.size() > buffer->bytes.size()) {
    buffer->longer.resize(text.size());
    digits = buffer->longer.data();
  }
  size_t count = 0;
  for (const char c : text) {
    digits[count] = c;
    count += IsDigit(c) ? 1 : 0;
  }
  return {digits, count};
}

std::string AlnumOf(std::string_view text) {
  std::string kept;
  for (char c : text) {
    if (IsLower(c)) c = static_cast<char>(c - 'a' + 'A');
    if (IsAlnum(c)) kept.push_back(c);
  }
  return kept;
}

int NumberAt(std::string_view text, size_t begin, size_t count) {
  int number = 0;
  for (char c : text.substr(begin, count)) number = number * 10 + (c - '0');
  return number;
}

int WeightedSum(std::string_view digits, std::span<const int> weights) {
  int sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) sum += (digits[i] - '0') * weights[i];
  return sum;
}

bool LuhnHolds(std::string_view digits) {
  int sum = 0;
  size_t left = digits.size();
  for (; left >= 2; left -= 2) {
    const int twice = 2 * (digits[left - 2] - '0');
    sum += digits[left - 1] - '0' + (twice < 10 ? twice : twice - 9);
  }
  if (left == 1) sum += digits[0] - '0';
  return sum % 10 == 0;
}

bool GoesOn(const ValidatorContext& context, std::string_view marks) {
  const std::string_view before = context.before;
  const std::string_view after = context.after;
  const auto is_mark = [marks](char c) {
    bool is = false;
    for (const char mark : marks) is |= c == mark;
    return is;
  };
  if (before.size() >= 2 && IsDigit(before[before.size() - 2]) && is_mark(before.back())) {
    return true;
  }
  return after.size() >= 2 && IsDigit(after[1]) && is_mark(after[0]);
}

bool Varies(std::string_view text) {
  for (const char c : text) {
    if (c != text[0]) return true;
  }
  return false;
}

size_t DistinctBytes(std::string_view text) {
  std::array<bool, 256> seen{};
  size_t count = 0;
  for (const char c : text) {
    bool& known = seen[static_cast<uint8_t>(c)];
    count += known ? 0 : 1;
    known = true;
  }
  return count;
}

size_t Steps(std::string_view text) {
  size_t steps = 0;
  for (size_t i = 1; i < text.size(); ++i) steps += text[i] == text[i - 1] + 1 ? 1 : 0;
  return steps;
}

std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const int value = Base64Value(c);
    if (value < 0) break;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>((bits >> count) & 0xff));
    }
  }
  return bytes;
}

bool DateExists(int year, int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool IsCountryCode(std::string_view code) {
  if (code.size() != 2) return false;
  for (size_t i = 0; i < kCountries.size(); i += 3) {
    if (kCountries.substr(i, 2) == code) return true;
  }
  return false;
}

}  // namespace assay
