// Cards and banks.
#include <algorithm>
#include <array>

#include "detect/validators_groups.h"

namespace assay {
namespace {

bool Luhn(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  return !digits.empty() && LuhnHolds(digits);
}

// Issuer ranges by leading digits; lengths the issuer uses.
struct CardRange {
  int first;
  int last;
  size_t prefix;  // digits compared
  size_t shortest;
  size_t longest;
};

constexpr std::array kCardRanges = {
    CardRange{4, 4, 1, 13, 19},        // Visa (13, 16, 19)
    CardRange{51, 55, 2, 16, 16},      // Mastercard
    CardRange{2221, 2720, 4, 16, 16},  // Mastercard, since 2016
    CardRange{34, 34, 2, 15, 15},      // American Express
    CardRange{37, 37, 2, 15, 15},      // American Express
    CardRange{6011, 6011, 4, 16, 19},  // Discover
    CardRange{644, 659, 3, 16, 19},    // Discover
    CardRange{62, 62, 2, 16, 19},      // UnionPay
    CardRange{3528, 3589, 4, 16, 19},  // JCB
    CardRange{300, 305, 3, 14, 19},    // Diners Club
    CardRange{3095, 3095, 4, 14, 19},  // Diners Club
    CardRange{36, 36, 2, 14, 19},      // Diners Club
    CardRange{38, 39, 2, 14, 19},      // Diners Club
    CardRange{5019, 5019, 4, 16, 16},  // Dankort
    CardRange{5018, 5018, 4, 12, 19},  // Maestro
    CardRange{5020, 5020, 4, 12, 19},  // Maestro
    CardRange{5038, 5038, 4, 12, 19},  // Maestro
    CardRange{5893, 5893, 4, 12, 19},  // Maestro
    CardRange{6304, 6304, 4, 12, 19},  // Maestro
    CardRange{6759, 6763, 4, 12, 19},  // Maestro
};

bool IsCardNumber(std::string_view digits) {
  if (digits.size() < 12 || digits.size() > 19 || !Varies(digits)) return false;
  if (digits[0] == '4') {
    const size_t size = digits.size();
    return (size == 13 || size == 16 || size == 19) && LuhnHolds(digits);
  }
  for (const CardRange& range : kCardRanges) {
    const int prefix = NumberAt(digits, 0, range.prefix);
    if (prefix >= range.first && prefix <= range.last && digits.size() >= range.shortest &&
        digits.size() <= range.longest) {
      return LuhnHolds(digits);
    }
  }
  return false;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Whether `text` begins with " dddd", a group as cards have them, and no digit after it.
bool BeginsWithGroup(std::string_view text) {
  if (text.size() < 5 || text[0] != ' ') return false;
  return std::all_of(text.begin() + 1, text.begin() + 5, IsDigit) &&
         (text.size() == 5 || !IsDigit(text[5]));
}

// Whether the match is some groups of a longer row of numbers. One group behind it may be a year.
bool IsPartOfRow(const ValidatorContext& context) {
  const std::string_view before = context.before;
  if (before.size() >= 5 && before.back() == ' ') {
    const std::string_view group = before.substr(before.size() - 5, 4);
    const bool starts = before.size() == 5 || !IsDigit(before[before.size() - 6]);
    if (starts && std::all_of(group.begin(), group.end(), IsDigit)) return true;
  }
  return BeginsWithGroup(context.after) && BeginsWithGroup(context.after.substr(5));
}

// Whether the match is a segment of a URL's path, where long numbers are ids.
bool IsPathSegment(const ValidatorContext& context) {
  if (!context.before.ends_with('/')) return false;
  const size_t start = context.before.find_last_of(" \t\r\n\"'<>(),;");
  const std::string_view path =
      start == std::string_view::npos ? context.before : context.before.substr(start + 1);
  return std::any_of(path.begin(), path.end(),
                     [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

bool CreditCard(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  if (GoesOn(context, ".-") || IsPathSegment(context)) return false;
  if (match.find(' ') != std::string_view::npos && IsPartOfRow(context)) return false;
  DigitBuffer buffer;
  return IsCardNumber(DigitsOf(match, &buffer));
}

bool MagneticStripe(std::string_view match, const ValidatorContext& /*context*/,
                    SpanChange* /*change*/) {
  const size_t begin = match.find_first_of("0123456789");
  if (begin == std::string_view::npos) return false;
  const size_t end = match.find_first_of("^=", begin);
  if (end == std::string_view::npos || end + 5 > match.size()) return false;
  if (!IsCardNumber(match.substr(begin, end - begin))) return false;
  const size_t expiry = match[end] == '=' ? end + 1 : match.find('^', end + 1) + 1;
  if (expiry == 0 || expiry + 4 > match.size()) return false;
  const int month = NumberAt(match, expiry + 2, 2);
  return month >= 1 && month <= 12;
}

bool AbaRouting(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  constexpr std::array kWeights = {3, 7, 1, 3, 7, 1, 3, 7, 1};
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != 9 || GoesOn(context, ".-")) return false;
  const int district = NumberAt(digits, 0, 2);
  const bool assigned = (district >= 1 && district <= 12) || (district >= 21 && district <= 32) ||
                        (district >= 61 && district <= 72) || district == 80;
  return assigned && WeightedSum(digits, kWeights) % 10 == 0;
}

bool SwiftBic(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  if (match.size() != 8 && match.size() != 11) return false;
  // A location that ends in 0 marks a code for tests.
  return IsCountryCode(match.substr(4, 2)) && match[7] != '0';
}

// Country and whole length of its IBANs, from the registry of ISO 13616.
constexpr std::string_view kIbanLengths =
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
    "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ";

size_t IbanLength(std::string_view country) {
  for (size_t i = 0; i < kIbanLengths.size(); i += 5) {
    if (kIbanLengths.substr(i, 2) == country) {
      return static_cast<size_t>(NumberAt(kIbanLengths, i + 2, 2));
    }
  }
  return 0;
}

bool Iban(std::string_view match, const ValidatorContext& /*context*/, SpanChange* change) {
  const size_t length = IbanLength(match.substr(0, 2));
  std::string compact;
  size_t end = 0;
  while (end < match.size() && compact.size() < length) {
    if (IsAlnum(match[end])) compact.push_back(match[end]);
    ++end;
  }
  if (length == 0 || compact.size() != length) return false;
  if (end < match.size() && match[end] != ' ') return false;
  change->drop_back = match.size() - end;  // a word behind the number
  int remainder = 0;
  for (size_t i = 0; i < length; ++i) {
    const char c = compact[(i + 4) % length];
    remainder =
        IsDigit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder == 1;
}

constexpr std::array kTable = {
    ValidatorEntry{"aba_routing", AbaRouting, "Federal Reserve range and ABA check digit"},
    ValidatorEntry{"credit_card", CreditCard,
                   "issuer range, length and check digit (ISO/IEC 7812-1)"},
    ValidatorEntry{"iban", Iban, "country, its length and mod 97 (ISO 13616-1)"},
    ValidatorEntry{"luhn", Luhn, "check digit of ISO/IEC 7812-1 annex B"},
    ValidatorEntry{"magnetic_stripe", MagneticStripe,
                   "a card number and an expiry month (ISO/IEC 7813)"},
    ValidatorEntry{"swift_bic", SwiftBic, "country of ISO 3166-1 in its place (ISO 9362)"},
};

}  // namespace

std::span<const ValidatorEntry> MoneyValidators() { return kTable; }

}  // namespace assay
