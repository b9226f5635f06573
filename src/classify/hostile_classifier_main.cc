// A classifier whose engine does what the object's key says: the sandbox, the protocol and the pool
// are the real ones. Only tests run it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "classify/protocol.h"
#include "classify/tool_program.h"
#include "classify/worker.h"

namespace assay {
namespace {

// FNV-1a, to see that all bytes arrived in order.
uint64_t Checksum(std::string_view bytes, uint64_t sum = 14695981039346656037ull) {
  for (const char c : bytes) sum = (sum ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return sum;
}

void ReadForward(ByteSource& source, Classification* result) {
  uint64_t sum = Checksum("");
  for (;;) {
    const auto bytes = source.Next(100'000);
    if (!bytes.ok() || bytes->empty()) break;
    sum = Checksum(*bytes, sum);
    result->bytes_classified += bytes->size();
  }
  result->partial = source.truncated();
  result->status_reason = std::to_string(sum);
}

void ReadAll(ByteSource& source, Classification* result) {
  const auto bytes = source.All(size_t{1} << 30);
  if (!bytes.ok()) return;
  result->bytes_classified = bytes->size();
  result->status_reason = std::to_string(Checksum(*bytes));
}

void ReadTail(ByteSource& source, Classification* result) {
  char tail[16] = {};
  const uint64_t size = source.size().value_or(0);
  const auto got = source.ReadAt(size - std::min<uint64_t>(size, 8), tail, 8);
  result->encoding = got.ok() ? std::string(tail, *got) : "failed";
}

void RunTool(ByteSource& source, Tool tool, ToolRunner* tools, Classification* result) {
  const auto input = source.All(size_t{1} << 30);
  bool truncated = false;
  const auto output = tools->Run(tool, input.ok() ? *input : "", 100'000, &truncated);
  result->partial = truncated;
  result->status_reason = output.ok() ? *output : output.status().ToString();
}

void Loop() {
  std::atomic<uint64_t> turns{0};
  for (;;) ++turns;
}

void Sleep() {
  for (;;) sleep(1000);
}

void EatMemory() {
  std::vector<std::unique_ptr<char[]>> all;
  for (;;) {
    all.push_back(std::make_unique<char[]>(1 << 20));
    std::memset(all.back().get(), 1, 1 << 20);
  }
}

void SendGarbage() {
  const std::string garbage(777, '\xee');
  send(kControlFd, garbage.data(), garbage.size(), 0);
  Sleep();
}

void SendMessage(MessageType type, uint32_t bank, uint64_t a, uint64_t b, uint64_t c) {
  const Message message{type, bank, a, b, c};
  send(kControlFd, &message, sizeof(message), 0);
  Sleep();
}

// Deeper than any stack; the sum keeps the frames alive.
int OverflowStack(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  if (depth == 0) return 0;
  return OverflowStack(depth - 1) + frame[0];
}

// What hostile code might try first. Each returns -1 with errno when it was refused in words.
long TryOpen() { return open("/etc/passwd", O_RDONLY); }
long TryStat() {
  struct stat info {};
  return stat("/etc/passwd", &info);
}
long TryCreate() { return open("/tmp/assay-sandbox-test", O_CREAT | O_WRONLY, 0600); }
long TrySocket() { return socket(AF_INET, SOCK_STREAM, 0); }
long TryUnixSocket() { return socket(AF_UNIX, SOCK_STREAM, 0); }
long TryFork() { return fork(); }
long TryVfork() { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }
long TryExec() {
  char path[] = "/bin/true";
  char* argv[] = {path, nullptr};
  return execve(path, argv, argv + 1);
}
long TryPtrace() { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }
long TryKillParent() { return kill(getppid(), SIGKILL); }
long TryReadParent() { return syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0); }
long TryExecutableMemory() {
  return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                 MAP_FAILED
             ? -1
             : 0;
}
long TryUnshare() { return syscall(SYS_unshare, CLONE_NEWUSER); }
long TryBpf() { return syscall(SYS_bpf, 0, nullptr, 0); }
long TryIoUring() { return syscall(SYS_io_uring_setup, 1, nullptr); }
long TryMemfd() { return memfd_create("x", 0); }
long TryPassDescriptor() {
  msghdr message{};
  return sendmsg(kControlFd, &message, 0);
}

const std::map<std::string, std::function<long()>>& Attempts() {
  static const std::map<std::string, std::function<long()>> attempts = {
      {"open", TryOpen},
      {"stat", TryStat},
      {"create", TryCreate},
      {"socket", TrySocket},
      {"unix", TryUnixSocket},
      {"fork", TryFork},
      {"clone", TryVfork},
      {"exec", TryExec},
      {"ptrace", TryPtrace},
      {"kill", TryKillParent},
      {"peek", TryReadParent},
      {"mmap-exec", TryExecutableMemory},
      {"unshare", TryUnshare},
      {"bpf", TryBpf},
      {"io_uring", TryIoUring},
      {"memfd", TryMemfd},
      {"sendmsg", TryPassDescriptor}};
  return attempts;
}

// "refused:13", or "worked" when the sandbox has a hole.
std::string Attempt(const std::string& what) {
  const auto attempt = Attempts().find(what);
  if (attempt == Attempts().end()) return "unknown";
  errno = 0;
  return attempt->second() == -1 ? "refused:" + std::to_string(errno) : "worked";
}

std::string TryThread() {
  try {
    std::thread([] {}).join();
    return "worked";
  } catch (const std::exception&) {
    return "refused";
  }
}

std::string OpenDescriptors() {
  std::string open;
  for (int fd = 0; fd < 256; ++fd) {
    if (lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF) open += std::to_string(fd) + " ";
  }
  return open;
}

void ManyOccurrences(size_t count, Classification* result) {
  DetectionGroup group;
  group.id = "TEST";
  group.count = count;
  group.occurrences.resize(count);
  for (Occurrence& occurrence : group.occurrences) occurrence.redacted = std::string(100, 'r');
  result->detections.push_back(std::move(group));
}

class HostileEngine final : public ObjectEngine {
 public:
  void Classify(ByteSource& source, const std::string& key, ToolRunner* tools,
                Classification* result) override {
    result->outcome = Outcome::kClassified;
    const size_t colon = key.find(':');
    const std::string verb = key.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : key.substr(colon + 1);
    if (!Misbehave(verb, rest, result)) Behave(source, verb, rest, tools, result);
  }

 private:
  static bool Misbehave(const std::string& verb, const std::string& rest, Classification* result) {
    if (verb == "crash") std::abort();
    if (verb == "segv") raise(SIGSEGV);
    if (verb == "exit") _exit(0);
    if (verb == "loop") Loop();
    if (verb == "sleep") Sleep();
    if (verb == "oom") EatMemory();
    if (verb == "stack") result->mimetype_risk = static_cast<uint32_t>(OverflowStack(1 << 30));
    if (verb == "garbage") SendGarbage();
    if (verb == "result-bank") SendMessage(MessageType::kResults, 99, 10, 1, 0);
    if (verb == "result-size") SendMessage(MessageType::kResults, 0, ~0ull, 1, 0);
    if (verb == "result-bytes") SendMessage(MessageType::kResults, 0, 1000, 1, 0);
    if (verb == "need-large") SendMessage(MessageType::kNeed, 0, 0, 1 << 20, kWindowLarge);
    if (verb == "unasked") SendMessage(MessageType::kReady, 0, 0, 0, 0);
    if (verb == "try") {
      result->status_reason = Attempt(rest);
    } else if (verb == "thread") {
      result->status_reason = TryThread();
    } else if (verb == "fds") {
      result->status_reason = OpenDescriptors();
    } else if (verb == "many") {
      ManyOccurrences(std::strtoull(rest.c_str(), nullptr, 10), result);
    } else {
      return false;
    }
    return true;
  }

  static void Behave(ByteSource& source, const std::string& verb, const std::string& rest,
                     ToolRunner* tools, Classification* result) {
    if (verb == "all") {
      ReadAll(source, result);
    } else if (verb == "tail") {
      ReadTail(source, result);
    } else if (verb == "tool") {
      RunTool(source, static_cast<Tool>(std::strtoul(rest.c_str(), nullptr, 10)), tools, result);
    } else {
      ReadForward(source, result);
    }
  }
};

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--worker") == 0) {
    return assay::RunWorker(
        [](const assay::WorkerSetup&) -> assay::Result<std::unique_ptr<assay::ObjectEngine>> {
          return std::unique_ptr<assay::ObjectEngine>(std::make_unique<assay::HostileEngine>());
        });
  }
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--tool") {
    return assay::RunToolProgram({arguments.begin() + 1, arguments.end()});
  }
  return 2;
}
