// Settings that people change while the service runs; assay.toml holds the others.
//
// Thread rule: free functions on a Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace assay {

// Names of settings.
inline constexpr std::string_view kRetentionMonthsSetting = "retention-months";
// JSON of jobs/ruleset_settings.h.
inline constexpr std::string_view kRulesetSetting = "ruleset";
// JSON of jobs/object_settings.h, from the leader of a fleet.
inline constexpr std::string_view kObjectSettings = "objects";

Status PutSetting(Transaction& tx, std::string_view name, const std::string& value);
Result<std::optional<std::string>> GetSetting(Transaction& tx, std::string_view name);

}  // namespace assay
