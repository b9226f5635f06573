// Telling apart the many formats that are ZIP or OLE2 files inside.
#include <algorithm>
#include <cstdint>
#include <string>

#include "extract/signatures.h"

namespace assay {
namespace {

using std::string_view_literals::operator""sv;

struct Rule {
  std::string_view mark;    // member or stream name, or its beginning
  std::string_view ending;  // of the object's name; "" for any
  std::string_view type;
};

constexpr std::string_view kOoxml = "application/vnd.openxmlformats-officedocument.";

// In order: the first rule whose member is there (and whose ending fits) decides.
constexpr Rule kZipRules[] = {
    {"AndroidManifest.xml", "", "application/vnd.android.package-archive"},
    {"xl/workbook.bin", "", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
    {"xl/", "xltx", "application/vnd.openxmlformats-officedocument.spreadsheetml.template"},
    {"xl/", "xltm", "application/vnd.ms-excel.template.macroenabled.12"},
    {"xl/", "xlam", "application/vnd.ms-excel.addin.macroEnabled.12"},
    {"xl/", "xlsb", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
    {"xl/", "xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12"},
    {"xl/vbaProject.bin", "", "application/vnd.ms-excel.sheet.macroEnabled.12"},
    {"xl/", "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"word/vbaProject.bin", "", "application/vnd.ms-word.document.macroEnabled.12"},
    {"word/", "docm", "application/vnd.ms-word.document.macroEnabled.12"},
    {"word/", "dotx", "application/vnd.openxmlformats-officedocument.wordprocessingml.template"},
    {"word/", "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"ppt/", "ppsm", "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"},
    {"ppt/", "pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
    {"ppt/vbaProject.bin", "", "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
    {"ppt/", "ppsx", "application/vnd.openxmlformats-officedocument.presentationml.slideshow"},
    {"ppt/", "potx", "application/vnd.openxmlformats-officedocument.presentationml.template"},
    {"ppt/", "sldx", "application/vnd.openxmlformats-officedocument.presentationml.slide"},
    {"ppt/", "", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"FixedDocSeq.fdseq", "", "application/vnd.ms-xpsdocument"},
    {"FixedDocumentSequence.fdseq", "", "application/vnd.ms-xpsdocument"},
    {"theme/theme", "", "application/vnd.ms-officetheme"},
    {"Index/", "numbers", "application/x-iwork-numbers-sffnumbers"},
    {"Index/", "key", "application/x-iwork-keynote-sffkey"},
    {"Index/", "pages", "application/x-iwork-pages-sffpages"},
    {"Index.zip", "numbers", "application/x-iwork-numbers-sffnumbers"},
    {"Index.zip", "key", "application/x-iwork-keynote-sffkey"},
    {"Index.zip", "pages", "application/x-iwork-pages-sffpages"},
    {"AppManifest.xaml", "", "application/x-silverlight-app"},
    {"install.rdf", "", "application/x-xpinstall"},
    {"install.js", "xpi", "application/x-xpinstall"},
    {"doc.kml", "", "application/vnd.google-earth.kmz"},
    {"content.json", "xmind", "application/xmind"},
    {"content.xml", "xmind", "application/xmind"},
    {"META-INF/MANIFEST.MF", "", "application/java-archive"},
    {"META-INF/", "jar", "application/java-archive"},
};

// The types an ODF or EPUB file may name in its first member, "mimetype".
constexpr std::string_view kMimetypes[] = {
    "application/epub+zip",
    "application/vnd.oasis.opendocument.chart",
    "application/vnd.oasis.opendocument.graphics",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.sun.xml.writer",
    "application/vnd.sun.xml.calc",
    "application/vnd.sun.xml.impress",
};

constexpr Rule kOleRules[] = {
    {"__properties_version1.0", "", "application/vns.ms-outlook"},
    {"WordDocument", "", "application/msword"},
    {"PowerPoint Document", "", "application/vnd.ms-powerpoint"},
    {"VisioDocument", "", "application/vnd.visio"},
    {"Workbook", "", "application/vnd.ms-excel"},
    {"Book", "", "application/vnd.ms-excel"},
    {"Quill", "", "application/vnd.ms-publisher"},
    {"Props9", "", "application/vnd.ms-project"},
    {"Props12", "", "application/vnd.ms-project"},
    {"Props14", "", "application/vnd.ms-project"},
    {"MatOST", "", "application/vnd.ms-works"},
    {"\x40\x48\x3f\x3f\x77\x45", "", "application/x-msi"},
};

// For compound files whose directory lies behind the head.
constexpr Rule kOleEndings[] = {
    {"", "doc", "application/msword"},
    {"", "dot", "application/msword"},
    {"", "xls", "application/vnd.ms-excel"},
    {"", "xlt", "application/vnd.ms-excel"},
    {"", "xla", "application/vnd.ms-excel"},
    {"", "xlw", "application/vnd.ms-excel"},
    {"", "ppt", "application/vnd.ms-powerpoint"},
    {"", "pps", "application/vnd.ms-powerpoint"},
    {"", "pot", "application/vnd.ms-powerpoint"},
    {"", "msg", "application/vns.ms-outlook"},
    {"", "vsd", "application/vnd.visio"},
    {"", "vss", "application/vnd.visio"},
    {"", "vst", "application/vnd.visio"},
    {"", "msi", "application/x-msi"},
    {"", "pub", "application/vnd.ms-publisher"},
    {"", "mpp", "application/vnd.ms-project"},
    {"", "fla", "application/x-fla"},
    {"", "max", "application/octet-stream"},
};

uint32_t Le(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (at + i < bytes.size()) {
      value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    }
  }
  return value;
}

// Calls visit(name, data) for the members whose local headers lie in `head`.
template <typename Visit>
void VisitZipMembers(std::string_view head, Visit visit) {
  size_t at = 0;
  for (int members = 0; members < 256; ++members) {
    at = head.find("PK\x03\x04"sv, at);
    if (at == std::string_view::npos || at + 30 > head.size()) return;
    const uint32_t name_size = Le(head, at + 26, 2);
    const size_t data = at + 30 + name_size + Le(head, at + 28, 2);
    if (name_size == 0 || at + 30 + name_size > head.size()) return;
    visit(head.substr(at + 30, name_size),
          data < head.size() ? head.substr(data) : std::string_view());
    // Sizes may be unknown (streamed ZIP): then the next header is searched for.
    at = std::max(at + 30 + name_size, std::min(data + Le(head, at + 18, 4), head.size()));
  }
}

std::string Utf16Le(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) {
    wide.push_back(c);
    wide.push_back('\0');
  }
  return wide;
}

// The names of the directory sector that the header points to, if it is within `head`.
std::string_view OleDirectory(std::string_view head) {
  const uint32_t shift = Le(head, 30, 2);
  if (shift != 9 && shift != 12) return {};
  const uint64_t offset = (uint64_t{Le(head, 48, 4)} + 1) << shift;
  if (offset >= head.size()) return {};
  return head.substr(offset, 4096);
}

}  // namespace

std::string_view ZipType(std::string_view head, std::string_view name) {
  EndingBuffer buffer;
  const std::string_view ending = LowerEnding(name, &buffer);
  std::string_view found;
  size_t found_rank = std::size(kZipRules);
  bool first = true;
  bool ooxml = false;
  VisitZipMembers(head, [&](std::string_view member, std::string_view data) {
    if (first && member == "mimetype") {
      for (const std::string_view type : kMimetypes) {
        if (data.starts_with(type) && found_rank > 0) {
          found = type;
          found_rank = 0;
        }
      }
    }
    first = false;
    ooxml = ooxml || member == "[Content_Types].xml" || member.starts_with("_rels/");
    for (size_t rank = 0; rank < found_rank; ++rank) {
      const Rule& rule = kZipRules[rank];
      if (!member.starts_with(rule.mark)) continue;
      if (!rule.ending.empty() && rule.ending != ending) continue;
      found = rule.type;
      found_rank = rank;
    }
  });
  if (!found.empty()) return found;
  if (ooxml) {
    // An Office file whose telling members come later.
    for (const Rule& rule : kZipRules) {
      if (rule.type.starts_with(kOoxml) && !rule.ending.empty() && rule.ending == ending) {
        return rule.type;
      }
    }
    if (ending == "docx")
      return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    if (ending == "xlsx")
      return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    if (ending == "pptx")
      return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
  }
  return "application/zip";
}

std::string_view OleType(std::string_view head, std::string_view name) {
  // Directory entries hold names in UTF-16. The root entry's sector is looked at first, then the
  // whole head: the directory may continue elsewhere.
  for (const std::string_view area :
       {OleDirectory(head), head.substr(std::min<size_t>(512, head.size()))}) {
    for (const Rule& rule : kOleRules) {
      std::string wide = Utf16Le(rule.mark);
      wide.append(2, '\0');
      if (area.find(wide) != std::string_view::npos) return rule.type;
    }
  }
  EndingBuffer buffer;
  const std::string_view ending = LowerEnding(name, &buffer);
  for (const Rule& rule : kOleEndings) {
    if (rule.ending == ending) return rule.type;
  }
  return "application/x-ole-storage";
}

}  // namespace assay
