// ClassifierProcess: one assay-classifier, seen from the side that started it.
//
// Thread rule: one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "classify/protocol.h"

namespace assay {

// A file descriptor that closes itself.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

// A memfd of `size` bytes; its number is above those that a started program uses.
Result<UniqueFd> MakeMemfd(const char* name, uint64_t size);

// Path of assay-classifier: `given`, or the one beside this program when that is "".
Result<std::string> ClassifierProgram(const std::string& given);

struct ProcessStart {
  std::string program;  // path of assay-classifier
  std::string setup;    // EncodeWorkerSetup
  ArenaLayout layout;
};

class ClassifierProcess {
 public:
  // Starts the program and waits until it says that its sandbox holds.
  static Result<std::unique_ptr<ClassifierProcess>> Start(const ProcessStart& start);
  // Kills and reaps it.
  ~ClassifierProcess();
  ClassifierProcess(const ClassifierProcess&) = delete;
  ClassifierProcess& operator=(const ClassifierProcess&) = delete;

  enum class Heard { kMessage, kNothing, kGone };
  // Waits at most `timeout` for a message. kGone: the process ended or sent something else than a
  // message.
  Heard Receive(std::chrono::milliseconds timeout, Message* message);
  // False when the process is gone.
  bool Send(const Message& message);

  char* bank(size_t index) { return arena_ + ArenaLayout::BankOffset(index); }
  char* output(size_t index) { return arena_ + ArenaLayout::OutputOffset(index); }
  char* range() { return arena_ + ArenaLayout::RangeOffset(); }
  char* large() { return arena_ + ArenaLayout::LargeOffset(); }
  const ArenaLayout& layout() const { return layout_; }
  // What the process says it is reading: a hint.
  uint64_t reading() const;
  pid_t pid() const { return pid_; }

  // Ends the process now; returns its wait status (waitpid).
  int Kill();

 private:
  ClassifierProcess() = default;
  Status Spawn(const ProcessStart& start);
  Status AwaitReady();

  pid_t pid_ = -1;
  UniqueFd control_;
  char* arena_ = nullptr;
  ArenaLayout layout_;
};

// Runs `program` with `arguments` (the first is its name), an almost empty environment, and exactly
// the descriptors given: standard input, output and error (-1: /dev/null), then 3, 4 and so on.
struct SpawnRequest {
  std::string program;
  std::vector<std::string> arguments;
  int standard[3] = {-1, -1, -1};
  std::vector<int> descriptors;
  std::string directory;  // "" = the current one
};
Result<pid_t> SpawnProgram(const SpawnRequest& request);

}  // namespace assay
