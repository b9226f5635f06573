// IdentifierProbe: runs a text through the scanner as an object would be, for
// `assay identifiers test` and `check`.
//
// Thread rule: one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/ruleset.h"
#include "detect/scanner.h"

namespace assay {

struct ProbeMatch {
  size_t begin = 0;  // byte offsets in the text
  size_t end = 0;
};

class IdentifierProbe {
 public:
  // Looks for `id` alone: one of `custom`, or a managed identifier. kNotFound suggests the nearest.
  static Result<IdentifierProbe> Make(const std::string& id, const std::vector<Identifier>& custom);

  std::vector<ProbeMatch> Find(std::string_view text);

 private:
  IdentifierProbe(std::shared_ptr<const Ruleset> ruleset, std::string id);

  std::shared_ptr<const Ruleset> ruleset_;
  std::unique_ptr<Scanner> scanner_;
  std::string id_;
};

}  // namespace assay
