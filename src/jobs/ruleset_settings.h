// RulesetSettings: what people change about what is looked for, while the service runs:
// identifiers, themes, content types and file extensions switched off, custom identifiers, allow
// lists. Kept as JSON in the store.
//
// Thread rule: values and pure functions; the two that take a Transaction are its thread's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/ruleset.h"
#include "store/database.h"

namespace assay {

struct RulesetSettings {
  std::vector<std::string> disabled;  // identifier ids and theme names
  std::vector<std::string> disabled_content_types;
  std::vector<std::string> disabled_extensions;
  std::string definition;  // YAML of custom identifiers; "" = none
  std::vector<std::string> allow_words;
  std::vector<std::string> allow_patterns;
};

std::string RulesetSettingsToJson(const RulesetSettings& settings);
Result<RulesetSettings> RulesetSettingsFromJson(std::string_view json);

// CheckIdentifier of each; the message names the identifier.
Status CheckCustomIdentifiers(const std::vector<Identifier>& identifiers);

// What the settings mean to the engine; every definition is compiled once to see that it can be.
// kInvalidArgument names what cannot be used, with its line where there is one, and why.
Result<RulesetOptions> RulesetOptionsOf(const RulesetSettings& settings);

Result<RulesetSettings> LoadRulesetSettings(Transaction& tx);
Status StoreRulesetSettings(Transaction& tx, const RulesetSettings& settings);

}  // namespace assay
