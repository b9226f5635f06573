// The sandbox of the processes that read hostile bytes. It needs no privilege: rlimits,
// no-new-privs, landlock and a seccomp allow-list hold for any user and inside a default container;
// user, network and IPC namespaces are added where the system allows them. See docs/sandbox.md.
//
// Call from a process with one thread. Nothing here can be undone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace assay {

struct WorkerSandboxOptions {
  uint64_t memory_limit_bytes = 0;  // address space beyond what is mapped now; 0 = no limit
};
// For the process that parses: afterwards it can compute, use its memory and talk over
// `control_fd`. Opening files gives EACCES, new threads EAGAIN; sockets, exec, fork, ptrace,
// signals to others and every other call end the process with SIGSYS. Fails when seccomp is not to
// be had. Landlock is a second wall: a kernel without it is accepted, because the seccomp list
// reaches no file either.
Status EnterWorkerSandbox(const WorkerSandboxOptions& options, int control_fd);

struct ToolSandboxOptions {
  uint64_t memory_limit_bytes = 0;
  uint64_t output_limit_bytes = 0;  // size of any file written
  uint32_t cpu_seconds = 0;
  bool may_fork = false;              // for a helper that starts the program itself
  std::vector<std::string> readable;  // directories the program may read and execute from
  std::vector<std::string> writable;  // directories it may create files in
};
// For a separate program about to be executed: read-only view of `readable`, no network, no ptrace,
// limits. Fails when seccomp or landlock is not to be had: the program is then not run.
Status EnterToolSandbox(const ToolSandboxOptions& options);

// Gives the calling process its own user, network and IPC namespace, and a mount namespace when
// `mounts`. False where the system does not allow that.
bool EnterNamespaces(bool mounts);

// True in a build with AddressSanitizer or ThreadSanitizer, which map terabytes at their start:
// the limit on address space does not apply there.
bool SanitizerBuild();

// Sets the soft limit of CPU time to `seconds` from now. Beyond it the process gets SIGXCPU.
void ArmCpuLimit(uint32_t seconds);

}  // namespace assay
