#include "cli/resume_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace assay {
namespace {

constexpr std::string_view kMagic = "assay-resume 1";

// The numbers of a summary under their names in the file; one list for both directions.
std::vector<std::pair<std::string, uint64_t*>> Counters(ScanSummary* summary) {
  std::vector<std::pair<std::string, uint64_t*>> counters = {
      {"objects", &summary->objects},
      {"classified", &summary->classified},
      {"skipped", &summary->skipped},
      {"failed", &summary->failed},
      {"partial", &summary->partial},
      {"bytes_classified", &summary->bytes_classified},
      {"high_risk", &summary->high_risk},
      {"with_findings", &summary->with_findings},
      {"detections", &summary->detections},
      {"scan_errors", &summary->scan_errors},
      {"fail_on_matches", &summary->fail_on_matches},
      {"unchanged", &summary->unchanged},
      {"target_errors", &summary->target_errors},
  };
  for (size_t i = 0; i < kOutcomeReasons; ++i) {
    counters.emplace_back(fmt::format("reason_{}", i), &summary->by_reason[i]);
  }
  return counters;
}

// One line's worth: PercentEncodeInvalid leaves controls alone, a newline would end the value.
std::string EncodeValue(std::string_view value) {
  std::string out;
  for (const char c : PercentEncodeInvalid(value)) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

bool ReadNumber(const std::map<std::string, std::string>& values, const std::string& name,
                uint64_t* number) {
  const auto found = values.find(name);
  if (found == values.end()) return false;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

Status WriteDurably(const std::string& text, const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoStatus(errno, "cannot write the state file " + path);
  size_t done = 0;
  int error = 0;
  while (done < text.size() && error == 0) {
    const ssize_t wrote = write(fd, text.data() + done, text.size() - done);
    if (wrote >= 0) {
      done += static_cast<size_t>(wrote);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && fsync(fd) != 0) error = errno;
  close(fd);
  return error == 0 ? Status::Ok() : ErrnoStatus(error, "cannot write the state file " + path);
}

// Makes a rename durable. Best effort: some file systems refuse to sync a directory.
void SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(fsync(fd));
  close(fd);
}

}  // namespace

Result<std::optional<ResumeState>> LoadResumeState(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<ResumeState>();
    return ErrnoStatus(errno, "cannot read the state file " + path);
  }
  const Status damaged = DataLoss(path +
                                  " is no state file of assay scan, or it is damaged; give "
                                  "another name or delete it");
  std::string line;
  if (!std::getline(file, line) || line != kMagic) return damaged;
  std::map<std::string, std::string> values;
  bool ended = false;
  while (!ended && std::getline(file, line)) {
    const size_t space = line.find(' ');
    ended = line == "end";
    if (!ended && space == std::string::npos) return damaged;
    if (!ended) values[line.substr(0, space)] = PercentDecode(line.substr(space + 1));
  }
  ResumeState state;
  uint64_t wrote_any = 0;
  uint64_t complete = 0;
  uint64_t milliseconds = 0;
  bool good = ended && ReadNumber(values, "output_offset", &state.output_offset) &&
              ReadNumber(values, "wrote_any", &wrote_any) &&
              ReadNumber(values, "complete", &complete) &&
              ReadNumber(values, "milliseconds", &milliseconds);
  for (const auto& [name, counter] : Counters(&state.summary)) {
    good = good && ReadNumber(values, name, counter);
  }
  if (!good) return damaged;
  state.wrote_any = wrote_any != 0;
  state.complete = complete != 0;
  state.summary.seconds = static_cast<double>(milliseconds) / 1000;
  state.command = values["command"];
  state.target = values["target"];
  state.page = values["page"];
  state.last_key = values["last_key"];
  return std::optional<ResumeState>(std::move(state));
}

Status SaveResumeState(const ResumeState& state, const std::string& path) {
  std::string text = std::string(kMagic) + "\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{} {}\n", name, EncodeValue(value));
  };
  add("command", state.command);
  add("output_offset", std::to_string(state.output_offset));
  add("wrote_any", state.wrote_any ? "1" : "0");
  add("target", state.target);
  add("page", state.page);
  add("last_key", state.last_key);
  add("complete", state.complete ? "1" : "0");
  add("milliseconds", std::to_string(static_cast<uint64_t>(state.summary.seconds * 1000)));
  ScanSummary summary = state.summary;
  for (const auto& [name, counter] : Counters(&summary)) add(name, std::to_string(*counter));
  text += "end\n";
  const std::string temporary = path + ".tmp";
  ASSAY_RETURN_IF_ERROR(WriteDurably(text, temporary));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return ErrnoStatus(errno, "cannot write the state file " + path);
  }
  SyncFolderOf(path);
  return Status::Ok();
}

}  // namespace assay
