// Which encoding a text has, and reading it as UTF-8.
//
// Thread rule: one thread per object.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extract/byte_source.h"

namespace assay {

bool IsAscii(std::string_view bytes);

// ICU's name for the encoding of `sample`: by BOM, then UTF-8 by validity, UTF-16/32 by where the
// NULs are, else ICU's detector on a bounded part ("windows-1252", "Shift_JIS", "GB18030"...).
// "US-ASCII" for ASCII. `sample` may be cut anywhere.
std::string DetectEncoding(std::string_view sample);

// A source's bytes as UTF-8, chunk by chunk; without a copy where they are UTF-8 already.
class Utf8Stream {
 public:
  // `declared`: what the text says about itself (XML declaration), "" for nothing; a BOM and the
  // bytes themselves win over it.
  Utf8Stream(ByteSource& source, std::string_view declared);
  ~Utf8Stream();

  // The next chunk of at least one byte; empty at the end. Valid until the next call.
  Result<std::string_view> Next();
  // True when the chunk given last is known to be the last.
  bool at_end() const { return at_end_; }
  // Offset in the object of the first byte given: behind a UTF-8 BOM, else 0.
  size_t skipped() const { return skipped_; }
  const std::string& encoding() const { return encoding_; }

 private:
  struct Converter;
  void Decide(std::string_view chunk);
  std::string_view Convert(std::string_view bytes, bool flush);

  ByteSource& source_;
  std::string declared_;
  std::string encoding_ = "US-ASCII";
  std::unique_ptr<Converter> converter_;
  std::string_view pending_;  // bytes of the source's chunk that wait for conversion
  std::unique_ptr<char[]> converted_;
  size_t converted_size_ = 0;
  uint64_t consumed_ = 0;
  size_t skipped_ = 0;
  bool decided_ = false;
  bool first_ = true;
  bool at_end_ = false;
  bool flushed_ = false;
};

}  // namespace assay
