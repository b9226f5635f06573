// Comparing secrets in a time that does not tell where they differ.
//
// Thread rule: pure function.
#pragma once

#include <string_view>

namespace assay {

// Whether both hold the same bytes. The time depends on the sizes only, which are no secret.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace assay
