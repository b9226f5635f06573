// The formats Assay tells apart by content, and which function reads each.
#pragma once

#include <string_view>

#include "base/status.h"
#include "extract/byte_source.h"
#include "extract/extractor.h"

namespace assay {

// How a recognised object is read.
struct Format {
  std::string_view content_type;  // MIME type, one of classic-content-types.tsv where it has one
  ExtractFn extract;              // null: recognised, not read (unsupported-format)
};

// Decides by the bytes of `head` (up to ByteSource::kMaxHead from the start); `name` (key or member
// name) breaks ties such as text/csv against text/plain. Never fails: unknown binary is
// application/octet-stream with no extractor, unknown text is text/plain.
//
// Everything is decided by signatures and rules of our own: libmagic would cost some 7 ms to load
// and 300 microseconds a buffer, and must open files.
Format DetectFormat(std::string_view head, std::string_view name);

// Builds the tables of detection and decoding and makes ICU load its converters. Call once before
// the process is locked in, so that nothing needs a file afterwards. About a millisecond.
Status PrepareFormatDetection();

}  // namespace assay
