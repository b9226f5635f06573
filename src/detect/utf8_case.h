// Lower case of the letters names are written with: ASCII, Latin-1, Latin Extended-A, Greek,
// Cyrillic.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

namespace assay {

// Writes `text` in lower case to `out`, which has room for text.size() bytes (lower case of these
// letters never is longer), and returns what was written.
std::string_view LowerUtf8(std::string_view text, char* out);

}  // namespace assay
