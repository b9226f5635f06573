// What every extractor sees: bytes in, TextPieces out, and a context that holds the limits, takes
// the marks, and descends into members.
//
// One .cc file per format (csv.cc, pdf.cc, ...) defines one function of the shape ExtractFn, listed
// in formats.cc. An extractor
//  - emits what it can read, in order, even when the rest turns out to be damaged or cut;
//  - returns OK when it read the format to its end or to a limit (then it called Partial);
//  - returns kDataLoss when the bytes are damaged (pieces emitted before still count),
//    kUnimplemented when this flavour of the format is not read, kCancelled when OnText said stop;
//  - never throws, and frees everything on every path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/text_piece.h"
#include "extract/byte_source.h"
#include "extract/limits.h"

namespace assay {

// Why an object was read only in part. Codes follow the current Macie's
// classificationDetails.result.status.reason where it has one, ours (marked *) where not.
// The first mark of an object is the one recorded.
enum class PartialReason {
  kNone = 0,
  kFileExceedsSizeLimit,             // FILE_EXCEEDS_SIZE_LIMIT: only the first bytes were read
  kArchiveContainsUnprocessedFiles,  // ARCHIVE_CONTAINS_UNPROCESSED_FILES
  kArchiveNestingLevelOverLimit,     // ARCHIVE_NESTING_LEVEL_OVER_LIMIT
  kArchiveTotalBytesOverLimit,       // ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT
  kArchiveTotalDocumentsOverLimit,   // ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT
  kArchiveExceedsSizeLimit,          // ARCHIVE_EXCEEDS_SIZE_LIMIT: one member is too large
  kCompressionRatioOverLimit,        // * COMPRESSION_RATIO_OVER_LIMIT: a decompression bomb
  kJsonNestingLevelOverLimit,        // JSON_NESTING_LEVEL_OVER_LIMIT
  kNestingLevelOverLimit,            // * NESTING_LEVEL_OVER_LIMIT: XML, HTML, YAML
  kMalformedFile,                    // MALFORMED_FILE: damaged after some text was read
  kEncrypted,                        // INVALID_ENCRYPTION: encrypted document or member
  kUnparsableMember,                 // UNABLE_TO_PARSE_FILE
  kTimeCutOff,                       // TIME_CUT_OFF_REACHED
};
// The wire code, "FILE_EXCEEDS_SIZE_LIMIT"; "" for kNone.
std::string_view PartialReasonCode(PartialReason reason);

// Programs outside our process that read formats we must not link a reader for (GPL) or that have
// no library. They run in a sandbox of their own, started by the parent of the classifier.
enum class Tool {
  kPdfToText,  // poppler: stdin PDF -> stdout UTF-8 text, form feed after each page
  kCatDoc,     // legacy Word
  kXls2Csv,    // legacy Excel
  kCatPpt,     // legacy PowerPoint
  kReadPst,    // Outlook PST -> mbox
  kLzop,       // .lzo
};

class ToolRunner {
 public:
  virtual ~ToolRunner() = default;
  // Runs `tool` on `input` and returns what it wrote to stdout, at most `max_output` bytes
  // (*truncated is then set). kUnimplemented: the program is not installed; kDataLoss: it refused
  // the input; kDeadlineExceeded; kResourceExhausted.
  virtual Result<std::string> Run(Tool tool, std::string_view input, uint64_t max_output,
                                  bool* truncated) = 0;
};

class ExtractContext {
 public:
  virtual ~ExtractContext() = default;

  // Hands a piece on. Fills in piece.member. False: stop and return Cancelled.
  virtual bool Emit(TextPiece piece) = 0;
  // Records why the reading is not complete.
  virtual void Partial(PartialReason reason) = 0;
  // Facts found on the way: the encoding of a text ("UTF-8", "windows-1252"; ICU names). The
  // first call for the outermost text wins.
  virtual void SetEncoding(std::string_view encoding) = 0;

  // Reads a member (archive entry, attachment, decompressed stream) by its own format, under all
  // limits, with `name` added to the member path. `name` is bytes as stored. A member that cannot
  // be read is marked on this context and is not an error of the archive: only kCancelled and
  // kResourceExhausted (a total limit is reached: stop, keep what there is) come back.
  virtual Status ExtractMember(std::string_view name, ByteSource& member) = 0;
  // A decompressed form of the same thing (a.txt.gz -> a.txt): counts as a level, but the member
  // path does not grow. `name_hint` is the name without the compression's ending, or "".
  virtual Status ExtractInner(std::string_view name_hint, ByteSource& inner) = 0;

  virtual ToolRunner* tools() = 0;  // null: no tools here (fuzzers, tests)
  virtual const ExtractLimits& limits() const = 0;
  // Name of what is being read now: the key, or the member's name. For hints by extension only.
  virtual std::string_view name() const = 0;
  // Bytes an expanding extractor may still produce in total and for this member; charged by the
  // sources that ExtractMember and ExtractInner are given, through `Charge`.
  // Charge(produced, consumed) adds to the totals; not OK when a limit is reached (marked already).
  virtual Status Charge(uint64_t produced, uint64_t consumed) = 0;
};

using ExtractFn = Status (*)(ByteSource& source, ExtractContext& context);

// What the outermost call found out, beside the pieces.
struct ExtractReport {
  std::string content_type;                // "text/csv": the outermost format, by content
  std::vector<std::string> content_types;  // outermost first, then those of members, unique
  std::string encoding;                    // of the outermost text, "" for binary formats
  PartialReason partial = PartialReason::kNone;
  uint64_t members = 0;         // members opened over all levels
  uint64_t text_bytes = 0;      // text handed to the sink
  bool needs_columnar = false;  // Parquet, ORC, Arrow without the plug-in
};

// Reads one object: finds its format by content (name only breaks ties), runs the extractor,
// descends into members. `tools` may be null.
// OK: read wholly or in part (report->partial). kUnimplemented: a format Assay does not read
// (report->content_type says which). kDataLoss: damaged before any text came out.
// kCancelled: the sink stopped. kResourceExhausted: over a limit before any text came out.
Status ExtractObject(ByteSource& source, std::string_view name, const ExtractLimits& limits,
                     ToolRunner* tools, TextSink& sink, ExtractReport* report);

}  // namespace assay
