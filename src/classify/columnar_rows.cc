#include "classify/columnar_rows.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "classify/classifier_process.h"
#include "classify/columnar_rows_program.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookForCancelMs = 200;

std::string FormatName(ColumnarFormat format) {
  return format == ColumnarFormat::kOrc ? "orc" : "parquet";
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

// A started reader; killed and reaped when it goes.
class RowsProcess {
 public:
  RowsProcess() = default;
  RowsProcess(const RowsProcess&) = delete;
  RowsProcess& operator=(const RowsProcess&) = delete;
  ~RowsProcess() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    Reap();
  }

  Status Start(const ColumnarRowsRequest& request) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "a pipe for rows");
    output_ = UniqueFd(ends[0]);
    const UniqueFd inner(ends[1]);
    SpawnRequest spawn;
    ASSAY_ASSIGN_OR_RETURN(spawn.program, ClassifierProgram(request.program));
    spawn.arguments = {"assay-classifier", "--rows", FormatName(request.format),
                       std::to_string(request.timeout_ms / 1000 + 1), Joined(request.columns)};
    spawn.standard[0] = request.file;
    spawn.standard[1] = inner.get();
    spawn.directory = "/";
    ASSAY_ASSIGN_OR_RETURN(pid_, SpawnProgram(spawn));
    return Status::Ok();
  }

  int output() const { return output_.get(); }

  // Its wait status. REQUIRES: it closed its output, so that it is about to end.
  int Reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd output_;
};

Status AwaitOutput(const ColumnarRowsRequest& request, int fd, Clock::time_point deadline) {
  for (;;) {
    if (request.cancel != nullptr && *request.cancel)
      return Cancelled("reading rows was cancelled");
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return DeadlineExceeded("reading the rows of a file took too long");
    pollfd wait{fd, POLLIN, 0};
    const int ready =
        poll(&wait, 1, static_cast<int>(std::min<int64_t>(left.count(), kLookForCancelMs)));
    if (ready > 0) return Status::Ok();
    if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, "waiting for rows");
  }
}

Status StatusOfEnd(int status) {
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status) == SIGXCPU ? DeadlineExceeded("the rows of a file took too long")
                                       : DataLoss("the reader of a columnar file crashed");
  }
  switch (WEXITSTATUS(status)) {
    case kExitRowsDone:
      return Status::Ok();
    case kExitRowsUnsupported:
      return Unimplemented("a columnar file of a kind that is not read here");
    case kExitRowsMemory:
      return ResourceExhausted("a columnar file needs more memory than allowed");
    default:
      return DataLoss("a columnar file is damaged");
  }
}

}  // namespace

Status ReadColumnarRows(const ColumnarRowsRequest& request,
                        const std::function<Status(std::string_view)>& take) {
  RowsProcess process;
  ASSAY_RETURN_IF_ERROR(process.Start(request));
  const auto deadline = Clock::now() + std::chrono::milliseconds(request.timeout_ms);
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    ASSAY_RETURN_IF_ERROR(AwaitOutput(request, process.output(), deadline));
    const ssize_t got = read(process.output(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "reading rows");
    if (got == 0) return StatusOfEnd(process.Reap());
    ASSAY_RETURN_IF_ERROR(take({buffer.data(), static_cast<size_t>(got)}));
  }
}

}  // namespace assay
