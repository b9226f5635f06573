#include <unordered_map>

#include "extract/compression.h"
#include "extract/format_list.h"

namespace assay {
namespace {

struct Row {
  std::string_view content_type;
  ExtractFn extract;
};

// One line for each content type that has a reader of its own.
constexpr Row kRows[] = {
    // Text.
    {"text/plain", ExtractText},
    {"text/csv", ExtractCsv},
    {"text/tab-separated-values", ExtractCsv},
    {"application/json", ExtractJson},
    {"text/json", ExtractJson},
    {"application/xml", ExtractXml},
    {"text/xml", ExtractXml},
    {"application/rdf+xml", ExtractXml},
    {"application/rss+xml", ExtractXml},
    {"application/vnd.jgraph.mxfile", ExtractXml},
    {"application/x-freemind", ExtractXml},
    {"application/vnd.ms-package.relationships+xml", ExtractXml},
    {"application/vnd.mozilla.xul+xml", ExtractXml},
    {"application/xv+xml", ExtractXml},
    {"text/x-component", ExtractXml},
    {"image/svg+xml", ExtractXml},
    {"text/html", ExtractHtml},
    {"application/xhtml+xml", ExtractHtml},
    {"application/yaml", ExtractYaml},

    // Documents.
    {"application/pdf", ExtractPdf},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ExtractDocx},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.template", ExtractDocx},
    {"application/vnd.ms-word.document.macroEnabled.12", ExtractDocx},
    {"application/vnd.ms-word.template.macroEnabled.12", ExtractDocx},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ExtractXlsx},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.template", ExtractXlsx},
    {"application/vnd.ms-excel.sheet.macroEnabled.12", ExtractXlsx},
    {"application/vnd.ms-excel.template.macroenabled.12", ExtractXlsx},
    {"application/vnd.ms-excel.addin.macroEnabled.12", ExtractXlsx},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", ExtractPptx},
    {"application/vnd.openxmlformats-officedocument.presentationml.slideshow", ExtractPptx},
    {"application/vnd.openxmlformats-officedocument.presentationml.template", ExtractPptx},
    {"application/vnd.ms-powerpoint.presentation.macroEnabled.12", ExtractPptx},
    {"application/vnd.ms-powerpoint.slideshow.macroEnabled.12", ExtractPptx},
    {"application/vnd.oasis.opendocument.text", ExtractOdf},
    {"application/vnd.oasis.opendocument.spreadsheet", ExtractOdf},
    {"application/vnd.oasis.opendocument.presentation", ExtractOdf},
    {"application/vnd.oasis.opendocument.graphics", ExtractOdf},
    {"application/vnd.oasis.opendocument.chart", ExtractOdf},
    {"application/vnd.sun.xml.writer", ExtractOdf},
    {"application/vnd.sun.xml.calc", ExtractOdf},
    {"application/vnd.sun.xml.impress", ExtractOdf},
    {"application/rtf", ExtractRtf},
    {"text/rtf", ExtractRtf},
    {"application/msword", ExtractOle},
    {"application/vnd.ms-excel", ExtractOle},
    {"application/vnd.ms-powerpoint", ExtractOle},
    {"application/x-ole-storage", ExtractOle},
    {"application/epub+zip", ExtractEpub},
    {"message/rfc822", ExtractEml},
    {"application/mbox", ExtractMbox},
    {"application/vnd.ms-outlook-pst", ExtractPst},
    {"application/vns.ms-outlook", ExtractOle},
    {"application/vnd.ms-outlook", ExtractOle},

    // Compressed streams.
    {"application/gzip", ExtractGzip},
    {"application/x-gzip", ExtractGzip},
    {"application/zlib", ExtractZlib},
    {"application/x-deflate", ExtractDeflate},
    {"application/x-bzip2", ExtractBzip2},
    {"application/x-bzip", ExtractBzip2},
    {"application/x-xz", ExtractXz},
    {"application/x-lzip", ExtractXz},
    {"application/x-lzma", ExtractLzma},
    {"application/zstd", ExtractZstd},
    {"application/x-zstd", ExtractZstd},
    {"application/x-brotli", ExtractBrotli},
    {"application/x-snappy-framed", ExtractSnappyFramed},
    {"application/x-snappy", ExtractSnappyRaw},
    {"application/x-lz4", ExtractLz4},
    {"application/x-lzop", ExtractLzo},
    {"application/x-compress", ExtractCompressZ},

    // Archives.
    {"application/zip", ExtractArchive},
    {"application/x-zip-compressed", ExtractArchive},
    {"application/java-archive", ExtractArchive},
    {"application/vnd.android.package-archive", ExtractArchive},
    {"application/x-tar", ExtractArchive},
    {"application/x-gtar", ExtractArchive},
    {"application/x-7z-compressed", ExtractArchive},
    {"application/x-rar-compressed", ExtractArchive},
    {"application/rar", ExtractArchive},
    {"application/x-rar", ExtractArchive},
    {"application/x-archive", ExtractArchive},
    {"application/vnd.debian.binary-package", ExtractArchive},
    {"application/x-debian-package", ExtractArchive},
    {"application/x-rpm", ExtractArchive},
    {"application/x-redhat-package-manager", ExtractArchive},
    {"application/x-cpio", ExtractArchive},
    {"application/x-cab", ExtractArchive},
    {"application/vnd.ms-cab-compressed", ExtractArchive},
    {"application/x-iso9660-image", ExtractArchive},
    {"application/x-lha", ExtractArchive},
    {"application/x-xar", ExtractArchive},
    {"application/warc", ExtractArchive},

    // Records.
    {"application/vnd.sqlite3", ExtractSqlite},
    {"application/x-sqlite3", ExtractSqlite},
    {"application/vnd.apache.avro", ExtractAvro},
    {"application/vnd.apache.parquet", ExtractParquet},
    {"application/vnd.apache.orc", ExtractOrc},
    {"application/vnd.apache.arrow.file", ExtractArrow},
    {"application/vnd.apache.arrow.stream", ExtractArrow},
};

// Types outside text/ whose bytes are text all the same.
constexpr std::string_view kPlainText[] = {
    "application/javascript",
    "application/pgp",
    "application/pgp-encrypted",
    "application/pgp-keys",
    "application/pgp-signature",
    "application/postscript",
    "application/vnd.cups-ppd",
    "application/vnd.dvb.ait",
    "application/x-bibtex",
    "application/x-javascript",
    "application/x-maker",
    "application/x-nawk",
    "application/x-ns-proxy-autoconfig",
    "application/x-perl",
    "application/x-shellscript",
    "application/x-subrip",
    "application/x-tex-tfm",
    "application/x-texinfo",
    "application/x-troff-man",
    "application/x-wais-source",
    "application/x-x509-ca-cert",
    "application/x-xfig",
    "application/x-pem-file",
    "chemical/x-cache",
    "chemical/x-cerius",
    "chemical/x-gamess-input",
    "chemical/x-genbank",
    "chemical/x-mdl-sdfile",
    "chemical/x-pdb",
    "chemical/x-rosdal",
};

std::unordered_map<std::string_view, ExtractFn> BuildTable() {
  std::unordered_map<std::string_view, ExtractFn> table;
  for (const std::string_view type : kPlainText) table.emplace(type, ExtractText);
  for (const Row& row : kRows) table[row.content_type] = row.extract;
  return table;
}

}  // namespace

ExtractFn FindExtractor(std::string_view content_type) {
  static const std::unordered_map<std::string_view, ExtractFn> table = BuildTable();
  const auto found = table.find(content_type);
  if (found != table.end()) return found->second;
  return content_type.starts_with("text/") ? ExtractText : nullptr;
}

}  // namespace assay
