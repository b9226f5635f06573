#include "classify/tool_program.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "classify/sandbox.h"

namespace assay {
namespace {

constexpr uint64_t kToolMemoryBytes = 2ull << 30;
// Where the document is for a program that wants a path: standard input is a memfd.
constexpr char kInputPath[] = "/proc/self/fd/0";
// Mounted over in the private mount namespace of a tool that must write files.
constexpr char kScratch[] = "/tmp";

struct ToolEntry {
  Tool tool;
  const char* name;
  std::vector<std::string> arguments;
  bool writes_files;  // output files in kScratch instead of standard output
};

const std::vector<ToolEntry>& Tools() {
  static const std::vector<ToolEntry> tools = {
      {Tool::kPdfToText, "pdftotext", {"-q", "-enc", "UTF-8", "-", "-"}, false},
      {Tool::kCatDoc, "catdoc", {"-d", "utf-8", "-w", kInputPath}, false},
      {Tool::kXls2Csv, "xls2csv", {"-d", "utf-8", kInputPath}, false},
      {Tool::kCatPpt, "catppt", {"-d", "utf-8", kInputPath}, false},
      {Tool::kReadPst, "readpst", {"-q", "-j", "0", "-D", "-o", kScratch, kInputPath}, true},
      {Tool::kLzop, "lzop", {"-d", "-c"}, false},
  };
  return tools;
}

std::string FindProgram(const std::string& name) {
  for (const char* directory : {"/usr/bin/", "/usr/local/bin/", "/bin/"}) {
    std::string path = directory + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

bool WriteFile(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t done = write(fd, text.data(), text.size());
  close(fd);
  return done == static_cast<ssize_t>(text.size());
}

// A file system in memory that only this process sees and that goes with it.
bool MountScratch(uint64_t bytes) {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (!EnterNamespaces(true)) return false;
  WriteFile("/proc/self/setgroups", "deny");
  if (!WriteFile("/proc/self/uid_map", uid + " " + uid + " 1")) return false;
  if (!WriteFile("/proc/self/gid_map", gid + " " + gid + " 1")) return false;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string options = "mode=0700,nr_inodes=100000,size=" + std::to_string(bytes);
  return mount("scratch", kScratch, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options.c_str()) ==
         0;
}

void Become(const std::string& path, const ToolEntry& entry) {
  std::vector<std::string> arguments = entry.arguments;
  arguments.insert(arguments.begin(), entry.name);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
}

bool CopyToOutput(int fd) {
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got <= 0) return got == 0;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t done = write(STDOUT_FILENO, buffer + sent, static_cast<size_t>(got - sent));
      if (done <= 0) return false;
      sent += done;
    }
  }
}

// Writes every file of the scratch directory to standard output, one after the other by name.
void CopyScratch() {
  DIR* directory = opendir(kScratch);
  if (directory == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = readdir(directory)) names.emplace_back(entry->d_name);
  closedir(directory);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const int fd = open((std::string(kScratch) + "/" + name).c_str(),
                        O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) continue;
    struct stat info {};
    const bool more = fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || CopyToOutput(fd);
    close(fd);
    if (!more) return;
  }
}

// Runs the program beside us and copies what it wrote to standard output.
int RunAndCollect(const std::string& path, const ToolEntry& entry) {
  const pid_t child = fork();
  if (child < 0) return kExitToolNoSandbox;
  if (child == 0) {
    // Only the files count; what the program says goes nowhere.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    Become(path, entry);
    _exit(kExitToolMissing);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  CopyScratch();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

std::string ToolName(Tool tool) {
  for (const ToolEntry& entry : Tools()) {
    if (entry.tool == tool) return entry.name;
  }
  return "";
}

int RunToolProgram(const std::vector<std::string>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (arguments.size() != 3) return 2;
  const auto& tools = Tools();
  const auto entry = std::find_if(tools.begin(), tools.end(), [&](const ToolEntry& candidate) {
    return arguments[0] == candidate.name;
  });
  if (entry == tools.end()) return 2;
  const std::string path = FindProgram(entry->name);
  if (path.empty()) return kExitToolMissing;
  const uint64_t output = std::strtoull(arguments[1].c_str(), nullptr, 10);
  ToolSandboxOptions options;
  options.memory_limit_bytes = kToolMemoryBytes;
  options.output_limit_bytes = output + 1;  // one more, so that the parent sees it was cut
  options.cpu_seconds = static_cast<uint32_t>(std::strtoul(arguments[2].c_str(), nullptr, 10));
  options.readable = {"/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/var/cache/fontconfig"};
  if (entry->writes_files) {
    if (!MountScratch(output)) return kExitToolNoSandbox;
    options.writable = {kScratch};
    options.may_fork = true;
  } else {
    EnterNamespaces(false);
  }
  if (!EnterToolSandbox(options).ok()) return kExitToolNoSandbox;
  if (entry->writes_files) return RunAndCollect(path, *entry);
  Become(path, *entry);
  return kExitToolMissing;
}

}  // namespace assay
