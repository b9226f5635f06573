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
  std::string id;
  size_t begin = 0;  // byte offsets in the text
  size_t end = 0;
};

class IdentifierProbe {
 public:
  // Looks for these alone: some of `custom`, or managed identifiers. kNotFound suggests the
  // nearest.
  static Result<IdentifierProbe> Make(const std::vector<std::string>& ids,
                                      const std::vector<Identifier>& custom);

  std::vector<ProbeMatch> Find(std::string_view text);

 private:
  IdentifierProbe(std::shared_ptr<const Ruleset> ruleset, std::vector<std::string> ids);

  std::shared_ptr<const Ruleset> ruleset_;
  std::unique_ptr<Scanner> scanner_;
  std::vector<std::string> ids_;
};

}  // namespace assay
