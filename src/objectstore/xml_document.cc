#include "objectstore/xml_document.h"

#include <algorithm>

namespace assay {
namespace {

// Blank keys are keys, and line ends in them are bytes like any other.
constexpr unsigned kParse = pugi::parse_escapes | pugi::parse_cdata | pugi::parse_ws_pcdata_single;

}  // namespace

Status LoadXml(std::string_view xml, size_t max_tags, pugi::xml_document* document) {
  // Parsing costs memory by element, so a document of nothing but elements is turned away first.
  const auto tags = static_cast<size_t>(std::count(xml.begin(), xml.end(), '<'));
  if (tags > max_tags) return DataLoss("the store's reply has too many elements");
  if (!document->load_buffer(xml.data(), xml.size(), kParse, pugi::encoding_utf8)) {
    return DataLoss("the store's reply is no well-formed XML");
  }
  return Status::Ok();
}

}  // namespace assay
