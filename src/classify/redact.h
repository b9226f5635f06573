// Redact: a value, told so that a person finds it again and nobody learns it.
#pragma once

#include <string>
#include <string_view>

#include "detect/identifier.h"

namespace assay {

// What is shown of `value`, found by `identifier`:
//  - cards, social security numbers: the last four digits, separators kept ("***-**-6789");
//  - emails: first character and domain ("j***@example.com");
//  - names, addresses: the first character of each word ("J*** D***");
//  - IPv4: the first two parts; IPv6: the first group;
//  - credentials: the first four characters, and never more than a fifth; of a key block its
//    header line only;
//  - everything else: up to four digits at the end of a number, up to four characters at the
//    start of anything else, and never more than a fifth.
// Valid UTF-8, at most 128 bytes.
std::string Redact(const Identifier& identifier, std::string_view value);

}  // namespace assay
