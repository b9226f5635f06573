// OutputFile: where the report goes: standard output or a file, with the offset that --resume
// needs.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

class OutputFile {
 public:
  // "" or "-": standard output. Otherwise the file is created (mode 0600: reports name secrets'
  // places) or emptied.
  static Result<OutputFile> Create(const std::string& path);
  // Opens an existing file and cuts it to `offset` bytes. kInvalidArgument when it is shorter: it
  // is not what the state file was written for.
  static Result<OutputFile> Reopen(const std::string& path, uint64_t offset);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Buffers; writes in pieces of some 64 KB. kCancelled: the reader has closed the pipe.
  Status Write(std::string_view text);
  Status Flush();
  // Flush, and wait until the bytes are on the disk (nothing to wait for on standard output).
  Status Sync();
  // Bytes given to Write so far, plus those kept by Reopen.
  uint64_t offset() const { return offset_; }

 private:
  OutputFile(int fd, std::string name, uint64_t offset);

  int fd_;
  std::string name_;
  uint64_t offset_;
  std::string buffer_;
};

}  // namespace assay
