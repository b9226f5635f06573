// SARIF 2.1.0 (OASIS standard, 27 March 2020): one result per object and identifier, and one per
// object that was not classified. The rules stand at the end, so that the results can be streamed.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "cli/json_text.h"
#include "cli/report.h"

namespace assay {
namespace {

constexpr size_t kMaxLocations = 100;  // of one result; the count is always exact
constexpr std::string_view kNotClassified = "NOT_CLASSIFIED";

// A key as the path of a URI reference (RFC 3986): everything but unreserved characters and "/".
std::string UriPath(std::string_view key) {
  std::string uri;
  for (const char c : key) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain && static_cast<unsigned char>(c) < 0x80) {
      uri.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

std::string ObjectUri(const Classification& record) {
  if (record.bucket.empty()) return UriPath(record.key);
  return "s3://" + UriPath(record.bucket) + "/" + UriPath(record.key);
}

std::string_view LevelOfRisk(uint32_t risk) {
  if (risk >= kHighRisk) return "error";
  return risk >= 4 ? "warning" : "note";
}

// Where inside the object, for places that are no line and column: "Sheet!C5", "page 3".
std::string LogicalName(const Occurrence& occurrence) {
  const Location& at = occurrence.location;
  std::string name = occurrence.member;
  const auto add = [&](const std::string& part) { name += (name.empty() ? "" : " ") + part; };
  if (at.page) add(fmt::format("page {}", *at.page));
  if (at.record) add(fmt::format("record {}", *at.record));
  if (!at.cell.empty()) add(at.cell);
  if (!at.json_path.empty()) add(at.json_path);
  if (!at.column_name.empty()) add(fmt::format("column {}", at.column_name));
  return name;
}

void AppendLocation(const std::string& uri, const Occurrence* occurrence, std::string* out) {
  *out += R"({"physicalLocation":{"artifactLocation":{)";
  AppendJsonMember("uri", uri, out);
  *out += "}";
  if (occurrence != nullptr && occurrence->location.line.value_or(0) > 0) {
    *out += fmt::format(R"(,"region":{{"startLine":{})", *occurrence->location.line);
    if (occurrence->location.column.value_or(0) > 0) {
      *out += fmt::format(R"(,"startColumn":{})", *occurrence->location.column);
    }
    *out += "}";
  }
  *out += "}";
  const std::string logical = occurrence == nullptr ? "" : LogicalName(*occurrence);
  if (!logical.empty()) {
    *out += R"(,"logicalLocations":[{)";
    AppendJsonMember("fullyQualifiedName", logical, out);
    *out += "}]";
  }
  *out += "}";
}

class SarifReport final : public Report {
 public:
  explicit SarifReport(ReportOptions options) : options_(std::move(options)) {
    for (const Identifier& identifier : options_.identifiers) {
      index_.emplace(identifier.id, index_.size());
    }
  }

  std::string Begin() override {
    return R"({"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0",)"
           R"("runs":[{"columnKind":"unicodeCodePoints","results":[)"
           "\n";
  }
  std::string_view separator() const override { return ",\n"; }
  std::string Render(const Classification& record) const override;
  std::string End(const ScanSummary& summary) override;
  bool resumable() const override { return true; }

 private:
  void AppendResult(const Classification& record, const DetectionGroup& group,
                    std::string* out) const;

  ReportOptions options_;
  std::map<std::string, size_t, std::less<>> index_;
};

void AppendNotClassified(const Classification& record, std::string* out) {
  *out += "{";
  AppendJsonMember("ruleId", kNotClassified, out);
  AppendJsonMember("kind", record.outcome == Outcome::kFailed ? "open" : "notApplicable", out);
  AppendJsonMember("level", "none", out);
  *out += R"(,"message":{)";
  AppendJsonMember(
      "text", fmt::format("{}: {}", OutcomeName(record.outcome), OutcomeReasonName(record.reason)),
      out);
  *out += R"(},"locations":[)";
  AppendLocation(ObjectUri(record), nullptr, out);
  *out += "]}";
}

void SarifReport::AppendResult(const Classification& record, const DetectionGroup& group,
                               std::string* out) const {
  const auto known = index_.find(group.id);
  const uint32_t risk =
      known == index_.end() ? record.dlp_risk : options_.identifiers[known->second].risk;
  *out += "{";
  AppendJsonMember("ruleId", group.id, out);
  if (known != index_.end()) *out += fmt::format(R"(,"ruleIndex":{})", known->second);
  AppendJsonMember("level", LevelOfRisk(risk), out);
  *out += fmt::format(R"(,"rank":{}.0,"message":{{)", std::min<uint32_t>(risk * 10, 100));
  AppendJsonMember(
      "text",
      fmt::format("{} found {} time{}", group.name, group.count, group.count == 1 ? "" : "s"), out);
  *out += R"(},"locations":[)";
  const std::string uri = ObjectUri(record);
  if (group.occurrences.empty()) AppendLocation(uri, nullptr, out);
  for (size_t i = 0; i < std::min(group.occurrences.size(), kMaxLocations); ++i) {
    if (i > 0) out->push_back(',');
    AppendLocation(uri, &group.occurrences[i], out);
  }
  *out += fmt::format(R"(],"properties":{{"count":{},"dlp_risk":{})", group.count, record.dlp_risk);
  AppendJsonMember("pii_impact", PiiImpactName(record.pii_impact), out);
  *out += "}}";
}

std::string SarifReport::Render(const Classification& record) const {
  std::string text;
  if (record.outcome != Outcome::kClassified) AppendNotClassified(record, &text);
  for (const DetectionGroup& group : record.detections) {
    if (!text.empty()) text += separator();
    AppendResult(record, group, &text);
  }
  return text;
}

std::string SarifReport::End(const ScanSummary& summary) {
  std::string out = "\n],\n";
  out += fmt::format(R"("invocations":[{{"executionSuccessful":{}}}],)",
                     summary.interrupted || summary.target_errors > 0 ? "false" : "true");
  out += R"("tool":{"driver":{"name":"Assay","semanticVersion":")" ASSAY_VERSION R"(","rules":[)";
  for (const Identifier& identifier : options_.identifiers) {
    out += "\n{";
    AppendJsonMember("id", identifier.id, &out);
    AppendJsonMember("name", identifier.name, &out);
    out += R"(,"shortDescription":{)";
    AppendJsonMember("text", identifier.name, &out);
    out += R"(},"fullDescription":{)";
    AppendJsonMember(
        "text", identifier.description.empty() ? identifier.name : identifier.description, &out);
    out += R"(},"defaultConfiguration":{)";
    AppendJsonMember("level", LevelOfRisk(identifier.risk), &out);
    out += R"(},"properties":{)";
    AppendJsonMember("category", identifier.category, &out);
    out += fmt::format(R"(,"risk":{}}}}},)", identifier.risk);
  }
  out += "\n{";
  AppendJsonMember("id", kNotClassified, &out);
  out += R"(,"shortDescription":{"text":"Object that was not classified"}}]}}}]})"
         "\n";
  return out;
}

}  // namespace

std::unique_ptr<Report> MakeSarifReport(ReportOptions options) {
  return std::make_unique<SarifReport>(std::move(options));
}

}  // namespace assay
