// Identifiers and themes as YAML text: the files in identifiers/ and the user's own.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/identifier.h"

namespace assay {

struct RuleFile {
  std::vector<Identifier> identifiers;
  std::vector<Theme> themes;
  std::vector<std::string> allow_words;
  std::vector<std::string> allow_patterns;
};

// Parses one file. Keys are the members of Identifier and Theme; unknown keys, wrong types and
// numbers out of range are errors that name `file_name`, the line and what to write instead.
// Bound: 4 MiB of text.
Result<RuleFile> ParseRuleYaml(std::string_view text, std::string_view file_name);
// Reads and parses the file at `path`.
Result<RuleFile> ReadRuleFile(const std::string& path);

}  // namespace assay
