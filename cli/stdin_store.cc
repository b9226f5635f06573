// OpenStdin: standard input as a store of one object.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "cli/scan_target.h"
#include "cli/stop_signal.h"

namespace assay {
namespace {

constexpr const char* kName = "standard input";

// Reads like pread, until `length` bytes are there or the file ends.
Result<uint64_t> ReadFully(int fd, uint64_t offset, char* out, uint64_t length) {
  uint64_t done = 0;
  while (done < length) {
    const ssize_t got = pread(fd, out + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, kName);
    if (got == 0) break;
    done += static_cast<uint64_t>(got);
  }
  return done;
}

class StdinStore final : public ObjectStore {
 public:
  StdinStore(int fd, bool owns_fd, uint64_t size) : fd_(fd), owns_fd_(owns_fd) {
    object_.key = "-";
    object_.size = size;
    object_.last_modified_ms = static_cast<int64_t>(time(nullptr)) * 1000;
  }
  ~StdinStore() override {
    if (owns_fd_) close(fd_);
  }

  Result<std::vector<BucketInfo>> ListBuckets() override { return std::vector<BucketInfo>{}; }
  Result<ListPage> List(const std::string& /*bucket*/, const std::string& /*prefix*/,
                        const std::string& /*continuation*/, uint32_t /*max_keys*/) override {
    ListPage page;
    page.objects.push_back(object_);
    return page;
  }
  Result<ObjectInfo> Head(const std::string& /*bucket*/, const std::string& /*key*/) override {
    return object_;
  }
  Result<uint64_t> Read(ObjectInfo* /*object*/, uint64_t offset, char* out,
                        uint64_t length) override {
    return ReadFully(fd_, offset, out, length);
  }

 private:
  int fd_;
  bool owns_fd_;
  ObjectInfo object_;
};

// A file without a name in TMPDIR that vanishes with its descriptor.
Result<int> UnnamedFile() {
  const char* folder = std::getenv("TMPDIR");
  std::string path =
      std::string(folder == nullptr || *folder == '\0' ? "/tmp" : folder) + "/assay-stdin-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "cannot make a temporary file for " + std::string(kName));
  unlink(path.c_str());
  return fd;
}

Status WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t wrote = write(fd, data, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus(errno, "cannot keep a copy of " + std::string(kName));
    data += wrote;
    size -= static_cast<size_t>(wrote);
  }
  return Status::Ok();
}

// Waits until standard input has something to say; kCancelled at Ctrl-C.
Status WaitForStdin() {
  constexpr int kPatienceMs = 200;
  pollfd waited{STDIN_FILENO, POLLIN, 0};
  while (!StopRequested()) {
    const int ready = poll(&waited, 1, kPatienceMs);
    if (ready > 0) return Status::Ok();
    if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, kName);
  }
  return Cancelled("interrupted");
}

// Copies standard input to `fd`, at most `most` bytes; returns how many.
Result<uint64_t> CopyStdin(int fd, uint64_t most) {
  static constexpr size_t kPiece = 256 * 1024;
  const auto buffer = std::make_unique<char[]>(kPiece);
  uint64_t copied = 0;
  while (copied < most) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(kPiece, most - copied));
    ASSAY_RETURN_IF_ERROR(WaitForStdin());
    const ssize_t got = read(STDIN_FILENO, buffer.get(), want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, kName);
    if (got == 0) break;
    ASSAY_RETURN_IF_ERROR(WriteAll(fd, buffer.get(), static_cast<size_t>(got)));
    copied += static_cast<uint64_t>(got);
  }
  return copied;
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> OpenStdin(uint64_t limit) {
  struct stat facts {};
  if (fstat(STDIN_FILENO, &facts) != 0) return ErrnoStatus(errno, kName);
  if (S_ISREG(facts.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
    return std::shared_ptr<ObjectStore>(
        std::make_shared<StdinStore>(STDIN_FILENO, false, static_cast<uint64_t>(facts.st_size)));
  }
  ASSAY_ASSIGN_OR_RETURN(const int fd, UnnamedFile());
  const Result<uint64_t> size = CopyStdin(fd, limit == 0 ? UINT64_MAX : limit + 1);
  if (!size.ok()) {
    close(fd);
    return size.status();
  }
  return std::shared_ptr<ObjectStore>(std::make_shared<StdinStore>(fd, true, *size));
}

}  // namespace assay
