// Recognising binary formats by the bytes they begin with.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

namespace assay {

// MIME type of the binary format `head` begins with, "" when no signature fits. `name` decides
// between members of one family (a .pages file is a ZIP file). Costs well below a microsecond.
std::string_view MatchSignature(std::string_view head, std::string_view name);

// What kind of ZIP file `head` begins with: by the names of its first members and, for the kinds
// that differ only in a flag within, by the ending of `name`.
std::string_view ZipType(std::string_view head, std::string_view name);

// What kind of OLE2 compound file (Microsoft's [MS-CFB]) `head` begins with: by the stream names
// of its directory where they are within `head`, by the ending of `name` where not.
std::string_view OleType(std::string_view head, std::string_view name);

// The lower-case ending of a name after its last dot ("csv"), at most 15 bytes; else "".
// `buffer` holds the result.
struct EndingBuffer {
  char bytes[16];
};
std::string_view LowerEnding(std::string_view name, EndingBuffer* buffer);

}  // namespace assay
