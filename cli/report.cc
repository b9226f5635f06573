#include "cli/report.h"

#include <utility>

namespace assay {
namespace {

// One JSON object per line.
class JsonlReport final : public Report {
 public:
  std::string Render(const Classification& record) const override {
    return ClassificationToJson(record) + "\n";
  }
  bool resumable() const override { return true; }
};

// One JSON array of the same objects.
class JsonReport final : public Report {
 public:
  std::string Begin() override { return "[\n"; }
  std::string_view separator() const override { return ",\n"; }
  std::string Render(const Classification& record) const override {
    return ClassificationToJson(record);
  }
  std::string End(const ScanSummary& /*summary*/) override { return "\n]\n"; }
  bool resumable() const override { return true; }
};

}  // namespace

std::optional<ReportFormat> ReportFormatFromName(std::string_view name) {
  static constexpr std::pair<std::string_view, ReportFormat> kNames[] = {
      {"human", ReportFormat::kHuman}, {"jsonl", ReportFormat::kJsonl},
      {"json", ReportFormat::kJson},   {"csv", ReportFormat::kCsv},
      {"sarif", ReportFormat::kSarif}, {"html", ReportFormat::kHtml},
  };
  for (const auto& [known, format] : kNames) {
    if (name == known) return format;
  }
  return std::nullopt;
}

std::unique_ptr<Report> MakeReport(ReportFormat format, ReportOptions options) {
  switch (format) {
    case ReportFormat::kHuman:
      return MakeHumanReport(std::move(options));
    case ReportFormat::kJsonl:
      return std::make_unique<JsonlReport>();
    case ReportFormat::kJson:
      return std::make_unique<JsonReport>();
    case ReportFormat::kCsv:
      return MakeCsvReport();
    case ReportFormat::kSarif:
      return MakeSarifReport(std::move(options));
    case ReportFormat::kHtml:
      return MakeHtmlReport(std::move(options));
  }
  return nullptr;
}

}  // namespace assay
