// The language of a text.
//
// Thread rule: pure function.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// ISO 639-1 code ("en", "de") of the language most of `utf8_sample` is written in; "" when it is
// too short, or mostly numbers and codes, to tell. Looks at the first few kilobytes only.
std::string DetectLanguage(std::string_view utf8_sample);

}  // namespace assay
