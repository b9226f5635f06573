// ArchiveInput: a ByteSource as libarchive wants to read it.
//
// Thread rule: one thread. Used by the extractors that read through libarchive; not an interface
// of the folder.
#pragma once

#include <archive.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "extract/byte_source.h"

namespace assay {

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchiveHandle = std::unique_ptr<archive, ArchiveCloser>;

class ArchiveInput {
 public:
  // Everything in memory when `in_memory` is not empty (then seeking works), else forward from
  // `source`. Both must outlive the input.
  ArchiveInput(ByteSource& source, std::string_view in_memory)
      : source_(source), memory_(in_memory) {}

  // Opens `reader`, whose formats and filters are set. An ARCHIVE_* code.
  int Open(archive* reader);

  // Bytes of input used since the last call: the furthest point read counts, not what is read
  // again.
  uint64_t TakeConsumed();

 private:
  static la_ssize_t ReadBlock(archive* reader, void* self, const void** block);
  static la_int64_t SkipBytes(archive* reader, void* self, la_int64_t request);
  static la_int64_t SeekTo(archive* reader, void* self, la_int64_t offset, int whence);

  ByteSource& source_;
  std::string_view memory_;
  uint64_t position_ = 0;
  uint64_t furthest_ = 0;
  uint64_t reported_ = 0;
};

}  // namespace assay
