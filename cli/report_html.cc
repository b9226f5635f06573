// One self-contained page: charts as SVG made here, a sortable table, no request to anywhere.
// Everything from an object passes EscapeHtml or AppendJsonString; on top of that the page's policy
// only runs the one script that carries this report's random nonce.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "classify/reason_text.h"
#include "cli/byte_size.h"
#include "cli/html_page.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "cli/top_rows.h"

namespace assay {
namespace {

constexpr size_t kTableRows = 5000;
constexpr size_t kBiggest = 10;
constexpr size_t kBars = 12;
constexpr size_t kMaxTypes = 1000;

using Bar = std::pair<std::string, uint64_t>;

std::string_view RiskClass(uint32_t risk) {
  if (risk >= kHighRisk) return "high";
  return risk >= 4 ? "medium" : "low";
}

// The largest `most` of `counts`, largest first.
std::vector<Bar> Largest(const std::map<std::string, uint64_t>& counts, size_t most) {
  std::vector<Bar> bars(counts.begin(), counts.end());
  std::stable_sort(bars.begin(), bars.end(),
                   [](const Bar& a, const Bar& b) { return a.second > b.second; });
  if (bars.size() > most) bars.resize(most);
  return bars;
}

class HtmlReport final : public Report {
 public:
  explicit HtmlReport(ReportOptions options) : options_(std::move(options)) {}

  std::string Render(const Classification& /*record*/) const override { return {}; }
  void Add(const ScanRow& row) override;
  std::string End(const ScanSummary& summary) override;
  bool resumable() const override { return false; }

 private:
  std::string Tiles(const ScanSummary& summary) const;
  std::string RiskHistogram() const;
  std::string Charts();
  std::string Table();
  static std::string TableRow(const ScanRow& row);
  static std::string NotClassified(const ScanSummary& summary);

  ReportOptions options_;
  TopRows top_{kTableRows, RiskierRow};
  TopRows biggest_{kBiggest, BiggerRow};
  std::array<uint64_t, 11> risks_{};
  std::map<std::string, uint64_t> types_;
  std::map<std::string, uint64_t> identifiers_;
};

void HtmlReport::Add(const ScanRow& row) {
  top_.Add(row);
  biggest_.Add(row);
  if (row.outcome == Outcome::kClassified) ++risks_[std::min<uint32_t>(row.risk, 10)];
  const std::string type = row.content_type.empty() ? "unknown" : row.content_type;
  if (types_.size() < kMaxTypes || types_.contains(type)) ++types_[type];
  for (const RowIdentifier& found : row.identifiers) {
    const std::string& name = found.name.empty() ? found.id : found.name;
    if (identifiers_.size() < kMaxTypes || identifiers_.contains(name)) {
      identifiers_[name] += found.count;
    }
  }
}

std::string HtmlReport::Tiles(const ScanSummary& summary) const {
  std::string out = "<section class=\"tiles\">";
  const auto tile = [&](std::string_view name, const std::string& value, std::string_view kind) {
    out += fmt::format("<div class=\"tile {}\"><b>{}</b><span>{}</span></div>", kind, value, name);
  };
  tile("objects", FormatCount(summary.objects), "");
  tile("of high risk", FormatCount(summary.high_risk), summary.high_risk > 0 ? "high" : "");
  tile("with detections", FormatCount(summary.with_findings), "");
  tile("detections", FormatCount(summary.detections), "");
  tile("not classified", FormatCount(summary.skipped + summary.failed), "");
  tile("read", FormatByteSize(summary.bytes_classified), "");
  return out + "</section>\n";
}

std::string HtmlReport::RiskHistogram() const {
  const uint64_t most = std::max<uint64_t>(1, *std::max_element(risks_.begin(), risks_.end()));
  std::string svg =
      "<figure><figcaption>Objects by risk</figcaption>"
      "<svg viewBox=\"0 0 440 190\" role=\"img\" aria-label=\"Objects by risk\">";
  for (size_t risk = 1; risk <= 10; ++risk) {
    const uint64_t count = risks_[risk];
    const double height =
        count == 0 ? 0
                   : std::max(2.0, 130.0 * static_cast<double>(count) / static_cast<double>(most));
    const size_t x = (risk - 1) * 44 + 4;
    svg += fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"36\" height=\"{:.1f}\" rx=\"2\"/>"
        "<text x=\"{}\" y=\"{:.1f}\">{}</text><text x=\"{}\" y=\"180\">{}</text>",
        RiskClass(static_cast<uint32_t>(risk)), x, 160 - height, height, x + 18, 154 - height,
        count == 0 ? "" : FormatCount(count), x + 18, risk);
  }
  return svg + "</svg></figure>\n";
}

// Horizontal bars with their labels.
std::string BarChart(std::string_view title, const std::vector<Bar>& bars, bool bytes) {
  if (bars.empty()) return {};
  uint64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.second);
  std::string svg = fmt::format(
      "<figure><figcaption>{}</figcaption><svg class=\"bars\" viewBox=\"0 0 440 {}\" role=\"img\" "
      "aria-label=\"{}\">",
      title, bars.size() * 30 + 4, title);
  for (size_t i = 0; i < bars.size(); ++i) {
    const std::string label = PrintableText(bars[i].first);
    svg += fmt::format(
        "<g><title>{}</title><text x=\"0\" y=\"{}\">{}</text>"
        "<text class=\"number\" x=\"440\" y=\"{}\">{}</text>"
        "<rect class=\"track\" x=\"0\" y=\"{}\" width=\"440\" height=\"6\" rx=\"3\"/>"
        "<rect class=\"bar\" x=\"0\" y=\"{}\" width=\"{:.1f}\" height=\"6\" rx=\"3\"/></g>",
        EscapeHtml(label), i * 30 + 14, EscapeHtml(Shorten(label, 48)), i * 30 + 14,
        bytes ? FormatByteSize(bars[i].second) : FormatCount(bars[i].second), i * 30 + 19,
        i * 30 + 19, 440.0 * static_cast<double>(bars[i].second) / static_cast<double>(most));
  }
  return svg + "</svg></figure>\n";
}

std::string HtmlReport::Charts() {
  std::vector<Bar> biggest;
  for (const ScanRow& row : biggest_.Take()) biggest.emplace_back(row.object, row.size);
  return "<section class=\"charts\">" + RiskHistogram() +
         BarChart("Most found", Largest(identifiers_, kBars), false) +
         BarChart("Objects by type", Largest(types_, kBars), false) +
         BarChart("Biggest objects", biggest, true) + "</section>\n";
}

std::string HtmlReport::TableRow(const ScanRow& row) {
  std::string why;
  for (const RowIdentifier& found : row.identifiers) {
    why += fmt::format("<span class=\"tag\">{} <b>×{}</b></span>",
                       EscapeHtml(PrintableText(found.name.empty() ? found.id : found.name)),
                       FormatCount(found.count));
  }
  for (const std::string& theme : row.themes) {
    why += fmt::format("<span class=\"tag theme\">{}</span>", EscapeHtml(PrintableText(theme)));
  }
  if (why.empty() && row.risk > 1) why = "<span class=\"tag theme\">by its type alone</span>";
  if (row.outcome != Outcome::kClassified) {
    why = fmt::format("<i>{}: {}</i>", OutcomeName(row.outcome), OutcomeReasonName(row.reason));
  }
  if (row.partial) why += "<span class=\"tag\">read in part</span>";
  const bool has_pii = row.pii_impact != PiiImpact::kNone;
  return fmt::format(
      "<tr><td data-v=\"{}\"><span class=\"risk {}\">{}</span></td><td class=\"key\">{}</td>"
      "<td data-v=\"{}\">{}</td><td data-v=\"{}\">{}</td><td>{}</td><td "
      "class=\"size\" data-v=\"{}\">{}</td></tr>\n",
      row.risk, RiskClass(row.risk), row.risk == 0 ? "–" : std::to_string(row.risk),
      EscapeHtml(PrintableText(row.object)), row.detections, why, static_cast<int>(row.pii_impact),
      has_pii ? PiiImpactName(row.pii_impact) : "", EscapeHtml(PrintableText(row.content_type)),
      row.size, FormatByteSize(row.size));
}

std::string HtmlReport::Table() {
  const uint64_t seen = top_.seen();
  const std::vector<ScanRow> rows = top_.Take();
  std::string out =
      "<section><h2>Objects</h2><p><input id=\"filter\" type=\"search\" placeholder=\"Filter…\" "
      "aria-label=\"Filter\"> <span id=\"shown\"></span></p><div class=\"wide\"><table "
      "id=\"objects\"><thead><tr>";
  for (const std::string_view name : {"Risk", "Object", "Found", "PII impact", "Type", "Size"}) {
    out += fmt::format("<th{}><button type=\"button\">{}</button></th>",
                       name == "Risk" ? " aria-sort=\"descending\"" : "", name);
  }
  out += "</tr></thead><tbody>\n";
  for (const ScanRow& row : rows) out += TableRow(row);
  out += "</tbody></table></div>";
  if (seen > rows.size()) {
    out += fmt::format("<p>The {} objects of highest risk out of {}; --format jsonl has all.</p>",
                       FormatCount(rows.size()), FormatCount(seen));
  }
  return out + "</section>\n";
}

std::string HtmlReport::NotClassified(const ScanSummary& summary) {
  if (summary.skipped + summary.failed == 0) return {};
  std::string out = "<section><h2>Not classified</h2><ul>";
  for (size_t i = 1; i < kOutcomeReasons; ++i) {
    if (summary.by_reason[i] == 0) continue;
    const auto reason = static_cast<OutcomeReason>(i);
    out += fmt::format("<li><b>{}</b> {}: {}</li>", FormatCount(summary.by_reason[i]),
                       OutcomeReasonName(reason), ReasonAdvice(reason));
  }
  return out + "</ul></section>\n";
}

std::string HtmlReport::End(const ScanSummary& summary) {
  std::random_device random;
  const std::string nonce =
      fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  std::string targets;
  for (const std::string& target : options_.targets) targets += PrintableText(target) + " ";
  std::string body = fmt::format("<h1>Assay <small>{}</small></h1>\n", EscapeHtml(targets));
  body += Tiles(summary) + Charts() + Table() + NotClassified(summary);
  body += "<footer>" + EscapeHtml(SummaryLine(summary)) + "</footer>\n";
  return HtmlPage("Assay report", body, nonce);
}

}  // namespace

std::unique_ptr<Report> MakeHtmlReport(ReportOptions options) {
  return std::make_unique<HtmlReport>(std::move(options));
}

}  // namespace assay
