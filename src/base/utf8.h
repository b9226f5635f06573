// Small helpers for text that should be UTF-8 but may be anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// Length in bytes of the well-formed UTF-8 sequence at the start of `text` (Unicode, table 3-7: no
// surrogates, no overlong forms); 0 when there is none or `text` is empty.
size_t Utf8SequenceLength(std::string_view text);
bool IsValidUtf8(std::string_view text);
// `text` with every byte that is not part of a well-formed sequence replaced by U+FFFD.
std::string ToValidUtf8(std::string_view text);

// `bytes` as ASCII-safe UTF-8: '%' and every byte outside well-formed UTF-8 become %XX (RFC 3986
// form); the rest stays readable. PercentDecode undoes it; it takes any text and leaves a '%' that
// is not followed by two hex digits alone.
std::string PercentEncodeInvalid(std::string_view bytes);
std::string PercentDecode(std::string_view text);

}  // namespace assay
