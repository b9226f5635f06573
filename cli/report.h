// Report: how the records of a scan become text. One implementation per --format.
//
// Thread rule: Render is called by several threads at once; everything else by one thread, after
// another in the order Begin, Add..., End.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classification.h"
#include "cli/scan_summary.h"
#include "detect/identifier.h"

namespace assay {

enum class ReportFormat { kHuman, kJsonl, kJson, kCsv, kSarif, kHtml };
std::optional<ReportFormat> ReportFormatFromName(std::string_view name);

struct ReportOptions {
  bool color = false;
  size_t width = 100;    // columns, for the human format
  size_t max_rows = 30;  // of the human format's table
  bool show_summary = true;
  std::vector<std::string> targets;     // as the user typed them
  std::vector<Identifier> identifiers;  // for the rules of SARIF; empty for the other formats
};

class Report {
 public:
  virtual ~Report() = default;

  // The output's beginning, and what stands between the texts of two records.
  virtual std::string Begin() { return {}; }
  virtual std::string_view separator() const { return {}; }
  // The text of one record; "" when this format writes nothing for it.
  virtual std::string Render(const Classification& record) const = 0;
  // Told every record that is reported, in listing order. Keeps a bounded amount.
  virtual void Add(const ScanRow& /*row*/) {}
  virtual std::string End(const ScanSummary& /*summary*/) { return {}; }
  // Whether the output can be cut behind any record and gone on with later (--resume).
  virtual bool resumable() const = 0;
};

std::unique_ptr<Report> MakeReport(ReportFormat format, ReportOptions options);

// The implementations, one per report_<name>.cc.
std::unique_ptr<Report> MakeHumanReport(ReportOptions options);
std::unique_ptr<Report> MakeCsvReport();
std::unique_ptr<Report> MakeSarifReport(ReportOptions options);
std::unique_ptr<Report> MakeHtmlReport(ReportOptions options);

}  // namespace assay
