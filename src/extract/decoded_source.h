// Reads what a Decoder gives as the inner form of an object (a.txt.gz -> a.txt), under all limits.
//
// Thread rule: one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "extract/decoder.h"
#include "extract/extractor.h"

namespace assay {

// Decompresses `source` through `decoder` and hands the result to context.ExtractInner. Input that
// is cut or damaged yields what comes out before, and a mark; so does a limit. kDataLoss: nothing
// came out at all.
Status ExtractDecoded(ByteSource& source, ExtractContext& context, Decoder& decoder);

// The name without the ending of its compression: "a.log.gz" -> "a.log", "a.tgz" -> "a.tar"; ""
// when it has none that is known.
std::string NameWithoutCompression(std::string_view name);

}  // namespace assay
