#include "classify/columnar_rows_program.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "classify/sandbox.h"
#include "extract/columnar.h"

namespace assay {
namespace {

constexpr uint64_t kMemoryBytes = 2ull << 30;
constexpr uint64_t kArrowBytes = 512ull << 20;
constexpr size_t kOutputBytes = size_t{64} << 10;
constexpr int kControlFd = STDERR_FILENO;  // there is no parent to talk to but by the rows

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

// Turns the cells of the wanted columns into CSV on standard output.
class CsvHost final : public ColumnarHost {
 public:
  CsvHost(std::string_view file, std::vector<std::string> columns)
      : file_(file), wanted_(std::move(columns)), row_(wanted_.size()) {}

  uint64_t size() const override { return file_.size(); }
  int64_t ReadAt(uint64_t offset, char* out, uint64_t n) override {
    if (offset >= file_.size()) return 0;
    const uint64_t count = std::min<uint64_t>(n, file_.size() - offset);
    std::memcpy(out, file_.data() + offset, count);
    return static_cast<int64_t>(count);
  }
  uint64_t input_budget() const override { return UINT64_MAX; }
  uint64_t memory_limit() const override { return kArrowBytes; }

  void NameColumn(uint32_t column, std::string_view /*name*/, std::string_view path) override {
    if (column >= place_.size()) place_.resize(column + 1, wanted_.size());
    for (size_t i = 0; i < wanted_.size(); ++i) {
      if (path.starts_with("$.") && path.substr(2) == wanted_[i]) place_[column] = i;
    }
  }
  void AddCell(uint32_t column, std::string_view text) override {
    const size_t place = column < place_.size() ? place_[column] : wanted_.size();
    if (place < wanted_.size()) row_[place] = text;
  }
  bool EndRow() override {
    for (size_t i = 0; i < row_.size(); ++i) {
      if (i > 0) output_ += ',';
      Quote(row_[i]);
      row_[i].clear();
    }
    output_ += '\n';
    return output_.size() < kOutputBytes || Flush();
  }

  bool Flush() {
    std::string_view left = output_;
    while (!left.empty()) {
      const ssize_t done = write(STDOUT_FILENO, left.data(), left.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      left.remove_prefix(static_cast<size_t>(done));
    }
    output_.clear();
    return true;
  }

 private:
  void Quote(std::string_view text) {
    output_ += '"';
    for (const char c : text) {
      if (c == '"') output_ += '"';
      output_ += c;
    }
    output_ += '"';
  }

  const std::string_view file_;
  const std::vector<std::string> wanted_;
  std::vector<size_t> place_;  // by column of the file: which wanted one it is
  std::vector<std::string> row_;
  std::string output_;
};

int ExitOf(ColumnarOutcome outcome) {
  switch (outcome) {
    case ColumnarOutcome::kDone:
      return kExitRowsDone;
    case ColumnarOutcome::kUnsupported:
    case ColumnarOutcome::kEncrypted:
      return kExitRowsUnsupported;
    case ColumnarOutcome::kOutOfMemory:
      return kExitRowsMemory;
    default:
      return kExitRowsDamaged;
  }
}

}  // namespace

int RunColumnarRowsProgram(const std::vector<std::string>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (arguments.size() != 3 || (arguments[0] != "parquet" && arguments[0] != "orc")) {
    return kExitRowsUsage;
  }
  if (!ColumnarPluginLoaded()) return kExitRowsUnsupported;
  struct stat info {};
  if (fstat(STDIN_FILENO, &info) != 0 || info.st_size <= 0) return kExitRowsDamaged;
  const auto size = static_cast<size_t>(info.st_size);
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
  if (mapped == MAP_FAILED) return kExitRowsMemory;
  WorkerSandboxOptions options;
  options.memory_limit_bytes = kMemoryBytes;
  if (!EnterWorkerSandbox(options, kControlFd).ok()) return kExitRowsUnsupported;
  ArmCpuLimit(static_cast<uint32_t>(std::strtoul(arguments[1].c_str(), nullptr, 10)));
  CsvHost host({static_cast<const char*>(mapped), size}, Split(arguments[2]));
  const ColumnarFormat format =
      arguments[0] == "orc" ? ColumnarFormat::kOrc : ColumnarFormat::kParquet;
  const int code = ExitOf(ReadColumnarFile(format, &host));
  // What was read before the damage is of no use: the caller gives a damaged file up.
  return code == kExitRowsDone && !host.Flush() ? kExitRowsDamaged : code;
}

}  // namespace assay
