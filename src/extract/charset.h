// Turning text of a named character set into UTF-8, for formats that say which one they use
// (mail, RTF, Outlook). ICU does it: its tables are in the program, so it works in the sandbox,
// where the C library's iconv could not load its modules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// `bytes` of `charset` ("iso-8859-2", "Shift_JIS"; any name ICU knows) as UTF-8. Bytes without a
// meaning become U+FFFD. An unknown or empty charset: the bytes as they are when they are UTF-8,
// else read as windows-1252.
std::string DecodeCharset(std::string_view bytes, std::string_view charset);

// The charset name of a Windows code page number (1252, 932, 65001), "" when there is none.
std::string CodePageCharset(uint32_t code_page);

std::string DecodeUtf16Le(std::string_view bytes);

// Appends a code point; surrogates and values beyond Unicode become U+FFFD.
void AppendUtf8(uint32_t code_point, std::string* out);

bool IsUtf8(std::string_view bytes);

}  // namespace assay
