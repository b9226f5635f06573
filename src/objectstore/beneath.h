// Opening paths that never leave a directory, whatever links and renames an attacker makes.
//
// Thread rule: functions are free; a FileDescriptor belongs to one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace assay {

// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// How OpenBeneath walks: by openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS) in one call where the
// kernel and its filters allow it (Linux 5.6), else component by component without following links.
enum class WalkMethod { kBest, kByComponent };

// Opens `path`, relative to the directory `root_fd`, with open(2) flags `flags` (O_CLOEXEC,
// O_NOCTTY and O_NONBLOCK are added, so that a pipe or device put in a file's place cannot block).
// No component of it may be empty, ".", ".." or a link. On failure the descriptor is not ok() and
// errno says why: ELOOP for a link, EINVAL for a forbidden component.
FileDescriptor OpenBeneath(int root_fd, std::string_view path, int flags,
                           WalkMethod method = WalkMethod::kBest);

}  // namespace assay
