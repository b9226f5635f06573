// Moments as RFC 3339 text in UTC with milliseconds: "2017-11-09T20:15:00.125Z".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// `ms`: milliseconds since the Unix epoch. Years 0000 to 9999; a moment outside is clamped.
std::string FormatRfc3339(int64_t ms);
// Takes the form above, with or without a fraction (cut to milliseconds); only "Z" as zone. Empty
// for anything else, impossible dates included. A leap second counts as the next second.
std::optional<int64_t> ParseRfc3339(std::string_view text);

}  // namespace assay
