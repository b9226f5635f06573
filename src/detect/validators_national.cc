// National numbers with published check digits.
#include <algorithm>
#include <array>

#include "detect/validators_groups.h"

namespace assay {
namespace {

bool UkNhs(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  constexpr std::array kWeights = {10, 9, 8, 7, 6, 5, 4, 3, 2};
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != 10 || !Varies(digits)) return false;
  const int check = (11 - WeightedSum(digits, kWeights) % 11) % 11;
  return check == digits[9] - '0';
}

// Product of a and b in the dihedral group D5, which Verhoeff's scheme computes in.
int DihedralProduct(int a, int b) {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
  return b < 5 ? 5 + (a - b) % 5 : (5 + (a - b) % 5) % 5;
}

bool Aadhaar(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  constexpr std::array kPermutation = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != 12 || digits[0] < '2' || !Varies(digits)) return false;
  int check = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    for (size_t turn = 0; turn < i % 8; ++turn) digit = kPermutation[static_cast<size_t>(digit)];
    check = DihedralProduct(check, digit);
  }
  return check == 0;
}

// Check digit of Brazil's numbers: weights 2, 3 ... from the right, starting again after `highest`.
int BrazilCheck(std::string_view digits, int highest) {
  int sum = 0;
  int weight = 2;
  for (size_t i = digits.size(); i-- > 0;) {
    sum += (digits[i] - '0') * weight;
    weight = weight == highest ? 2 : weight + 1;
  }
  const int rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

bool BrazilHolds(std::string_view match, size_t length, int highest) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  if (digits.size() != length || !Varies(digits)) return false;
  return BrazilCheck(digits.substr(0, length - 2), highest) == digits[length - 2] - '0' &&
         BrazilCheck(digits.substr(0, length - 1), highest) == digits[length - 1] - '0';
}

bool Cpf(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  return BrazilHolds(match, 11, 12);
}

bool Cnpj(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  return BrazilHolds(match, 14, 9);
}

constexpr std::string_view kSpanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE";

bool SpainDni(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  return digits.size() == 8 && Varies(digits) &&
         kSpanishLetters[static_cast<size_t>(NumberAt(digits, 0, 8) % 23)] == match.back();
}

bool SpainNie(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  DigitBuffer buffer;
  std::string digits(DigitsOf(match, &buffer));
  if (digits.size() != 7 || match[0] < 'X') return false;
  digits.insert(digits.begin(), static_cast<char>('0' + (match[0] - 'X')));
  return kSpanishLetters[static_cast<size_t>(NumberAt(digits, 0, 8) % 23)] == match.back();
}

// ISO/IEC 7064 MOD 11,10; of the first ten digits one occurs twice or thrice.
bool GermanTaxId(std::string_view match, const ValidatorContext& /*context*/,
                 SpanChange* /*change*/) {
  if (match.size() != 11) return false;
  const size_t distinct = DistinctBytes(match.substr(0, 10));
  if (distinct != 9 && distinct != 8) return false;
  int product = 10;
  for (size_t i = 0; i < 10; ++i) {
    int sum = (match[i] - '0' + product) % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return (11 - product) % 10 == match[10] - '0';
}

bool MexicoCurp(std::string_view match, const ValidatorContext& /*context*/,
                SpanChange* /*change*/) {
  if (match.size() != 18) return false;
  if (!DateExists(2000, NumberAt(match, 6, 2), NumberAt(match, 8, 2))) return false;
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) {
    const char c = match[i];
    // The alphabet has an Ñ between N and O.
    const int value = IsDigit(c) ? c - '0' : c - 'A' + 10 + (c > 'N' ? 1 : 0);
    sum += value * (18 - static_cast<int>(i));
  }
  return (10 - sum % 10) % 10 == match[17] - '0';
}

// Whether `text` is capitals and digits only.
bool IsUpperCode(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsUpper(c) || IsDigit(c); });
}

int VinValue(char c) {
  constexpr std::string_view kValues = "12345678.12345.7.923456789";  // A to Z; I, O, Q unused
  return IsDigit(c) ? c - '0' : kValues[static_cast<size_t>(c - 'A')] - '0';
}

bool Vin(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  constexpr std::array kWeights = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  if (match.size() != 17 || DistinctBytes(match) < 5 || !IsUpperCode(match)) return false;
  if (match[0] < '1' || match[0] > '5') return std::any_of(match.begin(), match.end(), IsUpper);
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) sum += VinValue(match[i]) * kWeights[i];
  const int check = sum % 11;
  return match[8] == (check == 10 ? 'X' : static_cast<char>('0' + check));
}

bool CanadaSin(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  return digits.size() == 9 && !GoesOn(context, "-.") && Varies(digits) && LuhnHolds(digits);
}

bool AustraliaTfn(std::string_view match, const ValidatorContext& /*context*/,
                  SpanChange* /*change*/) {
  constexpr std::array kWeights = {1, 4, 3, 7, 5, 8, 6, 9, 10};
  DigitBuffer buffer;
  const std::string_view digits = DigitsOf(match, &buffer);
  return digits.size() == 9 && Varies(digits) && WeightedSum(digits, kWeights) % 11 == 0;
}

bool UkNino(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  constexpr std::array<std::string_view, 7> kUnused = {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"};
  return std::find(kUnused.begin(), kUnused.end(), match.substr(0, 2)) == kUnused.end();
}

bool CodiceFiscale(std::string_view match, const ValidatorContext& /*context*/,
                   SpanChange* /*change*/) {
  // Values of 0-9 and A-Z in the odd places, the first of which is place 1.
  constexpr std::array kOdd = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                               20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  if (match.size() != 16 || !IsUpperCode(match)) return false;
  const int day = NumberAt(match, 9, 2);
  if (day < 1 || (day > 31 && day < 41) || day > 71) return false;
  int sum = 0;
  for (size_t i = 0; i < 15; ++i) {
    const int value = IsDigit(match[i]) ? match[i] - '0' : match[i] - 'A';
    sum += i % 2 == 0 ? kOdd[static_cast<size_t>(value)] : value;
  }
  return match[15] == static_cast<char>('A' + sum % 26);
}

bool FrenchNir(std::string_view match, const ValidatorContext& /*context*/,
               SpanChange* /*change*/) {
  std::string number = AlnumOf(match);
  if (number.size() != 15) return false;
  const int month = NumberAt(number, 3, 2);
  if (month < 1 || (month > 12 && month < 20)) return false;
  // Corsica: 2A counts as 19, 2B as 18.
  if (number[6] == 'A' || number[6] == 'B') {
    const bool south = number[6] == 'A';
    number[5] = '1';
    number[6] = south ? '9' : '8';
  }
  int rest = 0;
  for (size_t i = 0; i < 13; ++i) rest = (rest * 10 + (number[i] - '0')) % 97;
  return 97 - rest == NumberAt(number, 13, 2);
}

bool ChileRut(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  const std::string number = AlnumOf(match);
  if (number.size() < 8 || number.size() > 9) return false;
  int sum = 0;
  int weight = 2;
  for (size_t i = number.size() - 1; i-- > 0;) {
    sum += (number[i] - '0') * weight;
    weight = weight == 7 ? 2 : weight + 1;
  }
  const int check = 11 - sum % 11;
  return number.back() == (check == 11 ? '0' : check == 10 ? 'K' : static_cast<char>('0' + check));
}

constexpr std::array kTable = {
    ValidatorEntry{"aadhaar", Aadhaar, "Verhoeff check digit (UIDAI)"},
    ValidatorEntry{"australia_tfn", AustraliaTfn, "weighted modulus 11 (ATO)"},
    ValidatorEntry{"canada_sin", CanadaSin, "Luhn check digit (ESDC)"},
    ValidatorEntry{"chile_rut", ChileRut, "modulus 11 check character (SII)"},
    ValidatorEntry{"cnpj", Cnpj, "two modulus 11 check digits (Receita Federal)"},
    ValidatorEntry{"codice_fiscale", CodiceFiscale, "check letter (DM 23 December 1976)"},
    ValidatorEntry{"cpf", Cpf, "two modulus 11 check digits (Receita Federal)"},
    ValidatorEntry{"french_nir", FrenchNir, "key modulo 97 (INSEE)"},
    ValidatorEntry{"german_tax_id", GermanTaxId, "ISO/IEC 7064 MOD 11,10 (BZSt)"},
    ValidatorEntry{"mexico_curp", MexicoCurp, "birth date and check digit (RENAPO)"},
    ValidatorEntry{"spain_dni", SpainDni, "control letter modulo 23 (Ministerio del Interior)"},
    ValidatorEntry{"spain_nie", SpainNie, "control letter modulo 23 (Ministerio del Interior)"},
    ValidatorEntry{"uk_nhs", UkNhs, "modulus 11 (NHS Data Dictionary)"},
    ValidatorEntry{"uk_nino", UkNino, "prefixes in use (HMRC NIM39110)"},
    ValidatorEntry{"vin", Vin, "check digit in North America (49 CFR 565.15)"},
};

}  // namespace

std::span<const ValidatorEntry> NationalValidators() { return kTable; }

}  // namespace assay
