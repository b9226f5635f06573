// ScanRow and ScanSummary: what is left of a record after it was written: enough for the last line,
// the tables and the exit code, and bounded in size however large the scan.
//
// Thread rule: values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classification.h"

namespace assay {

struct RowIdentifier {
  std::string id;
  std::string name;
  uint64_t count = 0;
};

// One object in a table.
struct ScanRow {
  std::string object;  // as shown to people: target and key, any bytes
  uint64_t size = 0;
  uint64_t bytes_classified = 0;
  Outcome outcome = Outcome::kFailed;
  OutcomeReason reason = OutcomeReason::kNone;
  bool partial = false;
  uint32_t risk = 0;
  PiiImpact pii_impact = PiiImpact::kNone;
  uint64_t detections = 0;
  std::string content_type;
  std::vector<RowIdentifier> identifiers;  // most frequent first
  std::vector<std::string> themes;
};

ScanRow MakeScanRow(const Classification& record, std::string object);

inline constexpr uint32_t kHighRisk = 8;  // Macie Classic: high-risk objects are 8-10
inline constexpr size_t kOutcomeReasons = static_cast<size_t>(OutcomeReason::kSymlink) + 1;

struct ScanSummary {
  uint64_t objects = 0;
  uint64_t classified = 0;
  uint64_t skipped = 0;
  uint64_t failed = 0;
  uint64_t partial = 0;
  uint64_t bytes_classified = 0;
  uint64_t high_risk = 0;
  uint64_t with_findings = 0;
  uint64_t detections = 0;
  uint64_t scan_errors = 0;  // objects that could have been classified and were not
  uint64_t fail_on_matches = 0;
  uint64_t unchanged = 0;      // left out because --baseline knows them
  uint64_t target_errors = 0;  // targets that could not be listed to their end
  std::array<uint64_t, kOutcomeReasons> by_reason{};
  double seconds = 0;
  bool interrupted = false;

  void Add(const ScanRow& row);
};

// "1,204 objects: 1,180 classified, 20 skipped, 4 failed · 1.2 GB in 3.1 s (0.412 GB/s) · 17 of
// high risk". One line, no newline.
std::string SummaryLine(const ScanSummary& summary);

}  // namespace assay
