// Wildcards of AWS policies: '*' is any run of bytes, '?' any one byte.
//
// Thread rule: pure functions. Time is at most the product of both lengths.
#pragma once

#include <string_view>

namespace assay {

enum class GlobCase { kExact, kFoldAscii };

bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase fold = GlobCase::kExact);

// Whether every text that `inner` matches is matched by `outer` too. May say no when it is so, but
// never yes when it is not.
bool GlobCovers(std::string_view outer, std::string_view inner, GlobCase fold = GlobCase::kExact);

// Whether `pattern` matches some text that begins with `prefix` and goes on.
bool GlobMeetsPrefix(std::string_view pattern, std::string_view prefix);

bool HasWildcard(std::string_view pattern);

}  // namespace assay
