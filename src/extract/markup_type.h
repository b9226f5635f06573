// Recognising XML and HTML vocabularies and JSON by their first tags and tokens.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

namespace assay {

// MIME type of `text`, which begins with '<'; "" when it is no markup.
std::string_view MarkupType(std::string_view text);

// Whether `text`, which begins with '{' or '[', goes on as JSON for as long as a short look lasts.
bool LooksLikeJson(std::string_view text);

}  // namespace assay
