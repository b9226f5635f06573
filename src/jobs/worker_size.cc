#include "jobs/worker_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

#include "jobs/classification_engine.h"
#include "jobs/object_batch.h"

namespace assay {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
// The worker itself, with its connections.
constexpr uint64_t kProgramBytes = 128 * kMiB;
// A classifier with nearly all objects: twice what one took that read 20 MB of CSV.
constexpr uint64_t kClassifierBytes = 128 * kMiB;
// What is read before a classifier is free for it: large objects, and a batch for each reader.
constexpr uint64_t kReadAheadBytes = kReadAheadBytesPerJob + kReadersPerJob * kBatchBytes;
// A unit in hand: a thousand objects, and what of their records is not in the database yet.
constexpr uint64_t kUnitInHandBytes = 16 * kMiB;
// What they take at least, when they have just begun.
constexpr uint64_t kLeastProgramBytes = 32 * kMiB;
constexpr uint64_t kLeastClassifierBytes = 24 * kMiB;
constexpr uint64_t kLeastUnitBytes = kMiB;
// One with each classifier, one that is being recorded, one that waits.
constexpr uint32_t kUnitsBesideClassifiers = 2;

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

// "MemAvailable:   123 kB", in bytes.
std::optional<uint64_t> MemInfo(const std::string& file, std::string_view name) {
  std::ifstream in(file);
  std::string word;
  while (in >> word) {
    if (word != name) continue;
    in >> word;
    const std::optional<uint64_t> kilobytes = ParseNumber(word);
    if (!kilobytes || *kilobytes > UINT64_MAX / 1024) return std::nullopt;
    return *kilobytes * 1024;
  }
  return std::nullopt;
}

// "0::/a/b" -> "/a/b"; "" when there is no such line.
std::string OwnCgroup(const std::string& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return "";
}

std::optional<uint64_t> LeastMemoryMax(const MemoryFiles& files) {
  std::optional<uint64_t> least;
  std::string group = OwnCgroup(files.own_cgroup);
  while (true) {
    std::string text;
    std::ifstream(files.cgroup_root + group + "/memory.max") >> text;
    const std::optional<uint64_t> most = ParseNumber(text);  // "max" is no number
    if (most && (!least || *most < *least)) least = most;
    if (group.empty()) return least;
    group.resize(group.rfind('/'));
  }
}

std::string Size(uint64_t bytes) {
  if (bytes < 1024 * kMiB) return fmt::format("{} MiB", bytes / kMiB);
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1024 * kMiB));
}

std::string Counted(uint32_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

uint64_t Minus(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

uint32_t AtLeastOne(uint64_t number, uint32_t most) {
  return static_cast<uint32_t>(std::clamp<uint64_t>(number, 1, std::max(most, 1U)));
}

Status CheckAtLeast(const WorkerSizeRequest& request, const MemoryRoom& room) {
  if (room.limit == 0) return Status::Ok();
  const uint64_t least = kLeastProgramBytes + std::max(request.jobs, 1U) * kLeastClassifierBytes +
                         std::max(request.units, 1U) * kLeastUnitBytes;
  if (least <= room.limit) return Status::Ok();
  const std::string may =
      fmt::format("the machine, or memory.max of its control group, allows {}", Size(room.limit));
  if (request.jobs == 0 && request.units == 0) {
    return InvalidArgument(fmt::format("a worker needs at least {} of memory to begin with, and {}",
                                       Size(least), may));
  }
  return InvalidArgument(fmt::format(
      "a worker with classification.jobs = {} and worker.units = {} needs at least {} of memory to "
      "begin with, and {}; 0 lets it choose",
      request.jobs, request.units, Size(least), may));
}

}  // namespace

MemoryRoom ReadMemoryRoom(const MemoryFiles& files) {
  MemoryRoom room;
  const std::optional<uint64_t> available = MemInfo(files.meminfo, "MemAvailable:");
  const std::optional<uint64_t> total = MemInfo(files.meminfo, "MemTotal:");
  const std::optional<uint64_t> most = LeastMemoryMax(files);
  if (available) {
    room.bytes = *available;
    room.source = "what the machine has available";
  }
  room.limit = total.value_or(0);
  if (most && (room.limit == 0 || *most < room.limit)) room.limit = *most;
  if (most && (!available || *most < *available)) {
    room.bytes = *most;
    room.source = "memory.max of its control group";
  }
  return room;
}

Result<WorkerSize> ChooseWorkerSize(const WorkerSizeRequest& request, const MemoryRoom& room) {
  ASSAY_RETURN_IF_ERROR(CheckAtLeast(request, room));
  // One object at a time may take all that its classifier is allowed. Where that is most of what
  // there is, it costs that object, and smaller numbers would not help.
  const uint64_t hard_object = std::min(request.classifier_limit_bytes, room.bytes / 2);
  const uint64_t left = Minus(room.bytes, kProgramBytes + hard_object);
  constexpr uint64_t kJobBytes = kClassifierBytes + kReadAheadBytes;
  constexpr std::string_view kAsSet = "as set", kNoRoom = "memory has room for no more";
  WorkerSize size;
  std::string_view jobs_why = kAsSet, units_why = kAsSet;
  size.jobs = request.jobs;
  if (request.jobs == 0) {
    const uint64_t fit = left / (kJobBytes + kUnitInHandBytes);
    size.jobs = room.bytes == 0 ? request.cores : AtLeastOne(fit, request.cores);
    jobs_why = size.jobs == request.cores ? "one per core" : kNoRoom;
  }
  size.units = request.units;
  if (request.units == 0) {
    const uint32_t wanted = size.jobs + kUnitsBesideClassifiers;
    const uint64_t fit = Minus(left, size.jobs * kJobBytes) / kUnitInHandBytes;
    size.units = room.bytes == 0 ? wanted : AtLeastOne(fit, wanted);
    units_why = size.units == wanted ? "two more than classifiers" : kNoRoom;
  }
  size.reason = fmt::format("{} ({}), {} in hand ({}); ", Counted(size.jobs, "classifier"),
                            jobs_why, Counted(size.units, "unit"), units_why);
  size.reason += room.bytes == 0
                     ? "how much memory it may use is not known"
                     : fmt::format("it may use {} of memory ({})", Size(room.bytes), room.source);
  return size;
}

}  // namespace assay
