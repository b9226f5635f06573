// The parts of MIME that mail and web archives need: header fields (RFC 5322), encoded words
// (RFC 2047), parameters with continuations (RFC 2231), transfer encodings and multipart bodies
// (RFC 2045, 2046). Everything works on views of the message; nothing recurses.
//
// Ours rather than GMime's: GMime decodes character sets with iconv, which loads a module from a
// file for each, and the sandbox has no files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct HeaderField {
  std::string_view name;
  std::string value;  // unfolded, as sent: encoded words are not decoded
};

// A header block and what follows it.
struct MimeEntity {
  std::vector<HeaderField> fields;
  std::string_view body;
  // The last value of the first field of that name (any case), "" when there is none.
  std::string_view Find(std::string_view name) const;
};

// "text/html; charset=utf-8" or "attachment; filename=a.txt".
struct MimeValue {
  std::string value;  // lower case
  struct Parameter {
    std::string name;   // lower case
    std::string value;  // UTF-8
  };
  std::vector<Parameter> parameters;
  std::string_view Find(std::string_view name) const;
};

// Reads header fields up to the empty line. A line that is no field ends the header too.
MimeEntity ParseEntity(std::string_view message);

// Decodes =?charset?Q?...?= and =?charset?B?...?=; other bytes that are not UTF-8 are read as
// windows-1252.
std::string DecodeHeaderText(std::string_view value);

MimeValue ParseMimeValue(std::string_view value);

// `encoding` is the Content-Transfer-Encoding; unknown ones (7bit, 8bit, binary) give `body` as it
// is. Damaged input gives what can be decoded.
std::string DecodeTransfer(std::string_view body, std::string_view encoding);

// The parts between the delimiter lines of `boundary`, at most `max_parts`; a body whose closing
// delimiter is missing ends with its last byte.
std::vector<std::string_view> SplitMultipart(std::string_view body, std::string_view boundary,
                                             size_t max_parts);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace assay
