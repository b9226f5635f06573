#include "cli/allow_list.h"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

namespace assay {
namespace {

constexpr size_t kMaxEntries = 100'000;
constexpr std::string_view kRegex = "regex:";

std::string_view TrimLine(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

Status LoadAllowList(const std::string& path, RulesetOptions* options) {
  std::ifstream file(path);
  if (!file) return NotFound("cannot read the allow list " + path);
  std::string line;
  for (size_t number = 1; std::getline(file, line); ++number) {
    const std::string_view entry = TrimLine(line);
    if (entry.empty() || entry.front() == '#') continue;
    if (number > kMaxEntries) {
      return InvalidArgument(
          fmt::format("{}: more than {} lines; cover them by a regex: line", path, kMaxEntries));
    }
    if (!entry.starts_with(kRegex)) {
      options->allow_words.emplace_back(entry);
      continue;
    }
    const std::string_view pattern = TrimLine(entry.substr(kRegex.size()));
    if (pattern.empty()) {
      return InvalidArgument(fmt::format("{}:{}: there is nothing behind 'regex:'", path, number));
    }
    options->allow_patterns.emplace_back(pattern);
  }
  return Status::Ok();
}

}  // namespace assay
