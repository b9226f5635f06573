// One row per object (RFC 4180: CRLF, quotes doubled). Cells that a spreadsheet would take for a
// formula get an apostrophe in front.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "base/utf8.h"
#include "cli/report.h"

namespace assay {
namespace {

constexpr std::string_view kHeader =
    "bucket,key,key_encoding,outcome,reason,retryable,status,status_reason,dlp_risk,pii_impact,"
    "pii_types,themes,identifiers,detections,size,bytes_classified,content_type,encoding,"
    "language_code,etag,last_modified,storage_class,server_encryption\r\n";

class CsvRow {
 public:
  void Add(std::string_view cell) {
    if (!row_.empty()) row_.push_back(',');
    std::string text;
    if (!cell.empty() && std::string_view("=+-@\t\r\n").find(cell[0]) != std::string_view::npos) {
      text.push_back('\'');
    }
    text += ToValidUtf8(cell);
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      // An empty first cell must still count as a cell.
      row_ += text.empty() && row_.empty() ? "\"\"" : text;
      return;
    }
    row_.push_back('"');
    for (const char c : text) {
      if (c == '"') row_.push_back('"');
      row_.push_back(c);
    }
    row_.push_back('"');
  }
  void AddNumber(uint64_t number) { Add(std::to_string(number)); }
  void AddList(const std::vector<std::string>& items) {
    Add(fmt::format("{}", fmt::join(items, "; ")));
  }
  std::string Finish() && { return std::move(row_) + "\r\n"; }

 private:
  std::string row_;
};

class CsvReport final : public Report {
 public:
  std::string Begin() override { return std::string(kHeader); }
  std::string Render(const Classification& record) const override;
  bool resumable() const override { return true; }
};

void AddWhat(const Classification& record, CsvRow* row) {
  const bool classified = record.outcome == Outcome::kClassified;
  row->Add(OutcomeName(record.outcome));
  row->Add(OutcomeReasonName(record.reason));
  row->Add(classified ? "" : IsRetryable(record.reason) ? "true" : "false");
  row->Add(!classified ? "" : record.partial ? "PARTIAL" : "COMPLETE");
  row->Add(record.status_reason);
  row->Add(classified ? std::to_string(record.dlp_risk) : "");
  row->Add(classified ? PiiImpactName(record.pii_impact) : "");
  row->AddList(record.pii_types);
  row->AddList(record.themes);
  std::vector<std::string> identifiers;
  uint64_t detections = 0;
  for (const DetectionGroup& group : record.detections) {
    identifiers.push_back(fmt::format("{}={}", group.id, group.count));
    detections += group.count;
  }
  row->AddList(identifiers);
  row->AddNumber(detections);
}

std::string CsvReport::Render(const Classification& record) const {
  CsvRow row;
  row.Add(record.bucket);
  const bool utf8 = IsValidUtf8(record.key);
  row.Add(utf8 ? record.key : PercentEncodeInvalid(record.key));
  row.Add(utf8 ? "" : "percent");
  AddWhat(record, &row);
  row.AddNumber(record.size);
  row.AddNumber(record.bytes_classified);
  row.Add(record.content_type);
  row.Add(record.encoding);
  row.Add(record.language_code);
  row.Add(record.etag);
  row.Add(record.last_modified_ms == 0 ? "" : FormatRfc3339(record.last_modified_ms));
  row.Add(record.storage_class);
  row.Add(record.server_encryption);
  return std::move(row).Finish();
}

}  // namespace

std::unique_ptr<Report> MakeCsvReport() { return std::make_unique<CsvReport>(); }

}  // namespace assay
