// Oracle: the plainest way to find what the managed patterns describe. Every pattern is tried by
// PCRE2 at every byte of the text. Far too slow for use; the scanner must agree with it exactly.
//
// Thread rule: one thread.
#pragma once

#include <memory>
#include <vector>

#include "base/text_piece.h"
#include "detect/ruleset.h"
#include "detect/scanner.h"

namespace assay {

// All matches of the managed identifiers that have a pattern or words (names and addresses have
// none), in the order of DetectionSink.
std::vector<Detection> OracleScan(const std::shared_ptr<const Ruleset>& ruleset,
                                  const TextPiece& piece);

}  // namespace assay
