// Building the lexicon's hash table from its text files (see identifiers/lexicons/README.md).
//
// Thread rule: pure function of the files.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "detect/lexicon.h"

namespace assay {

// Slots for Lexicon: a power of two, at most half of them used.
Result<std::vector<Lexicon::Slot>> CompileLexicon(const std::string& directory);

}  // namespace assay
