// Packing of identifier and theme records into bytes and back: how definitions travel in RuleBlob.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/identifier.h"

namespace assay {

struct Definitions {
  std::vector<Identifier> identifiers;
  std::vector<Theme> themes;
};

// Everything but the examples.
std::string PackDefinitions(const Definitions& definitions);
// The examples only, in the same order.
std::string PackExamples(const Definitions& definitions);
Result<Definitions> UnpackDefinitions(std::string_view bytes);
// Adds the examples to definitions unpacked before.
Status UnpackExamples(std::string_view bytes, Definitions* definitions);

}  // namespace assay
