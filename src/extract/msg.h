// Outlook messages ([MS-OXMSG]): properties with their names (subject, people, transport headers,
// contact and appointment data), the body as plain text, HTML or compressed RTF, attachments as
// members, messages within messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extract/extractor.h"
#include "extract/ole.h"

namespace assay {

Status ExtractMsg(OleFile& file, ExtractContext& context);

// Expands compressed RTF ([MS-OXRTFCP]: LZFu, or stored as MELA) to at most `max` bytes. Damaged
// input gives what came before the damage.
std::string DecompressRtf(std::string_view compressed, uint64_t max);

}  // namespace assay
