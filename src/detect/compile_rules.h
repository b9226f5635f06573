// CompileRules: definitions in, RuleBlob bytes out. Runs at build, in compile_rules_tool.
//
// Thread rule: one call at a time per thread; no shared state.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "detect/packed.h"

namespace assay {

struct CompileInput {
  Definitions definitions;
  std::string lexicon_directory;        // identifiers/lexicons
  std::vector<std::string> well_known;  // values never reported
};

// kInvalidArgument names the identifier that fits no lane and what its author can do.
Result<std::string> CompileRules(const CompileInput& input);

// The whole pattern of an identifier: its own, or the alternation of its words.
std::string EffectivePattern(const Identifier& identifier);
// `text` with everything that a pattern would read as syntax escaped.
std::string EscapeRegex(std::string_view text);

}  // namespace assay
