// Synthetic text of four kinds, for benchmarks and for comparing the engine with its oracle. All of
// it is made up: numbers are random, names are combined from short lists.
//
// Thread rule: pure functions; the same seed gives the same text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace assay {

enum class SampleKind { kProse, kLogs, kPiiCsv, kBase64 };

// At least `size` bytes, ending with a whole line.
std::string SampleText(SampleKind kind, size_t size, uint64_t seed);

}  // namespace assay
