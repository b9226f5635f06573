#include "classify/tool_host.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "classify/tool_program.h"

namespace assay {
namespace {

constexpr uint64_t kMaxToolInput = 1ull << 30;
constexpr uint64_t kMaxToolOutput = 1ull << 30;
constexpr int kLookEveryMs = 200;

Status StatusOfExit(int status, uint64_t output_size, bool truncated) {
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) == 0) return {};
    if (WEXITSTATUS(status) == kExitToolMissing) return Unimplemented("the tool is not installed");
    if (WEXITSTATUS(status) == kExitToolNoSandbox) {
      return Unimplemented("the tool cannot be locked in on this system");
    }
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    return DeadlineExceeded("the tool used up its time");
  }
  // A tool that complained about damage at the end, or was stopped at the limit of its output, has
  // still read something.
  if (truncated || output_size > 0) return {};
  return DataLoss("the tool refused the document");
}

}  // namespace

Status ToolHost::Begin(uint64_t tool, uint64_t input_size) {
  output_ = UniqueFd();
  output_size_ = 0;
  input_ = UniqueFd();
  if (tool > static_cast<uint64_t>(Tool::kLzop)) return InvalidArgument("no such tool");
  if (input_size > kMaxToolInput) return ResourceExhausted("the document is too large for a tool");
  tool_ = static_cast<Tool>(tool);
  input_room_ = input_size;
  ASSAY_ASSIGN_OR_RETURN(input_, MakeMemfd("assay-tool-input", 0));
  return {};
}

Status ToolHost::Input(std::string_view part) {
  if (!input_.ok() || part.size() > input_room_) return InvalidArgument("no input was announced");
  while (!part.empty()) {
    const ssize_t done = write(input_.get(), part.data(), part.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return ResourceExhausted("no memory for the input of a tool");
    part.remove_prefix(static_cast<size_t>(done));
    input_room_ -= static_cast<uint64_t>(done);
  }
  return {};
}

Result<int> ToolHost::Await(int pid, const std::function<bool()>& cancelled) const {
  const UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  Status killed;
  if (handle.ok()) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_);
    pollfd wait{handle.get(), POLLIN, 0};
    while (killed.ok() && poll(&wait, 1, kLookEveryMs) <= 0) {
      if (cancelled && cancelled()) killed = Cancelled("cancelled");
      if (std::chrono::steady_clock::now() >= end) {
        killed = DeadlineExceeded("the tool took too long");
      }
    }
  }
  // Without pidfd_open (before Linux 5.3) the limit on CPU time alone ends a loop.
  if (!killed.ok()) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ASSAY_RETURN_IF_ERROR(killed);
  return status;
}

Result<ToolHost::Output> ToolHost::Run(uint64_t max_output,
                                       const std::function<bool()>& cancelled) {
  const UniqueFd input = std::move(input_);
  if (!input.ok()) return InvalidArgument("no input was announced");
  lseek(input.get(), 0, SEEK_SET);
  ASSAY_ASSIGN_OR_RETURN(output_, MakeMemfd("assay-tool-output", 0));
  const uint64_t limit = std::min(max_output, kMaxToolOutput);
  SpawnRequest request;
  request.program = program_;
  request.arguments = {"assay-classifier", "--tool", ToolName(tool_), std::to_string(limit),
                       std::to_string(timeout_ms_ / 1000 + 1)};
  request.standard[0] = input.get();
  request.standard[1] = output_.get();
  request.directory = "/";
  ASSAY_ASSIGN_OR_RETURN(const pid_t pid, SpawnProgram(request));
  ASSAY_ASSIGN_OR_RETURN(const int status, Await(pid, cancelled));
  struct stat info {};
  if (fstat(output_.get(), &info) != 0) return ErrnoStatus(errno, "the tool's output");
  Output result;
  output_size_ = std::min(static_cast<uint64_t>(info.st_size), limit);
  result.size = output_size_;
  result.truncated = static_cast<uint64_t>(info.st_size) > limit ||
                     (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
  ASSAY_RETURN_IF_ERROR(StatusOfExit(status, result.size, result.truncated));
  return result;
}

uint64_t ToolHost::Read(uint64_t offset, char* out, uint64_t length) const {
  if (!output_.ok() || offset >= output_size_) return 0;
  const uint64_t wanted = std::min(length, output_size_ - offset);
  const ssize_t got = pread(output_.get(), out, wanted, static_cast<off_t>(offset));
  return got > 0 ? static_cast<uint64_t>(got) : 0;
}

}  // namespace assay
