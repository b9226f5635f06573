// The groups of validators that validators_table.cc joins into one table, and the small readers
// they share. Internal to the validators.
//
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "detect/validators.h"

namespace assay {

std::span<const ValidatorEntry> KeyValidators();       // validators_keys.cc: PEM, PGP
std::span<const ValidatorEntry> SecretValidators();    // validators_secrets.cc: tokens, passwords
std::span<const ValidatorEntry> MoneyValidators();     // validators_money.cc: cards, banks
std::span<const ValidatorEntry> NetworkValidators();   // validators_network.cc: addresses
std::span<const ValidatorEntry> PersonValidators();    // validators_person.cc: American and British
std::span<const ValidatorEntry> NationalValidators();  // validators_national.cc: other countries

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
inline bool IsAlnum(char c) { return IsDigit(c) || IsUpper(c) || IsLower(c); }

// Where DigitsOf puts digits: only long matches need the heap.
struct DigitBuffer {
  std::array<char, 64> bytes;
  std::string longer;
};
// The ASCII digits of `text`, in order; they live in `buffer`.
std::string_view DigitsOf(std::string_view text, DigitBuffer* buffer);
// The ASCII letters and digits of `text`, in order, letters in upper case.
std::string AlnumOf(std::string_view text);
// The number in text[begin, begin + count). REQUIRES: in range, digits only, count <= 9.
int NumberAt(std::string_view text, size_t begin, size_t count);
// Sum of digit i times weights[i] over the weights. REQUIRES: as many digits as weights.
int WeightedSum(std::string_view digits, std::span<const int> weights);
// ISO/IEC 7812-1 annex B over a string of digits.
bool LuhnHolds(std::string_view digits);
// Whether a digit stands beside the match behind one of `marks` ("." in "1.2.3.4.5").
bool GoesOn(const ValidatorContext& context, std::string_view marks);
// Whether `text` holds at least two different bytes.
bool Varies(std::string_view text);
// How many different bytes `text` holds.
size_t DistinctBytes(std::string_view text);
// How often a byte is followed by its successor ("abc": 2).
size_t Steps(std::string_view text);
// Decodes base64, both alphabets, up to the first byte that is neither; ignores a cut last group.
std::string DecodeBase64(std::string_view text);
// Whether year-month-day exists in the Gregorian calendar.
bool DateExists(int year, int month, int day);
// Whether `code` is an ISO 3166-1 alpha-2 code in use (or XK).
bool IsCountryCode(std::string_view code);

}  // namespace assay
