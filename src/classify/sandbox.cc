#include "classify/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>

#include "classify/landlock.h"

namespace assay {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

void Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  // Lowering a limit cannot fail; where it is lower already, it stays.
  setrlimit(resource, &limit);
}

// Bytes of address space in use; 0 when /proc does not say.
uint64_t MappedBytes() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[64] = {};
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  return size > 0 ? std::strtoull(text, nullptr, 10) * static_cast<uint64_t>(getpagesize()) : 0;
}

void LimitMemory(uint64_t bytes) {
  if (bytes == 0 || SanitizerBuild()) return;
  Limit(RLIMIT_AS, MappedBytes() + bytes);
}

// Gives up every capability, also those that a new user namespace or root has.
void DropCapabilities() {
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  syscall(SYS_capset, &header, data);
}

Status NoNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus(errno, "no-new-privs");
  return {};
}

// Adds one rule per call; remembers whether any was refused.
class FilterBuilder {
 public:
  explicit FilterBuilder(uint32_t default_action) : filter_(seccomp_init(default_action)) {
    if (!filter_) return;
    seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }

  void All(uint32_t action, std::initializer_list<int> calls) {
    for (const int call : calls) Add(action, call, {});
  }
  void When(uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
    Add(action, call, conditions);
  }
  Status Load() {
    if (!filter_ || failed_) return Internal("the seccomp filter could not be made");
    const int error = seccomp_load(filter_.get());
    if (error != 0) return ErrnoStatus(-error, "seccomp is not available");
    return {};
  }

 private:
  void Add(uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
    if (!filter_ || call < 0) return;  // a call that this architecture does not have
    const int error = seccomp_rule_add_array(
        filter_.get(), action, call, static_cast<unsigned>(conditions.size()), conditions.begin());
    if (error != 0) failed_ = true;
  }
  Filter filter_;
  bool failed_ = false;
};

#define ASSAY_CALL(name) SCMP_SYS(name)

scmp_arg_cmp Equal(unsigned argument, uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
// (argument & mask) == value
scmp_arg_cmp Masked(unsigned argument, uint64_t mask, uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// Computing, memory and time: what any code needs.
void AllowComputing(FilterBuilder& filter) {
  filter.All(SCMP_ACT_ALLOW, {ASSAY_CALL(brk),
                              ASSAY_CALL(munmap),
                              ASSAY_CALL(mremap),
                              ASSAY_CALL(madvise),
                              ASSAY_CALL(futex),
                              ASSAY_CALL(sched_yield),
                              ASSAY_CALL(sched_getaffinity),
                              ASSAY_CALL(clock_gettime),
                              ASSAY_CALL(clock_getres),
                              ASSAY_CALL(clock_nanosleep),
                              ASSAY_CALL(nanosleep),
                              ASSAY_CALL(gettimeofday),
                              ASSAY_CALL(time),
                              ASSAY_CALL(getrandom),
                              ASSAY_CALL(getrusage),
                              ASSAY_CALL(times),
                              ASSAY_CALL(sysinfo),
                              ASSAY_CALL(uname),
                              ASSAY_CALL(getpid),
                              ASSAY_CALL(getppid),
                              ASSAY_CALL(gettid),
                              ASSAY_CALL(getuid),
                              ASSAY_CALL(geteuid),
                              ASSAY_CALL(getgid),
                              ASSAY_CALL(getegid),
                              ASSAY_CALL(rt_sigaction),
                              ASSAY_CALL(rt_sigprocmask),
                              ASSAY_CALL(rt_sigreturn),
                              ASSAY_CALL(sigaltstack),
                              ASSAY_CALL(restart_syscall),
                              ASSAY_CALL(rseq),
                              ASSAY_CALL(membarrier),
                              ASSAY_CALL(exit),
                              ASSAY_CALL(exit_group)});
  // Memory, never executable.
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(mmap), {Masked(2, PROT_EXEC, 0)});
  filter.When(SCMP_ACT_ERRNO(EACCES), ASSAY_CALL(mmap), {Masked(2, PROT_EXEC, PROT_EXEC)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(mprotect), {Masked(2, PROT_EXEC, 0)});
  filter.When(SCMP_ACT_ERRNO(EACCES), ASSAY_CALL(mprotect), {Masked(2, PROT_EXEC, PROT_EXEC)});
}

// abort() and limits: of this process only.
void AllowOwnProcess(FilterBuilder& filter) {
  const auto self = static_cast<uint64_t>(getpid());
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(tgkill), {Equal(0, self)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(prlimit64), {Equal(0, 0)});
  filter.All(SCMP_ACT_ALLOW, {ASSAY_CALL(getrlimit), ASSAY_CALL(setrlimit)});
}

// Talking to the parent, and using descriptors that are open already (the standard streams lead to
// /dev/null).
void AllowControl(FilterBuilder& filter, int control_fd) {
  const auto fd = static_cast<uint64_t>(control_fd);
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(recvfrom), {Equal(0, fd)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(sendto), {Equal(0, fd), Equal(4, 0)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(write), {Equal(0, STDOUT_FILENO)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(write), {Equal(0, STDERR_FILENO)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(writev), {Equal(0, STDERR_FILENO)});
  filter.When(SCMP_ACT_ALLOW, ASSAY_CALL(read), {Equal(0, STDIN_FILENO)});
  filter.All(SCMP_ACT_ALLOW, {ASSAY_CALL(close), ASSAY_CALL(lseek), ASSAY_CALL(fstat)});
  // How a sanitizer finds out whether an address can be read.
  if (SanitizerBuild()) {
    filter.All(SCMP_ACT_ALLOW,
               {ASSAY_CALL(pipe), ASSAY_CALL(pipe2), ASSAY_CALL(write), ASSAY_CALL(read)});
  }
}

// Libraries try these with good intent (a locale, a codec table, a pool of threads) and can live
// with a refusal: nothing is gained by ending the process.
void RefusePolitely(FilterBuilder& filter) {
  filter.All(SCMP_ACT_ERRNO(EACCES),
             {ASSAY_CALL(open), ASSAY_CALL(openat), ASSAY_CALL(openat2), ASSAY_CALL(creat),
              ASSAY_CALL(stat), ASSAY_CALL(lstat), ASSAY_CALL(newfstatat), ASSAY_CALL(statx),
              ASSAY_CALL(access), ASSAY_CALL(faccessat), ASSAY_CALL(faccessat2),
              ASSAY_CALL(readlink), ASSAY_CALL(readlinkat), ASSAY_CALL(getcwd), ASSAY_CALL(statfs),
              ASSAY_CALL(unlink), ASSAY_CALL(unlinkat)});
  filter.All(SCMP_ACT_ERRNO(EPERM), {ASSAY_CALL(prctl), ASSAY_CALL(memfd_create),
                                     ASSAY_CALL(sched_setaffinity), ASSAY_CALL(fcntl)});
  filter.All(SCMP_ACT_ERRNO(ENOTTY), {ASSAY_CALL(ioctl)});
  filter.All(SCMP_ACT_ERRNO(ENOSYS), {ASSAY_CALL(clone3)});
  filter.When(SCMP_ACT_ERRNO(EAGAIN), ASSAY_CALL(clone), {Masked(0, CLONE_THREAD, CLONE_THREAD)});
}

Status LoadWorkerFilter(int control_fd) {
  FilterBuilder filter(SCMP_ACT_KILL_PROCESS);
  AllowComputing(filter);
  AllowOwnProcess(filter);
  AllowControl(filter, control_fd);
  RefusePolitely(filter);
  return filter.Load();
}

// A program we did not write: everything but what reaches other processes, the network or the
// system. The file system is landlock's business.
Status LoadToolFilter(bool may_fork) {
  FilterBuilder filter(SCMP_ACT_ALLOW);
  filter.All(SCMP_ACT_ERRNO(EPERM), {ASSAY_CALL(socket),
                                     ASSAY_CALL(socketpair),
                                     ASSAY_CALL(connect),
                                     ASSAY_CALL(bind),
                                     ASSAY_CALL(listen),
                                     ASSAY_CALL(accept),
                                     ASSAY_CALL(accept4),
                                     ASSAY_CALL(ptrace),
                                     ASSAY_CALL(process_vm_readv),
                                     ASSAY_CALL(process_vm_writev),
                                     ASSAY_CALL(pidfd_open),
                                     ASSAY_CALL(pidfd_getfd),
                                     ASSAY_CALL(kcmp),
                                     ASSAY_CALL(bpf),
                                     ASSAY_CALL(perf_event_open),
                                     ASSAY_CALL(userfaultfd),
                                     ASSAY_CALL(mount),
                                     ASSAY_CALL(umount2),
                                     ASSAY_CALL(pivot_root),
                                     ASSAY_CALL(chroot),
                                     ASSAY_CALL(unshare),
                                     ASSAY_CALL(setns),
                                     ASSAY_CALL(keyctl),
                                     ASSAY_CALL(add_key),
                                     ASSAY_CALL(request_key),
                                     ASSAY_CALL(io_uring_setup),
                                     ASSAY_CALL(kexec_load),
                                     ASSAY_CALL(init_module),
                                     ASSAY_CALL(finit_module),
                                     ASSAY_CALL(open_by_handle_at),
                                     ASSAY_CALL(move_mount),
                                     ASSAY_CALL(open_tree),
                                     ASSAY_CALL(fsopen),
                                     ASSAY_CALL(syslog),
                                     ASSAY_CALL(quotactl),
                                     ASSAY_CALL(reboot),
                                     ASSAY_CALL(swapon)});
  filter.All(SCMP_ACT_ERRNO(ENOSYS), {ASSAY_CALL(clone3)});
  if (!may_fork) {
    filter.All(SCMP_ACT_ERRNO(EPERM), {ASSAY_CALL(fork), ASSAY_CALL(vfork)});
    filter.When(SCMP_ACT_ERRNO(EPERM), ASSAY_CALL(clone), {Masked(0, CLONE_THREAD, 0)});
  }
  if (!may_fork) {
    filter.All(SCMP_ACT_ERRNO(EPERM),
               {ASSAY_CALL(kill), ASSAY_CALL(tkill), ASSAY_CALL(rt_sigqueueinfo)});
  }
  return filter.Load();
}

#undef ASSAY_CALL

}  // namespace

bool SanitizerBuild() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

bool EnterNamespaces(bool mounts) {
  return unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | (mounts ? CLONE_NEWNS : 0)) == 0;
}

void ArmCpuLimit(uint32_t seconds) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const rlim_t now = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  rlimit limit{};
  getrlimit(RLIMIT_CPU, &limit);
  limit.rlim_cur = now + seconds + 1;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
  }
  setrlimit(RLIMIT_CPU, &limit);
}

Status EnterWorkerSandbox(const WorkerSandboxOptions& options, int control_fd) {
  EnterNamespaces(false);  // where allowed; nothing rests on it
  LimitMemory(options.memory_limit_bytes);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, 0);
  Limit(RLIMIT_NPROC, 0);
  DropCapabilities();
  ASSAY_RETURN_IF_ERROR(NoNewPrivileges());
  const Status files = RestrictFiles({});
  if (!files.ok() && files.code() != StatusCode::kUnimplemented) return files;
  Limit(RLIMIT_NOFILE, SanitizerBuild() ? 64 : static_cast<rlim_t>(control_fd) + 1);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return LoadWorkerFilter(control_fd);
}

Status EnterToolSandbox(const ToolSandboxOptions& options) {
  LimitMemory(options.memory_limit_bytes);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_NOFILE, 64);
  if (options.output_limit_bytes > 0) Limit(RLIMIT_FSIZE, options.output_limit_bytes);
  if (options.cpu_seconds > 0) Limit(RLIMIT_CPU, options.cpu_seconds);
  DropCapabilities();
  ASSAY_RETURN_IF_ERROR(NoNewPrivileges());
  ASSAY_RETURN_IF_ERROR(RestrictFiles({options.readable, options.writable}));
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return LoadToolFilter(options.may_fork);
}

}  // namespace assay
