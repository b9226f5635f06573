// Ruleset: everything the scanner looks for, compiled. Immutable once made and shared by all
// threads; one Scanner per thread does the work.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/identifier.h"

namespace assay {

struct RulesetOptions {
  std::vector<std::string> disabled;  // identifier ids, classic names or theme names
  std::vector<std::string> enabled;   // when not empty: only these
  // Content types and file extensions (extract/content_types.h) without a risk of their own; the
  // scanner has no use for them, whoever classifies does.
  std::vector<std::string> disabled_content_types;
  std::vector<std::string> disabled_extensions;
  std::vector<Identifier> custom;           // the user's own, checked by CheckIdentifier first
  std::vector<std::string> allow_words;     // values never reported, compared without case
  std::vector<std::string> allow_patterns;  // regexes: a value matching one whole is not reported
  bool report_example_values = false;       // also AWS's documentation keys, card test numbers ...
};

class Ruleset {
 public:
  ~Ruleset();
  // The managed identifiers and themes, with `options` applied. Fast (a few ms): the pattern
  // databases of the managed set were compiled at build. kInvalidArgument names a custom identifier
  // that cannot be used, or an unknown name in disabled/enabled, and why.
  static Result<std::shared_ptr<const Ruleset>> Load(const RulesetOptions& options);

  // Index in this vector = Detection::identifier.
  const std::vector<Identifier>& identifiers() const;
  const std::vector<Theme>& themes() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  Ruleset();
  std::unique_ptr<Impl> impl_;
};

// Identifiers and allow lists from a user's YAML file. Errors name file, line and remedy.
Result<std::vector<Identifier>> LoadIdentifierFile(const std::string& path);
// Whether a custom identifier can be used: pattern compiles within the budget, can not match the
// empty string, keywords and distances within their limits, known validator.
Status CheckIdentifier(const Identifier& identifier);

// The managed definitions with their examples (read from data embedded for `assay identifiers`).
Result<std::vector<Identifier>> ManagedIdentifiers();
Result<std::vector<Theme>> ManagedThemes();

}  // namespace assay
