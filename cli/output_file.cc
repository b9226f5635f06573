#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace assay {
namespace {

constexpr size_t kBufferBytes = 64 * 1024;

}  // namespace

OutputFile::OutputFile(int fd, std::string name, uint64_t offset)
    : fd_(fd), name_(std::move(name)), offset_(offset) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      offset_(other.offset_),
      buffer_(std::move(other.buffer_)) {}

OutputFile::~OutputFile() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

Result<OutputFile> OutputFile::Create(const std::string& path) {
  if (path.empty() || path == "-") return OutputFile(STDOUT_FILENO, "standard output", 0);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoStatus(errno, "cannot write " + path);
  return OutputFile(fd, path, 0);
}

Result<OutputFile> OutputFile::Reopen(const std::string& path, uint64_t offset) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "cannot go on writing " + path);
  OutputFile file(fd, path, offset);
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return ErrnoStatus(errno, path);
  if (static_cast<uint64_t>(facts.st_size) < offset) {
    return InvalidArgument(path +
                           " is shorter than when the state file was written; delete the "
                           "state file to start again");
  }
  if (ftruncate(fd, static_cast<off_t>(offset)) != 0 ||
      lseek(fd, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return ErrnoStatus(errno, path);
  }
  return file;
}

Status OutputFile::Write(std::string_view text) {
  buffer_ += text;
  offset_ += text.size();
  return buffer_.size() < kBufferBytes ? Status::Ok() : Flush();
}

Status OutputFile::Flush() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t wrote = write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EPIPE) return Cancelled("the reader of " + name_ + " is gone");
    if (wrote < 0) return ErrnoStatus(errno, "cannot write " + name_);
    done += static_cast<size_t>(wrote);
  }
  buffer_.clear();
  return Status::Ok();
}

Status OutputFile::Sync() {
  ASSAY_RETURN_IF_ERROR(Flush());
  if (fd_ > STDERR_FILENO && fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
    return ErrnoStatus(errno, "cannot write " + name_);
  }
  return Status::Ok();
}

}  // namespace assay
