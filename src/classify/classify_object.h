// ClassifyObject: the pure function at the heart of Assay. Bytes, metadata and a ruleset in, a
// Classification out; the same on any machine. It runs inside the sandboxed assay-classifier.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "classify/classification.h"
#include "detect/ruleset.h"
#include "detect/scanner.h"
#include "extract/extractor.h"

namespace assay {

struct ClassifyOptions {
  ExtractLimits extract;
  uint32_t max_occurrences = 1000;  // kept per identifier and object; counts are always exact
  bool show_values = false;
  // As of RulesetOptions: they bring no mimetype_risk and no filetype_risk.
  std::vector<std::string> disabled_content_types;
  std::vector<std::string> disabled_extensions;
  std::string hash_key;  // key of Occurrence::hash (HMAC-SHA-256, first 16 bytes, hex)
};

// Classifies objects one after the other. Thread rule: one thread each; reuse it, its buffers stay.
class ObjectClassifier {
 public:
  ObjectClassifier(std::shared_ptr<const Ruleset> ruleset, ClassifyOptions options);
  ~ObjectClassifier();

  // Fills the members of *result that depend on the bytes (outcome, reason, partial ...
  // detections); those that say which object it is are left alone. `key` gives extension hints.
  // Never fails: whatever is wrong with the object becomes its outcome.
  void Classify(ByteSource& source, const std::string& key, ToolRunner* tools,
                Classification* result);
  // Whether the last object is of a format that only a process with the columnar plug-in reads.
  bool needs_columnar() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
