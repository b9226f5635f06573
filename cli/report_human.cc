// The table for people: objects by risk, then what was not classified and why.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "classify/reason_text.h"
#include "cli/byte_size.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "cli/top_rows.h"

namespace assay {
namespace {

constexpr size_t kExamplesPerReason = 5;

Color RiskColor(uint32_t risk) {
  if (risk >= kHighRisk) return Color::kRed;
  return risk >= 4 ? Color::kYellow : Color::kGreen;
}

std::string Pad(std::string text, size_t width) {
  const size_t used = DisplayWidth(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

// "US Social Security number ×412 · Full name ×412 · theme: Financial": as much as fits.
std::string WhyText(const ScanRow& row, size_t width) {
  std::string why;
  size_t left_out = 0;
  const auto add = [&](const std::string& part) {
    const std::string joined = why.empty() ? part : why + " · " + part;
    if (!why.empty() && DisplayWidth(joined) + 5 > width) {
      ++left_out;
    } else {
      why = joined;
    }
  };
  for (const RowIdentifier& found : row.identifiers) {
    add(fmt::format("{} ×{}", PrintableText(found.name.empty() ? found.id : found.name),
                    FormatCount(found.count)));
  }
  if (row.identifiers.empty()) {
    for (const std::string& theme : row.themes) add("theme " + PrintableText(theme));
  }
  if (why.empty()) why = PrintableText(row.content_type);
  if (left_out > 0) why += fmt::format(" +{}", left_out);
  return Shorten(why, width);
}

class HumanReport final : public Report {
 public:
  explicit HumanReport(ReportOptions options)
      : options_(std::move(options)), top_(options_.max_rows, RiskierRow) {}

  std::string Render(const Classification& /*record*/) const override { return {}; }
  void Add(const ScanRow& row) override;
  std::string End(const ScanSummary& summary) override;
  bool resumable() const override { return false; }

 private:
  std::string Table();
  std::string Levels() const;
  std::string NotClassified(const ScanSummary& summary) const;
  std::string Painted(std::string_view text, Color color) const {
    return Paint(text, color, options_.color);
  }

  ReportOptions options_;
  TopRows top_;
  std::array<uint64_t, 3> levels_{};  // of risk: high, medium, low
  uint64_t nothing_ = 0;              // classified, but not worth a row: nothing found
  std::array<std::vector<std::string>, kOutcomeReasons> examples_;
};

void HumanReport::Add(const ScanRow& row) {
  if (row.outcome != Outcome::kClassified) {
    auto& names = examples_[static_cast<size_t>(row.reason)];
    if (names.size() < kExamplesPerReason) names.push_back(row.object);
    return;
  }
  ++levels_[row.risk >= kHighRisk ? 0 : row.risk >= 4 ? 1 : 2];
  // A risk that the type alone brings is worth a row only when it is high.
  if (row.detections == 0 && row.themes.empty() && row.risk < kHighRisk) {
    ++nothing_;
  } else {
    top_.Add(row);
  }
}

std::string HumanReport::Table() {
  const uint64_t seen = top_.seen();
  const std::vector<ScanRow> rows = top_.Take();
  if (rows.empty()) return "Nothing sensitive was found.\n";
  size_t object_width = 6;
  for (const ScanRow& row : rows) {
    object_width = std::max(object_width, DisplayWidth(PrintableText(row.object)));
  }
  object_width = std::min(object_width, std::max<size_t>(16, options_.width * 2 / 5));
  constexpr size_t kFixed = 4 + 2 + 2 + 2 + 8;  // risk, gaps, PII
  const size_t why_width =
      options_.width > object_width + kFixed + 12 ? options_.width - object_width - kFixed : 12;
  std::string out =
      Painted(Pad("RISK", 6) + Pad("OBJECT", object_width + 2) + Pad("WHY", why_width + 2) + "PII",
              Color::kBold) +
      "\n";
  for (const ScanRow& row : rows) {
    const std::string pii =
        row.pii_impact == PiiImpact::kNone ? "" : std::string(PiiImpactName(row.pii_impact));
    std::string line = Painted(fmt::format("{:>4}", row.risk), RiskColor(row.risk)) + "  ";
    line += Pad(Shorten(PrintableText(row.object), object_width), object_width + 2);
    const std::string why = WhyText(row, why_width);
    line += pii.empty() ? why : Pad(why, why_width + 2);
    line += Painted(pii, row.pii_impact == PiiImpact::kHigh ? Color::kRed : Color::kNone);
    if (!options_.color) line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  if (seen > rows.size()) {
    out +=
        Painted(fmt::format("      … and {} more: -v shows more rows, --format jsonl or csv all\n",
                            FormatCount(seen - rows.size())),
                Color::kDim);
  }
  return out;
}

std::string HumanReport::Levels() const {
  std::string out = "\nBy risk: ";
  out += Painted(fmt::format("{} high (8-10)", FormatCount(levels_[0])), Color::kRed) + " · ";
  out += Painted(fmt::format("{} medium (4-7)", FormatCount(levels_[1])), Color::kYellow) + " · ";
  out += Painted(fmt::format("{} low (1-3)", FormatCount(levels_[2])), Color::kGreen);
  out += "\n";
  if (nothing_ > 0) out += fmt::format("Nothing was found in {} of them.\n", FormatCount(nothing_));
  return out;
}

std::string HumanReport::NotClassified(const ScanSummary& summary) const {
  if (summary.skipped + summary.failed == 0) return {};
  std::string out =
      "\n" +
      Painted(fmt::format("NOT CLASSIFIED ({})", FormatCount(summary.skipped + summary.failed)),
              Color::kBold) +
      "\n";
  for (size_t i = 1; i < kOutcomeReasons; ++i) {
    const uint64_t count = summary.by_reason[i];
    if (count == 0 || examples_[i].empty()) continue;
    const auto reason = static_cast<OutcomeReason>(i);
    out += fmt::format("{:>6}  {}: {}\n", FormatCount(count), OutcomeReasonName(reason),
                       ReasonAdvice(reason));
    for (const std::string& name : examples_[i]) {
      out += "          " + Shorten(PrintableText(name), options_.width - 10) + "\n";
    }
    if (count > examples_[i].size()) {
      out += fmt::format("          … and {} more\n", FormatCount(count - examples_[i].size()));
    }
  }
  return out;
}

std::string HumanReport::End(const ScanSummary& summary) {
  std::string out = Table();
  if (summary.classified > 0) out += Levels();
  out += NotClassified(summary);
  if (options_.show_summary) out += "\n" + Painted(SummaryLine(summary), Color::kBold) + "\n";
  return out;
}

}  // namespace

std::unique_ptr<Report> MakeHumanReport(ReportOptions options) {
  return std::make_unique<HumanReport>(std::move(options));
}

}  // namespace assay
