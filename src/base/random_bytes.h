// Bytes nobody can guess, and the texts made of them.
//
// Thread rule: free functions, callable by several threads at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// `count` bytes of the operating system's generator. There is no way on without one: aborts.
std::string RandomBytes(size_t count);
// `count` characters drawn evenly from `alphabet`. REQUIRES: 2 to 256 different characters.
std::string RandomText(size_t count, std::string_view alphabet);
// "8f14e45f-ceea-467f-a07d-6b3c5d1e2f90": a UUID of version 4.
std::string RandomUuid();

}  // namespace assay
