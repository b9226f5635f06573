#include "classify/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace assay {
namespace {

// The rights of each version of the interface; the system's header may be older than its kernel.
constexpr uint64_t kRightsV1 = (1ull << 13) - 1;
constexpr uint64_t kRefer = 1ull << 13;     // version 2
constexpr uint64_t kTruncate = 1ull << 14;  // version 3
constexpr uint64_t kIoctlDev = 1ull << 15;  // version 5
constexpr uint64_t kTcp = 3;                // version 4: bind and connect
constexpr uint64_t kScopes = 3;             // version 6: abstract sockets and signals

struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

size_t AttributesSize(int version) { return version >= 6 ? 24 : version >= 4 ? 16 : 8; }

uint64_t HandledFiles(int version) {
  uint64_t rights = kRightsV1;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kIoctlDev;
  return rights;
}

Status Allow(int ruleset, const std::string& directory, uint64_t rights) {
  const int fd = open(directory.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return {};  // what is not there needs no rule
    return ErrnoStatus(errno, "landlock: opening " + directory);
  }
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd;
  const long done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  const int error = errno;
  close(fd);
  return done == 0 ? Status() : ErrnoStatus(error, "landlock: adding a rule");
}

Status AllowAll(int ruleset, const LandlockRules& rules, uint64_t handled) {
  constexpr uint64_t kRead =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  for (const std::string& directory : rules.readable) {
    ASSAY_RETURN_IF_ERROR(Allow(ruleset, directory, kRead));
  }
  const uint64_t write = handled & ~(LANDLOCK_ACCESS_FS_EXECUTE | kIoctlDev);
  for (const std::string& directory : rules.writable) {
    ASSAY_RETURN_IF_ERROR(Allow(ruleset, directory, write));
  }
  return {};
}

}  // namespace

Status RestrictFiles(const LandlockRules& rules) {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Unimplemented("this kernel offers no landlock");
  const int known = static_cast<int>(version);
  RulesetAttributes attributes{};
  attributes.handled_access_fs = HandledFiles(known);
  attributes.handled_access_net = known >= 4 ? kTcp : 0;
  attributes.scoped = known >= 6 ? kScopes : 0;
  const long ruleset = syscall(SYS_landlock_create_ruleset, &attributes, AttributesSize(known), 0);
  if (ruleset < 0) return ErrnoStatus(errno, "landlock: creating the rules");
  const int fd = static_cast<int>(ruleset);
  Status status = AllowAll(fd, rules, attributes.handled_access_fs);
  if (status.ok() && syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
    status = ErrnoStatus(errno, "landlock: restricting the process");
  }
  close(fd);
  return status;
}

}  // namespace assay
