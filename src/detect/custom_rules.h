// User identifiers: checked against budgets, compiled into a database of their own.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/identifier.h"
#include "detect/ruleset_impl.h"

namespace assay {

// Appends `custom` to *impl as rules of the user lane; each is checked by CheckIdentifier.
Status AddCustomRules(const std::vector<Identifier>& custom, Ruleset::Impl* impl);

}  // namespace assay
