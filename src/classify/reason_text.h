// What an outcome reason means to a person, and what can be done about it.
#pragma once

#include <string_view>

#include "classify/classification.h"

namespace assay {

// "needs a restore from the archive tier first"; "" for kNone.
std::string_view ReasonAdvice(OutcomeReason reason);
// What a person can do about it, as a sentence; "" for kNone.
std::string_view ReasonRemedy(OutcomeReason reason);

}  // namespace assay
