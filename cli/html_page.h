// The frame of the HTML report: policy, style, script.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// `text` for element content and quoted attributes.
std::string EscapeHtml(std::string_view text);

// A whole document around `body`, light or dark as the reader's system is. `nonce` marks the one
// style and the one script that may run. REQUIRES: title and nonce need no escaping.
std::string HtmlPage(std::string_view title, std::string_view body, std::string_view nonce);

}  // namespace assay
