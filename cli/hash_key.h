// The key of the hashes that stand for values in reports: equal values have equal hashes in all
// scans made with one key, and nobody without it can try values against a report.
//
// Thread rule: free function.
#pragma once

#include <string>

#include "base/status.h"

namespace assay {

// In this order: the bytes of `path` when not "" (--hash-key); the value of ASSAY_HASH_KEY; the
// user's own key in $XDG_STATE_HOME/assay/hash-key (~/.local/state without it), made from 32 random
// bytes at the first use. When that folder cannot be written: a random key for this run alone.
// Errors: only for a `path` that cannot be read or holds fewer than 16 bytes.
Result<std::string> LoadHashKey(const std::string& path);

}  // namespace assay
