// What an object's type and name say by themselves: the first two of Macie Classic's methods, and
// the language of its text.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "classify/classification.h"
#include "extract/extractor.h"

namespace assay {

// Content types and extensions that bring no risk.
struct DisabledTypes {
  std::set<std::string, std::less<>> content_types;
  std::set<std::string, std::less<>> extensions;
};

// Fills content_type, mimetypes, encoding, filetypes, mimetype_risk and filetype_risk.
void SetFileFacts(std::string_view key, const ExtractReport& report, const DisabledTypes& disabled,
                  Classification* result);

// ISO 639-1 code of the language that `sample` (the beginning of a text) is written in; "" when it
// does not show.
std::string LanguageOf(std::string_view sample);

}  // namespace assay
