// Mail messages (RFC 5322 with MIME) and mailboxes (mbox): header fields as text with their names,
// text and HTML bodies in the order of the message, attachments as members under their file names.
#pragma once

#include <string_view>

#include "base/status.h"
#include "extract/document_writer.h"
#include "extract/extractor.h"

namespace assay {

// Writes the text of an HTML fragment of known character set to `writer`.
Status AppendHtml(std::string_view html, std::string_view charset, DocumentWriter& writer);

}  // namespace assay
