// The three spellings of a moment that AWS uses. All moments are milliseconds since the Unix epoch,
// UTC.
//
// Thread rule: pure functions; NowMs reads the system clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

int64_t NowMs();

// "20130524T000000Z", the form of x-amz-date.
std::string FormatAmzDate(int64_t ms);

// Reads "2013-05-24T00:00:00.000Z" (fraction optional, also "+00:00") and "20130524T000000Z".
std::optional<int64_t> ParseIsoTime(std::string_view text);

// Reads "Fri, 24 May 2013 00:00:00 GMT" (IMF-fixdate of RFC 9110).
std::optional<int64_t> ParseHttpDate(std::string_view text);

}  // namespace assay
