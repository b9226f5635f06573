// Allow lists: values that are known and must not be reported (--allow FILE).
//
// Thread rule: free function.
#pragma once

#include <string>

#include "base/status.h"
#include "detect/ruleset.h"

namespace assay {

// Adds the entries of `path` to *options: one value a line, compared without case; "regex:" before
// a regular expression that a value must match as a whole; "#" starts a comment line. Errors name
// file and line.
Status LoadAllowList(const std::string& path, RulesetOptions* options);

}  // namespace assay
