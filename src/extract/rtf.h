// RTF (Rich Text Format Specification 1.9.1): text of all destinations that hold text, in the
// order of the file, with document properties as fields; embedded objects as members.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extract/document_writer.h"
#include "extract/extractor.h"

namespace assay {

// Writes the text of `rtf` to `writer`: the body of an Outlook message. Embedded objects are
// members of `context`.
Status ReadRtf(std::string_view rtf, ExtractContext& context, DocumentWriter& writer);

}  // namespace assay
