#include "aws/shared_config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace assay {
namespace {

constexpr size_t kMaxFileBytes = size_t{4} << 20;
constexpr std::string_view kBlanks = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A value without a comment, which starts with '#' or ';' after a blank.
std::string_view WithoutComment(std::string_view value) {
  for (size_t i = 1; i < value.size(); ++i) {
    const bool blank_before = value[i - 1] == ' ' || value[i - 1] == '\t';
    if (blank_before && (value[i] == '#' || value[i] == ';')) return Trimmed(value.substr(0, i));
  }
  return value;
}

// The text of a file; nothing when there is no such file.
Result<std::optional<std::string>> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::optional<std::string>();
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) return DataLoss(path + ": too long for a configuration file");
  return std::optional<std::string>(std::move(text));
}

std::string HomeFile(const Environment& environment, const char* variable, const char* name) {
  if (const auto path = environment(variable)) {
    if (path->starts_with("~/")) return environment("HOME").value_or("") + path->substr(1);
    return *path;
  }
  return environment("HOME").value_or("/nonexistent") + "/.aws/" + name;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || value[0] == '\0') return std::nullopt;
    return value;
  };
}

Result<SharedConfig> SharedConfig::Load(const Environment& environment) {
  SharedConfig config;
  const std::string credentials =
      HomeFile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const std::string settings = HomeFile(environment, "AWS_CONFIG_FILE", "config");
  // The credentials file goes first: of a setting in both, its value counts.
  for (const auto& [path, is_credentials] :
       {std::pair(credentials, true), std::pair(settings, false)}) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadSmallFile(path));
    if (!text) continue;
    if (Status status = config.Parse(*text, is_credentials); !status.ok()) {
      return status.WithContext(path);
    }
  }
  return config;
}

Status SharedConfig::Parse(std::string_view text, bool is_credentials_file) {
  ConfigSection* section = nullptr;
  ConfigSection ignored;
  std::string group;  // of nested settings: "s3" after a line "s3 ="
  size_t line_number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    const std::string_view line = Trimmed(raw);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      const size_t close = line.find(']');
      if (close == std::string_view::npos) {
        return DataLoss("line " + std::to_string(line_number) + ": a section without ']'");
      }
      std::string_view name = Trimmed(line.substr(1, close - 1));
      section = &ignored;
      group.clear();
      if (is_credentials_file || name == "default") {
        section = &profiles_[std::string(name)];
      } else if (name.starts_with("profile ") || name.starts_with("profile\t")) {
        section = &profiles_[std::string(Trimmed(name.substr(8)))];
      } else if (name.starts_with("services ")) {
        section = &services_[std::string(Trimmed(name.substr(9)))];
      }
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || section == nullptr) {
      return DataLoss("line " + std::to_string(line_number) + ": not a setting of a section");
    }
    const std::string name(Trimmed(line.substr(0, equals)));
    const std::string value(WithoutComment(Trimmed(line.substr(equals + 1))));
    const bool nested = raw[0] == ' ' || raw[0] == '\t';
    if (nested && !group.empty()) {
      section->emplace(group + "." + name, value);
    } else {
      group = value.empty() ? name : "";
      section->emplace(name, value);
    }
  }
  return Status::Ok();
}

bool SharedConfig::HasProfile(std::string_view profile) const {
  return profiles_.find(profile) != profiles_.end();
}

namespace {

std::optional<std::string> Find(const std::map<std::string, ConfigSection, std::less<>>& sections,
                                std::string_view section, std::string_view name) {
  const auto found = sections.find(section);
  if (found == sections.end()) return std::nullopt;
  const auto setting = found->second.find(name);
  if (setting == found->second.end() || setting->second.empty()) return std::nullopt;
  return setting->second;
}

}  // namespace

std::optional<std::string> SharedConfig::Get(std::string_view profile,
                                             std::string_view name) const {
  return Find(profiles_, profile, name);
}

std::optional<std::string> SharedConfig::GetService(std::string_view services,
                                                    std::string_view name) const {
  return Find(services_, services, name);
}

}  // namespace assay
