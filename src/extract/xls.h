// The cells of a BIFF8 workbook stream ([MS-XLS], Excel 97 to 2003). Ours rather than xls2csv's,
// which drops empty rows, loses the digits of card numbers and does not name sheets.
#pragma once

#include <string_view>

#include "base/status.h"
#include "extract/document_writer.h"

namespace assay {

// Writes all cells and drawn texts of `stream` (the content of "Workbook"). kPermissionDenied: it
// is encrypted. kUnimplemented: older than BIFF8. kCancelled: the sink stopped.
// kResourceExhausted: a limit of `context` is reached.
Status WriteXls(std::string_view stream, ExtractContext& context, DocumentWriter& writer);

}  // namespace assay
