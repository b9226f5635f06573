// Every reader of a format, one declaration each. format_table.cc says which content types it
// reads.
#pragma once

#include <string_view>

#include "extract/extractor.h"

namespace assay {

// Text and structured text (text.cc, csv.cc, json.cc, xml.cc, html.cc, yaml.cc).
Status ExtractText(ByteSource& source, ExtractContext& context);
Status ExtractCsv(ByteSource& source, ExtractContext& context);
Status ExtractJson(ByteSource& source, ExtractContext& context);
Status ExtractXml(ByteSource& source, ExtractContext& context);
Status ExtractHtml(ByteSource& source, ExtractContext& context);
Status ExtractYaml(ByteSource& source, ExtractContext& context);

// Documents. Places are pages, cells and lines; embedded files and attachments are members.
Status ExtractPdf(ByteSource& source, ExtractContext& context);   // by pdftotext
Status ExtractDocx(ByteSource& source, ExtractContext& context);  // tables as "Table 1!B3"
Status ExtractXlsx(ByteSource& source, ExtractContext& context);  // cells as "Sheet!C5", ISO dates
Status ExtractPptx(ByteSource& source, ExtractContext& context);  // slides with notes as pages
Status ExtractOdf(ByteSource& source, ExtractContext& context);   // text, sheets, presentations
Status ExtractRtf(ByteSource& source, ExtractContext& context);
// Compound files: Word (by catdoc), Excel and PowerPoint (by catppt) of 97 to 2003, Outlook
// messages; encrypted OOXML, which is one too, is marked.
Status ExtractOle(ByteSource& source, ExtractContext& context);
Status ExtractEpub(ByteSource& source, ExtractContext& context);  // chapters as members
Status ExtractEml(ByteSource& source, ExtractContext& context);   // header fields with their names
// Each message is a record (0-based); its attachments are members "message-N/name", N from 1.
Status ExtractMbox(ByteSource& source, ExtractContext& context);
Status ExtractPst(ByteSource& source, ExtractContext& context);  // by readpst

// Compressed streams are declared in compression.h; these hold records or members.
Status ExtractArchive(ByteSource& source, ExtractContext& context);  // archive.h
Status ExtractAvro(ByteSource& source, ExtractContext& context);     // values by record and path
Status ExtractSqlite(ByteSource& source, ExtractContext& context);   // tables as "$.table.column"
// By the columnar plug-in (columnar.h); kUnimplemented without it.
Status ExtractParquet(ByteSource& source, ExtractContext& context);
Status ExtractOrc(ByteSource& source, ExtractContext& context);
Status ExtractArrow(ByteSource& source, ExtractContext& context);  // IPC files, streams, Feather

// The reader of a content type; null when Assay does not read it. Text types without a reader of
// their own ("text/x-python") are read as plain text.
ExtractFn FindExtractor(std::string_view content_type);

}  // namespace assay
