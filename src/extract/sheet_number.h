// How a number in a spreadsheet reads to a person: dates are numbers with a date format (ECMA-376
// part 1, 18.8.30), social security numbers may be numbers with a digit mask.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

enum class NumberKind {
  kPlain,
  kDate,      // has a day or a year: shown as 1984-03-12, with the time when there is one
  kTime,      // hours, minutes, seconds only
  kDigitMask  // "000-00-0000": a whole number with separators
};

// The kind of a built-in number format id (0 to 163).
NumberKind BuiltInNumberKind(uint32_t format_id);
// The kind of a custom format code.
NumberKind CustomNumberKind(std::string_view code);

// A serial day number as ISO text. `since_1904` selects the other of Excel's two calendars.
// Numbers that are no date of the years 1900 to 9999 give "".
std::string SerialDateText(double serial, NumberKind kind, bool since_1904);
// The digits of `number` put into the mask, "" when they do not fit.
std::string MaskedNumberText(double number, std::string_view mask);
// The shortest text of a number; whole ones up to 10^17 without exponent.
std::string PlainNumberText(double number);

}  // namespace assay
