// Recognising kinds of text by what they say, not by their names.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

namespace assay {

// Whether `head` looks like text in some encoding: Unicode with or without BOM, or bytes of a
// legacy charset. Binary formats hold control bytes that text never does.
bool LooksLikeText(std::string_view head);

// MIME type of the text that begins with `head`; "text/plain" when it is nothing special. `name`
// breaks ties only (text/csv against text/plain, C against C++).
std::string_view TextType(std::string_view head, std::string_view name);

}  // namespace assay
