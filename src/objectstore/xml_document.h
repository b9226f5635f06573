// Loading a reply of a store as XML, with a bound on what it may cost.
//
// Thread rule: pure function.
#pragma once

#include <pugixml.hpp>
#include <string_view>

#include "base/status.h"

namespace assay {

// kDataLoss: not well-formed, or more than `max_tags` elements (opening and closing each count).
Status LoadXml(std::string_view xml, size_t max_tags, pugi::xml_document* document);

}  // namespace assay
