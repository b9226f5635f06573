#include "objectstore/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

namespace assay {
namespace {

// Set once openat2 turned out to be missing or filtered.
std::atomic<bool> openat2_missing{false};

bool HasOnlyPlainComponents(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return false;
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

int OpenInOneCall(int root_fd, const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<unsigned>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    const long fd = syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof(how));
    // EAGAIN: a rename raced with the walk; it cannot lose for ever.
    if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) return static_cast<int>(fd);
  }
}

int OpenPart(int dir_fd, const std::string& part, int flags) {
  int fd = -1;
  do {
    fd = openat(dir_fd, part.c_str(), flags | O_NOFOLLOW);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

FileDescriptor OpenByComponent(int root_fd, std::string_view path, int flags) {
  FileDescriptor held;
  int dir_fd = root_fd;
  size_t start = 0;
  for (;;) {
    const size_t slash = path.find('/', start);
    if (slash == std::string_view::npos) {
      return FileDescriptor(OpenPart(dir_fd, std::string(path.substr(start)), flags));
    }
    const std::string part(path.substr(start, slash - start));
    FileDescriptor next(OpenPart(dir_fd, part, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!next.ok()) return next;
    held = std::move(next);
    dir_fd = held.get();
    start = slash + 1;
  }
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ < 0) return;
  const int saved_errno = errno;
  close(fd_);
  errno = saved_errno;
}

FileDescriptor OpenBeneath(int root_fd, std::string_view path, int flags, WalkMethod method) {
  if (!HasOnlyPlainComponents(path)) {
    errno = EINVAL;
    return FileDescriptor();
  }
  flags |= O_CLOEXEC | O_NOFOLLOW;
  // openat2 refuses flags that mean nothing together with O_PATH, which openat ignores.
  if ((flags & O_PATH) == 0) flags |= O_NOCTTY | O_NONBLOCK;
  if (method == WalkMethod::kBest && path.size() < PATH_MAX &&
      !openat2_missing.load(std::memory_order_relaxed)) {
    const int fd = OpenInOneCall(root_fd, std::string(path), flags);
    // A seccomp filter that does not know the call answers ENOSYS or EPERM.
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return FileDescriptor(fd);
    if (errno == ENOSYS) openat2_missing.store(true, std::memory_order_relaxed);
  }
  return OpenByComponent(root_fd, path, flags);
}

}  // namespace assay
