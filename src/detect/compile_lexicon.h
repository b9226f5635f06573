// Building the lexicon's hash table from its text files (see identifiers/lexicons/README.md).
//
// Thread rule: pure function of the files.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "detect/lexicon.h"

namespace assay {

// What Lexicon points into.
struct LexiconData {
  std::vector<Lexicon::Slot> slots;                 // a power of two, at most half of them used
  std::vector<uint64_t> names, streets, particles;  // Lexicon::Filters
};
Result<LexiconData> CompileLexicon(const std::string& directory);

}  // namespace assay
