#include "detect/rule_blob.h"

extern "C" {
extern const char assay_rules_begin[];
extern const char assay_rules_end[];
}

namespace assay {

RuleBlobView EmbeddedRules() {
  return RuleBlobView(
      {assay_rules_begin, static_cast<size_t>(assay_rules_end - assay_rules_begin)});
}

}  // namespace assay
