#include "cli/hash_key.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace assay {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kMinKeyBytes = 16;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string RandomKey() {
  std::string key(kKeyBytes, '\0');
  size_t done = 0;
  while (done < key.size()) {
    const ssize_t got = getrandom(key.data() + done, key.size() - done, 0);
    if (got > 0) done += static_cast<size_t>(got);
    if (got < 0 && errno != EINTR) std::abort();  // no randomness: no promise can be kept
  }
  return key;
}

std::string UserKeyPath() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/assay/hash-key";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return {};
  return std::string(home) + "/.local/state/assay/hash-key";
}

// Creates the user's key. Two first runs at once: link(2) lets one win, both then read its key.
void CreateUserKey(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(folder, error);
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return;
  const std::string key = RandomKey();
  const bool wrote =
      write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(fd) == 0;
  close(fd);
  // When it fails somebody else's key is there already, or there will be none: both are seen later.
  if (wrote && link(temporary.c_str(), path.c_str()) != 0) errno = 0;
  unlink(temporary.c_str());
}

}  // namespace

Result<std::string> LoadHashKey(const std::string& path) {
  if (!path.empty()) {
    std::string key = ReadAll(path);
    if (key.size() >= kMinKeyBytes) return key;
    return InvalidArgument("--hash-key: " + path +
                           " cannot be read or holds fewer than 16 bytes; "
                           "make one with: head -c 32 /dev/urandom > " +
                           path);
  }
  const char* from_environment = std::getenv("ASSAY_HASH_KEY");
  if (from_environment != nullptr && *from_environment != '\0')
    return std::string(from_environment);
  const std::string user_path = UserKeyPath();
  if (user_path.empty()) return RandomKey();
  std::string key = ReadAll(user_path);
  if (key.size() < kMinKeyBytes) {
    CreateUserKey(user_path);
    key = ReadAll(user_path);
  }
  return key.size() >= kMinKeyBytes ? key : RandomKey();
}

}  // namespace assay
