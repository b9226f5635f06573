// Archives, read by libarchive with its formats enabled one by one: no filter that starts a program
// is ever enabled, so reading works in a process that may start none.
//
// Thread rule: one thread.
#pragma once

#include "extract/extractor.h"

namespace assay {

// tar, cpio, ar (deb), zip (jar), 7z, rar (4 and 5), cab, iso9660, lha, xar, warc, and rpm. Tells
// them apart by content. Members are read in stored order under the names as stored (bytes, never
// used as paths). Encrypted members are marked kEncrypted and skipped; a damaged or cut archive
// yields the members before, and a mark. kDataLoss: not one member could be read.
Status ExtractArchive(ByteSource& source, ExtractContext& context);

}  // namespace assay
