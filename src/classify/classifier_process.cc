#include "classify/classifier_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "classify/sandbox.h"

namespace assay {
namespace {

// Above every number that SpawnProgram places a descriptor at.
constexpr int kFirstFreeFd = 16;
constexpr std::chrono::seconds kStartTimeout{60};

// The same descriptor under a number >= kFirstFreeFd.
UniqueFd MoveUp(UniqueFd fd) {
  const int moved = fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd);
  return UniqueFd(moved);
}

// What posix_spawn is to do in the new process before it becomes the program.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void Place(const SpawnRequest& request) {
    if (!request.directory.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions_, request.directory.c_str());
    }
    for (int i = 0; i < 3; ++i) {
      if (request.standard[i] >= 0) {
        posix_spawn_file_actions_adddup2(&actions_, request.standard[i], i);
      } else if (i < 2 || !SanitizerBuild()) {  // a sanitizer must be able to say what it found
        posix_spawn_file_actions_addopen(&actions_, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY,
                                         0);
      }
    }
    int number = 3;
    for (const int fd : request.descriptors) {
      posix_spawn_file_actions_adddup2(&actions_, fd, number++);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, number);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Signals as a fresh program expects them, whatever the caller blocked or ignored.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: Ctrl-C on the terminal is the parent's to handle.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.release();
  }
  return *this;
}

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) close(fd_);
}

int UniqueFd::release() { return std::exchange(fd_, -1); }

Result<UniqueFd> MakeMemfd(const char* name, uint64_t size) {
  UniqueFd low(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!low.ok()) return ErrnoStatus(errno, "memfd_create");
  UniqueFd fd = MoveUp(std::move(low));
  if (!fd.ok()) return ErrnoStatus(errno, "duplicating a descriptor");
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return ErrnoStatus(errno, "ftruncate");
  return fd;
}

Result<std::string> ClassifierProgram(const std::string& given) {
  if (!given.empty()) return given;
  std::array<char, 4096> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return Internal("cannot find out where this program lies");
  const std::string self(path.data(), static_cast<size_t>(size));
  return self.substr(0, self.rfind('/') + 1) + "assay-classifier";
}

Result<pid_t> SpawnProgram(const SpawnRequest& request) {
  FileActions actions;
  actions.Place(request);
  const SpawnAttributes attributes;
  std::vector<std::string> arguments = request.arguments;
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8",
                               "ASAN_OPTIONS=detect_leaks=0"};
  char* envp[] = {environment[0].data(), environment[1].data(),
                  SanitizerBuild() ? environment[2].data() : nullptr, nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, request.program.c_str(), actions.get(), attributes.get(),
                                argv.data(), envp);
  if (error != 0) return ErrnoStatus(error, "starting " + request.program);
  return pid;
}

Result<std::unique_ptr<ClassifierProcess>> ClassifierProcess::Start(const ProcessStart& start) {
  std::unique_ptr<ClassifierProcess> process(new ClassifierProcess);
  process->layout_ = start.layout;
  ASSAY_RETURN_IF_ERROR(process->Spawn(start));
  ASSAY_RETURN_IF_ERROR(process->AwaitReady());
  return process;
}

Status ClassifierProcess::Spawn(const ProcessStart& start) {
  ASSAY_ASSIGN_OR_RETURN(UniqueFd arena, MakeMemfd("assay-arena", layout_.TotalBytes()));
  // The other side can neither shrink it (which would turn our reads into SIGBUS) nor grow it.
  if (fcntl(arena.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return ErrnoStatus(errno, "sealing the arena");
  }
  void* mapped =
      mmap(nullptr, layout_.TotalBytes(), PROT_READ | PROT_WRITE, MAP_SHARED, arena.get(), 0);
  if (mapped == MAP_FAILED) return ErrnoStatus(errno, "mapping the arena");
  arena_ = static_cast<char*>(mapped);
  ASSAY_ASSIGN_OR_RETURN(UniqueFd setup, MakeMemfd("assay-setup", 0));
  if (write(setup.get(), start.setup.data(), start.setup.size()) !=
      static_cast<ssize_t>(start.setup.size())) {
    return ErrnoStatus(errno, "writing the classifier's set-up");
  }
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return ErrnoStatus(errno, "socketpair");
  }
  control_ = UniqueFd(pair[0]);
  const UniqueFd theirs = MoveUp(UniqueFd(pair[1]));
  if (!theirs.ok()) return ErrnoStatus(errno, "duplicating a descriptor");
  SpawnRequest request;
  request.program = start.program;
  request.arguments = {"assay-classifier", "--worker"};
  request.descriptors = {theirs.get(), arena.get(), setup.get()};
  ASSAY_ASSIGN_OR_RETURN(pid_, SpawnProgram(request));
  return {};
}

Status ClassifierProcess::AwaitReady() {
  Message message;
  if (Receive(kStartTimeout, &message) != Heard::kMessage) {
    return Internal("the classifier process ended before it was ready");
  }
  if (message.type == MessageType::kReady) return {};
  if (message.type != MessageType::kRefused) return Internal("the classifier spoke out of turn");
  // Said before any object was read, so by nobody but our own program.
  const std::string reason(output(0), std::min<uint64_t>(message.a, 4096));
  const bool known = message.b > 0 && message.b <= static_cast<uint64_t>(StatusCode::kInternal);
  return {known ? static_cast<StatusCode>(message.b) : StatusCode::kInternal, reason};
}

ClassifierProcess::~ClassifierProcess() {
  Kill();
  if (arena_ != nullptr) munmap(arena_, layout_.TotalBytes());
}

ClassifierProcess::Heard ClassifierProcess::Receive(std::chrono::milliseconds timeout,
                                                    Message* message) {
  pollfd wait{control_.get(), POLLIN, 0};
  const int ready = poll(&wait, 1, static_cast<int>(timeout.count()));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return Heard::kNothing;
  if (ready < 0) return Heard::kGone;
  // MSG_TRUNC makes recv tell the true size: a packet of any other size is no message.
  const ssize_t size = recv(control_.get(), message, sizeof(*message), MSG_DONTWAIT | MSG_TRUNC);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return Heard::kNothing;
  return size == static_cast<ssize_t>(sizeof(*message)) ? Heard::kMessage : Heard::kGone;
}

bool ClassifierProcess::Send(const Message& message) {
  for (;;) {
    // A peer that does not read its few messages fills the queue: it is as good as gone.
    const ssize_t size =
        send(control_.get(), &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size == static_cast<ssize_t>(sizeof(message))) return true;
    if (size < 0 && errno == EINTR) continue;
    return false;
  }
}

uint64_t ClassifierProcess::reading() const {
  return reinterpret_cast<const ArenaControl*>(arena_)->reading.load(std::memory_order_acquire);
}

int ClassifierProcess::Kill() {
  if (pid_ < 0) return 0;
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace assay
