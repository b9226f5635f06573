#include "cli/service/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace assay {
namespace {

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return ErrnoStatus(errno, "writing " + path);
    if (wrote > 0) text.remove_prefix(static_cast<size_t>(wrote));
  }
  return fsync(fd) == 0 ? Status::Ok() : ErrnoStatus(errno, "writing " + path);
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view text) {
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return ErrnoStatus(errno, "creating a file beside " + path);
  Status status = WriteAll(fd, text, path);
  close(fd);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus(errno, "replacing " + path);
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

Result<DataDirectory> DataDirectory::CreateOrOpen(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus(errno, "creating the data directory " + path);
  }
  const std::string key_path = path + "/assay.key";
  if (access(key_path.c_str(), F_OK) != 0) {
    ASSAY_RETURN_IF_ERROR(SealingKey::CreateFile(key_path).status());
  }
  return Open(path);
}

Result<DataDirectory> DataDirectory::Open(const std::string& path) {
  const std::string key_path = path + "/assay.key";
  if (access(key_path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return NotFound(path + " holds no service; make one with: assay init --dir " + path +
                    " --master-account ID");
  }
  ASSAY_ASSIGN_OR_RETURN(const SealingKey key, SealingKey::ReadFile(key_path));
  return DataDirectory(path, key);
}

std::string DataDirectory::LocalClientSecret() const { return key_.Derive("assay local client"); }

Status DataDirectory::Lock() {
  const std::string path = path_ + "/lock";
  // Never closed: the lock lasts as long as the process.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoStatus(errno, "opening " + path);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return Status::Ok();
  close(fd);
  return Unavailable("another assay serve already runs in " + path_);
}

Status DataDirectory::WriteAddress(std::string_view base_url) const {
  return WriteFileAtomically(path_ + "/address", std::string(base_url) + "\n");
}

void DataDirectory::RemoveAddress() const { unlink((path_ + "/address").c_str()); }

Result<std::string> DataDirectory::ReadAddress() const {
  std::string text = ReadWhole(path_ + "/address");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty()) return text;
  return NotFound("no service runs in " + path_ + "; start it with: assay serve --dir " + path_ +
                  ", or name the directory of a serve that runs on this machine");
}

}  // namespace assay
