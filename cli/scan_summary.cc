#include "cli/scan_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/byte_size.h"
#include "jobs/object_outcome.h"

namespace assay {

ScanRow MakeScanRow(const Classification& record, std::string object) {
  ScanRow row;
  row.object = std::move(object);
  row.size = record.size;
  row.bytes_classified = record.bytes_classified;
  row.outcome = record.outcome;
  row.reason = record.reason;
  row.partial = record.partial;
  row.risk = record.dlp_risk;
  row.pii_impact = record.pii_impact;
  row.content_type = record.content_type;
  row.themes = record.themes;
  for (const DetectionGroup& group : record.detections) {
    row.identifiers.push_back({group.id, group.name, group.count});
    row.detections += group.count;
  }
  std::stable_sort(
      row.identifiers.begin(), row.identifiers.end(),
      [](const RowIdentifier& a, const RowIdentifier& b) { return a.count > b.count; });
  return row;
}

void ScanSummary::Add(const ScanRow& row) {
  ++objects;
  switch (row.outcome) {
    case Outcome::kClassified:
      ++classified;
      break;
    case Outcome::kSkipped:
      ++skipped;
      break;
    case Outcome::kFailed:
      ++failed;
      break;
  }
  if (row.partial) ++partial;
  bytes_classified += row.bytes_classified;
  if (row.risk >= kHighRisk) ++high_risk;
  if (row.detections > 0) ++with_findings;
  detections += row.detections;
  if (IsScanError(row.reason)) ++scan_errors;
  ++by_reason[static_cast<size_t>(row.reason)];
}

std::string SummaryLine(const ScanSummary& summary) {
  std::string line = fmt::format(
      "{} object{}: {} classified, {} skipped, {} failed · {} in {} ({}) · {} of high risk",
      FormatCount(summary.objects), summary.objects == 1 ? "" : "s",
      FormatCount(summary.classified), FormatCount(summary.skipped), FormatCount(summary.failed),
      FormatByteSize(summary.bytes_classified), FormatSeconds(summary.seconds),
      FormatRate(summary.bytes_classified, summary.seconds), FormatCount(summary.high_risk));
  if (summary.unchanged > 0) {
    line += fmt::format(" · {} unchanged since the baseline", FormatCount(summary.unchanged));
  }
  if (summary.target_errors > 0) {
    line += fmt::format(" · {} target{} could not be listed", summary.target_errors,
                        summary.target_errors == 1 ? "" : "s");
  }
  if (summary.interrupted) line += " · interrupted";
  return line;
}

}  // namespace assay
