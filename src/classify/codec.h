// What the classifier process is told at its start, and what it answers for each object, as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "classify/classification.h"
#include "classify/classify_object.h"
#include "detect/ruleset.h"

namespace assay {

// Everything a classifier process needs to know, given once.
struct WorkerSetup {
  RulesetOptions ruleset;
  ClassifyOptions classify;
  uint64_t memory_limit_bytes = 0;
  uint32_t object_timeout_ms = 0;
  bool columnar = false;  // load the plug-in for Parquet, ORC and Arrow
};
std::string EncodeWorkerSetup(const WorkerSetup& setup);
Result<WorkerSetup> DecodeWorkerSetup(std::string_view bytes);

// Groups and occurrences that one answer may have: in memory they are larger than as bytes.
inline constexpr uint64_t kMaxDetectionItems = uint64_t{1} << 20;
// How many `detections` are of these.
uint64_t CountItems(const std::vector<DetectionGroup>& detections);

// The members of a Classification that depend on the object's bytes. REQUIRES: not more than
// kMaxDetectionItems.
void EncodeFindings(const Classification& classification, std::string* out);
// Fills those members of *out, from bytes that nobody vouches for. kDataLoss: *out is unchanged.
Status DecodeFindings(std::string_view bytes, DetectionsAs detections, Classification* out);
// What Classification::encoded_detections stands for. kDataLoss: it was not made by DecodeFindings,
// or by a newer version.
Result<std::vector<DetectionGroup>> DecodeDetections(std::string_view bytes);

}  // namespace assay
