// Numbers of people in the United States and the United Kingdom, and dates of birth.
#include <algorithm>
#include <array>

#include "detect/validators_groups.h"

namespace assay {
namespace {

bool NotOneDigit(std::string_view match, const ValidatorContext& /*context*/,
                 SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  return Varies(digits);
}

bool UsSsn(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != 9 || GoesOn(context, "-.")) return false;
  const int area = NumberAt(digits, 0, 3);
  if (area == 0 || area == 666 || area >= 900) return false;
  if (NumberAt(digits, 3, 2) == 0 || NumberAt(digits, 5, 4) == 0) return false;
  // The published numbers that are nobody's stand in well-known-values.txt.
  return Varies(digits);
}

bool UsItin(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != 9 || digits[0] != '9' || GoesOn(context, "-.")) return false;
  const int group = NumberAt(digits, 3, 2);
  const bool assigned = (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
                        (group >= 90 && group <= 92) || (group >= 94 && group <= 99);
  return assigned && !digits.starts_with("98765432");  // numbers kept for advertisements
}

bool UsPhone(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  DigitBuffer buffer;
  std::string_view digits = DigitsOf(match, &buffer);
  if (GoesOn(context, "-.")) return false;
  // Numbers are not written with both marks; clauses of regulations are ("252.227-7013").
  if (match.find('.') != std::string_view::npos && match.find('-') != std::string_view::npos) {
    return false;
  }
  if (digits.size() == 11 && digits[0] == '1') digits.remove_prefix(1);
  if (digits.size() != 10 || digits[0] < '2' || digits[3] < '2') return false;
  if (digits[1] == '9') return false;                      // kept for expansion
  if (digits[1] == '1' && digits[2] == '1') return false;  // N11: services
  if (digits[4] == '1' && digits[5] == '1') return false;
  // 555-0100 to 555-0199 exist in fiction only.
  return !(digits.compare(3, 3, "555") == 0 && digits.compare(6, 2, "01") == 0);
}

struct ZipRange {
  std::string_view state;
  int first;
  int last;
};

// First three digits by state, from the labelling list L002 of the USPS.
constexpr std::array kZipRanges = {
    ZipRange{"AL", 350, 369}, ZipRange{"AK", 995, 999}, ZipRange{"AZ", 850, 865},
    ZipRange{"AR", 716, 729}, ZipRange{"CA", 900, 961}, ZipRange{"CO", 800, 816},
    ZipRange{"CT", 60, 69},   ZipRange{"DE", 197, 199}, ZipRange{"DC", 200, 205},
    ZipRange{"DC", 569, 569}, ZipRange{"FL", 320, 349}, ZipRange{"GA", 300, 319},
    ZipRange{"GA", 398, 399}, ZipRange{"HI", 967, 968}, ZipRange{"ID", 832, 838},
    ZipRange{"IL", 600, 629}, ZipRange{"IN", 460, 479}, ZipRange{"IA", 500, 528},
    ZipRange{"KS", 660, 679}, ZipRange{"KY", 400, 427}, ZipRange{"LA", 700, 714},
    ZipRange{"ME", 39, 49},   ZipRange{"MD", 206, 219}, ZipRange{"MA", 10, 27},
    ZipRange{"MA", 55, 55},   ZipRange{"MI", 480, 499}, ZipRange{"MN", 550, 567},
    ZipRange{"MS", 386, 397}, ZipRange{"MO", 630, 658}, ZipRange{"MT", 590, 599},
    ZipRange{"NE", 680, 693}, ZipRange{"NV", 889, 898}, ZipRange{"NH", 30, 38},
    ZipRange{"NJ", 70, 89},   ZipRange{"NM", 870, 884}, ZipRange{"NY", 5, 5},
    ZipRange{"NY", 63, 63},   ZipRange{"NY", 100, 149}, ZipRange{"NC", 270, 289},
    ZipRange{"ND", 580, 588}, ZipRange{"OH", 430, 459}, ZipRange{"OK", 730, 749},
    ZipRange{"OR", 970, 979}, ZipRange{"PA", 150, 196}, ZipRange{"RI", 28, 29},
    ZipRange{"SC", 290, 299}, ZipRange{"SD", 570, 577}, ZipRange{"TN", 370, 385},
    ZipRange{"TX", 733, 733}, ZipRange{"TX", 750, 799}, ZipRange{"TX", 885, 885},
    ZipRange{"UT", 840, 847}, ZipRange{"VT", 50, 54},   ZipRange{"VT", 56, 59},
    ZipRange{"VA", 201, 201}, ZipRange{"VA", 220, 246}, ZipRange{"WA", 980, 994},
    ZipRange{"WV", 247, 268}, ZipRange{"WI", 530, 549}, ZipRange{"WY", 820, 831},
    ZipRange{"PR", 6, 7},     ZipRange{"PR", 9, 9},     ZipRange{"VI", 8, 8},
    ZipRange{"GU", 969, 969}, ZipRange{"AE", 90, 99},   ZipRange{"AA", 340, 340},
    ZipRange{"AP", 962, 966},
};

// Whether the prefix belongs to `state`, or to any when that is empty.
bool ZipExists(int prefix, std::string_view state) {
  return std::any_of(kZipRanges.begin(), kZipRanges.end(), [=](const ZipRange& range) {
    return prefix >= range.first && prefix <= range.last && (state.empty() || state == range.state);
  });
}

// 12345 is real, but belongs to one company; everywhere else it stands for "some ZIP code".
bool StandsForAnyZip(std::string_view digits) { return digits.starts_with("12345"); }

bool UsZip(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  return !GoesOn(context, "-.") && !StandsForAnyZip(match) && ZipExists(NumberAt(match, 0, 3), {});
}

bool UsStateZip(std::string_view match, const ValidatorContext& context, SpanChange* change) {
  const size_t digits = match.find_first_of("0123456789");
  if (digits == std::string_view::npos || digits + 5 > match.size()) return false;
  if (GoesOn(context, "-.") || StandsForAnyZip(match.substr(digits))) return false;
  change->drop_front = digits;
  return ZipExists(NumberAt(match, digits, 3), match.substr(0, 2));
}

bool UsNdc(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  if (GoesOn(context, "-.")) return false;
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  size_t labeler = 5;
  size_t product = 4;
  if (const size_t dash = match.find('-'); dash != std::string_view::npos) {
    const size_t second = match.find('-', dash + 1);
    if (second == std::string_view::npos) return false;
    labeler = dash;
    product = second - dash - 1;
  } else if (digits.size() != 11) {
    return false;
  }
  if (digits.size() < labeler + product) return false;
  return digits.find_first_not_of('0') < labeler &&
         digits.substr(labeler, product).find_first_not_of('0') != std::string::npos;
}

bool UsNpi(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  return match.size() == 10 && LuhnHolds("80840" + std::string(match));
}

bool UsDea(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  constexpr std::array kWeights = {1, 2, 1, 2, 1, 2};
  if (match.size() != 9) return false;
  return WeightedSum(match.substr(2), kWeights) % 10 == match[8] - '0';
}

// Surname of five letters filled with 9, decade, month (women: plus 50), day, year, initials
// filled with 9, a character, two check letters.
bool UkDriverNumber(std::string_view match, const ValidatorContext& /*context*/,
                    SpanChange* /*change*/) {
  if (match.size() != 16 || !IsUpper(match[0])) return false;
  for (size_t i = 1; i < 5; ++i) {
    if (match[i] != '9' && match[i - 1] == '9') return false;
  }
  if (match[11] == '9' && match[12] != '9') return false;
  int month = NumberAt(match, 6, 2);
  if (month > 50) month -= 50;
  // The century is not written: a leap day passes in any year that can be one.
  const int year = 1900 + (match[5] - '0') * 10 + (match[10] - '0');
  const int day = NumberAt(match, 8, 2);
  return DateExists(year, month, day) || DateExists(year + 100, month, day);
}

bool UkPassport(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  return match.size() == 9 && !GoesOn(context, "-.") && DistinctBytes(match) >= 3;
}

// Month by its first three letters, 0 when none.
int MonthByName(std::string_view word) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (word.size() < 3) return 0;
  std::string key(word.substr(0, 3));
  for (char& c : key) c = IsUpper(c) ? static_cast<char>(c + 32) : c;
  for (size_t i = 0; i < kMonths.size(); i += 3) {
    if (kMonths.substr(i, 3) == key) return static_cast<int>(i / 3) + 1;
  }
  return 0;
}

// The numbers of a written date in order, and the month when it is a word.
struct DateParts {
  std::array<std::string_view, 3> numbers;
  size_t count = 0;
  int month = 0;
};

DateParts SplitDate(std::string_view text) {
  DateParts parts;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (IsDigit(text[i])) {
      while (end < text.size() && IsDigit(text[end])) ++end;
      if (parts.count < 3) parts.numbers[parts.count++] = text.substr(i, end - i);
    } else if (IsAlnum(text[i])) {
      while (end < text.size() && IsAlnum(text[end]) && !IsDigit(text[end])) ++end;
      if (parts.month == 0) parts.month = MonthByName(text.substr(i, end - i));
    }
    i = end;
  }
  return parts;
}

int Value(std::string_view number) { return NumberAt(number, 0, number.size()); }

bool IsBirthDate(int year, int month, int day) {
  return year >= 1900 && year <= 2030 && DateExists(year, month, day);
}

bool BirthDate(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  if (GoesOn(context, "-/.")) return false;
  const DateParts parts = SplitDate(match);
  const auto& numbers = parts.numbers;
  for (size_t i = 0; i < parts.count; ++i) {
    if (numbers[i].size() > 8) return false;
  }
  if (parts.month != 0) {
    return parts.count == 2 && IsBirthDate(Value(numbers[1]), parts.month, Value(numbers[0]));
  }
  if (parts.count == 1 && numbers[0].size() == 8) {
    return IsBirthDate(NumberAt(numbers[0], 0, 4), NumberAt(numbers[0], 4, 2),
                       NumberAt(numbers[0], 6, 2));
  }
  if (parts.count != 3) return false;
  if (numbers[0].size() == 4) {
    return IsBirthDate(Value(numbers[0]), Value(numbers[1]), Value(numbers[2]));
  }
  const int year = numbers[2].size() == 2 ? 1900 + Value(numbers[2]) : Value(numbers[2]);
  const int first = Value(numbers[0]);
  const int second = Value(numbers[1]);
  return IsBirthDate(year, first, second) || IsBirthDate(year, second, first);
}

constexpr std::array kTable = {
    ValidatorEntry{"birth_date", BirthDate, "a date that exists, 1900 to 2030"},
    ValidatorEntry{"not_one_digit", NotOneDigit, "at least two different digits"},
    ValidatorEntry{"uk_driver_number", UkDriverNumber, "structure and birth date (DVLA)"},
    ValidatorEntry{"uk_passport", UkPassport, "nine digits that vary (ICAO Doc 9303)"},
    ValidatorEntry{"us_dea", UsDea, "check digit of DEA registrations"},
    ValidatorEntry{"us_itin", UsItin, "groups that the IRS assigns"},
    ValidatorEntry{"us_ndc", UsNdc, "labeler and product of 21 CFR 207.33"},
    ValidatorEntry{"us_npi", UsNpi, "Luhn over 80840 (45 CFR 162.406)"},
    ValidatorEntry{"us_phone", UsPhone, "North American Numbering Plan"},
    ValidatorEntry{"us_ssn", UsSsn, "ranges that the SSA issues"},
    ValidatorEntry{"us_state_zip", UsStateZip, "ZIP prefix of that state (USPS L002)"},
    ValidatorEntry{"us_zip", UsZip, "assigned ZIP prefix (USPS L002)"},
};

}  // namespace

std::span<const ValidatorEntry> PersonValidators() { return kTable; }

}  // namespace assay
