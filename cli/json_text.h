// Writing JSON by hand for the reports.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// Appends `text` as a JSON string with its quotes. Always valid JSON and valid inside HTML: bytes
// that are not UTF-8 become U+FFFD; controls, '<', '>', '&' and U+2028/9 are \u escapes.
void AppendJsonString(std::string_view text, std::string* out);

// `"name":"text"`, with a comma first unless *out ends with '{' or '['.
void AppendJsonMember(std::string_view name, std::string_view text, std::string* out);

}  // namespace assay
