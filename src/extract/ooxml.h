// What the readers of Office Open XML (ECMA-376) share: docx.cc, xlsx.cc, pptx.cc.
#pragma once

#include "base/status.h"
#include "extract/extractor.h"
#include "extract/office_package.h"

namespace assay {

// Writes the text of a WordprocessingML or DrawingML part: paragraphs, tables, breaks.
// `*tables` counts the tables of the document, for their names.
Status WriteTextPart(std::string_view part, OfficePackage& package, DocumentWriter& writer,
                     uint32_t* tables);
// Document properties of any OOXML document.
Status WriteOoxmlProperties(OfficePackage& package, DocumentWriter& writer);

}  // namespace assay
