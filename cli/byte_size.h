// Sizes as people write and read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

// "0", "4096", "64k", "20MB", "1.5GiB": the number times 1024^n for k, m, g, t with or without
// "b" or "ib", in either case. (20MB = 20 * 1024 * 1024, as Macie counts its limit.)
// kInvalidArgument for anything else, including what does not fit 64 bits.
Result<uint64_t> ParseByteSize(std::string_view text);

// "999 B", "1.2 KB", "20.0 MB": 1024-based, one decimal from KB on.
std::string FormatByteSize(uint64_t bytes);

// "12,345,678".
std::string FormatCount(uint64_t count);

// "0.8 s", "12 s", "3 min 05 s", "2 h 07 min".
std::string FormatSeconds(double seconds);

// "0.123 GB/s", in 10^9 bytes a second.
std::string FormatRate(uint64_t bytes, double seconds);

}  // namespace assay
