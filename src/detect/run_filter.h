// Making of RunFilter: which members of a group may match where runs of bytes look like this.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>

#include "detect/dfa.h"
#include "detect/rule_blob.h"

namespace assay {

// Adds one member's pattern to the filter of its group, whose starts are told by runs of
// `run_bytes`.
void AddToRunFilter(const DfaView& dfa, const ByteSet& run_bytes, size_t member, RunFilter* filter);

}  // namespace assay
