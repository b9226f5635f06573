#include "classify/codec.h"

#include <array>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "classify/wire.h"

namespace assay {
namespace {

void PutStrings(WireWriter& w, const std::vector<std::string>& values) {
  w.U32(static_cast<uint32_t>(values.size()));
  for (const std::string& value : values) w.Str(value);
}

std::vector<std::string> GetStrings(WireReader& r) {
  std::vector<std::string> values(r.Count(4));
  for (std::string& value : values) value = r.Str();
  return values;
}

// An enumerator, or the latched failure when the number names none.
template <typename Enum>
Enum GetEnum(WireReader& r, Enum last) {
  const uint8_t value = r.U8();
  if (value > static_cast<uint8_t>(last)) {
    r.Fail();
    return Enum{};
  }
  return static_cast<Enum>(value);
}

// Identifiers: all that a scanner needs; examples and prose stay behind.
void PutIdentifier(WireWriter& w, const Identifier& id) {
  for (const std::string* text : {&id.id, &id.name, &id.category, &id.classic_regex, &id.pii_type,
                                  &id.macie2, &id.pattern, &id.validator}) {
    w.Str(*text);
  }
  w.Bool(id.case_insensitive);
  w.U8(static_cast<uint8_t>(id.boundary));
  for (const auto* list : {&id.words, &id.anchors, &id.keywords, &id.ignore_words}) {
    PutStrings(w, *list);
  }
  w.Bool(id.keyword_required);
  w.U32(id.proximity);
  w.U32(id.min_matches);
  w.U32(id.risk);
  w.U32(static_cast<uint32_t>(id.severities.size()));
  for (const SeverityLevel& level : id.severities) {
    w.U64(level.at_least);
    w.Str(level.severity);
  }
}

Identifier GetIdentifier(WireReader& r) {
  Identifier id;
  for (std::string* text : {&id.id, &id.name, &id.category, &id.classic_regex, &id.pii_type,
                            &id.macie2, &id.pattern, &id.validator}) {
    *text = r.Str();
  }
  id.case_insensitive = r.Bool();
  id.boundary = GetEnum(r, Boundary::kToken);
  for (auto* list : {&id.words, &id.anchors, &id.keywords, &id.ignore_words}) {
    *list = GetStrings(r);
  }
  id.keyword_required = r.Bool();
  id.proximity = r.U32();
  id.min_matches = r.U32();
  id.risk = r.U32();
  id.severities.resize(r.Count(12));
  for (SeverityLevel& level : id.severities) {
    level.at_least = r.U64();
    level.severity = r.Str();
  }
  return id;
}

// A limit's fields, in one order for both directions.
template <typename Limits, typename Visit>
void VisitLimits(Limits& limits, Visit&& visit) {
  visit(limits.max_depth);
  visit(limits.max_members);
  visit(limits.max_member_bytes);
  visit(limits.max_expanded_bytes);
  visit(limits.max_ratio);
  visit(limits.ratio_floor_bytes);
  visit(limits.max_document_bytes);
  visit(limits.max_nesting);
}

void PutOptional(WireWriter& w, const std::optional<uint64_t>& value) {
  w.Bool(value.has_value());
  if (value) w.U64(*value);
}

std::optional<uint64_t> GetOptional(WireReader& r) {
  if (!r.Bool()) return std::nullopt;
  return r.U64();
}

void PutOccurrence(WireWriter& w, const Occurrence& occurrence) {
  const Location& at = occurrence.location;
  w.U64(at.start);
  w.U64(at.end);
  PutOptional(w, at.line);
  PutOptional(w, at.column);
  PutOptional(w, at.record);
  PutOptional(w, at.page);
  for (const std::string* text : {&at.cell, &at.column_name, &at.json_path, &occurrence.member,
                                  &occurrence.redacted, &occurrence.hash, &occurrence.value}) {
    w.Str(*text);
  }
}

// Eight-byte span, four flags, seven string lengths: the least an occurrence can take.
constexpr size_t kMinOccurrenceBytes = 16 + 4 + 28;

Occurrence GetOccurrence(WireReader& r) {
  Occurrence occurrence;
  Location& at = occurrence.location;
  at.start = r.U64();
  at.end = r.U64();
  at.line = GetOptional(r);
  at.column = GetOptional(r);
  at.record = GetOptional(r);
  if (const auto page = GetOptional(r)) {
    if (*page > UINT32_MAX) r.Fail();
    at.page = static_cast<uint32_t>(*page);
  }
  for (std::string* text : {&at.cell, &at.column_name, &at.json_path, &occurrence.member,
                            &occurrence.redacted, &occurrence.hash, &occurrence.value}) {
    *text = r.Str();
  }
  return occurrence;
}

void PutGroup(WireWriter& w, const DetectionGroup& group) {
  w.Str(group.id);
  w.Str(group.name);
  w.Str(group.category);
  w.U64(group.count);
  w.U32(static_cast<uint32_t>(group.occurrences.size()));
  for (const Occurrence& occurrence : group.occurrences) PutOccurrence(w, occurrence);
}

DetectionGroup GetGroup(WireReader& r) {
  DetectionGroup group;
  group.id = r.Str();
  group.name = r.Str();
  group.category = r.Str();
  group.count = r.U64();
  const uint32_t count = r.Count(kMinOccurrenceBytes);
  group.occurrences.reserve(count);
  for (uint32_t i = 0; i < count && r.ok(); ++i) group.occurrences.push_back(GetOccurrence(r));
  return group;
}

// The string lists of the findings, in one order for both directions.
template <typename C>
auto StringLists(C& c) {
  return std::array{&c.mimetypes,    &c.filetypes, &c.keyword_themes,
                    &c.regex_themes, &c.themes,    &c.pii_types};
}

void CopyFindings(Classification&& from, Classification* to) {
  to->outcome = from.outcome;
  to->reason = from.reason;
  to->partial = from.partial;
  to->pii_impact = from.pii_impact;
  to->bytes_classified = from.bytes_classified;
  to->mimetype_risk = from.mimetype_risk;
  to->filetype_risk = from.filetype_risk;
  to->theme_risk = from.theme_risk;
  to->regex_risk = from.regex_risk;
  to->dlp_risk = from.dlp_risk;
  to->status_reason = std::move(from.status_reason);
  to->content_type = std::move(from.content_type);
  to->encoding = std::move(from.encoding);
  to->language_code = std::move(from.language_code);
  const auto sources = StringLists(from);
  const auto targets = StringLists(*to);
  for (size_t i = 0; i < sources.size(); ++i) *targets[i] = std::move(*sources[i]);
  to->detections = std::move(from.detections);
}

}  // namespace

std::string EncodeWorkerSetup(const WorkerSetup& setup) {
  std::string out;
  WireWriter w(&out);
  PutStrings(w, setup.ruleset.disabled);
  PutStrings(w, setup.ruleset.enabled);
  PutStrings(w, setup.ruleset.disabled_content_types);
  PutStrings(w, setup.ruleset.disabled_extensions);
  PutStrings(w, setup.ruleset.allow_words);
  PutStrings(w, setup.ruleset.allow_patterns);
  w.Bool(setup.ruleset.report_example_values);
  w.U32(static_cast<uint32_t>(setup.ruleset.custom.size()));
  for (const Identifier& id : setup.ruleset.custom) PutIdentifier(w, id);
  VisitLimits(setup.classify.extract, [&w](uint64_t value) { w.U64(value); });
  w.U32(setup.classify.max_occurrences);
  w.Bool(setup.classify.show_values);
  w.Str(setup.classify.hash_key);
  w.U64(setup.memory_limit_bytes);
  w.U32(setup.object_timeout_ms);
  w.Bool(setup.columnar);
  return out;
}

Result<WorkerSetup> DecodeWorkerSetup(std::string_view bytes) {
  WorkerSetup setup;
  WireReader r(bytes);
  setup.ruleset.disabled = GetStrings(r);
  setup.ruleset.enabled = GetStrings(r);
  setup.ruleset.disabled_content_types = GetStrings(r);
  setup.ruleset.disabled_extensions = GetStrings(r);
  setup.ruleset.allow_words = GetStrings(r);
  setup.ruleset.allow_patterns = GetStrings(r);
  setup.ruleset.report_example_values = r.Bool();
  const uint32_t custom = r.Count(32);
  for (uint32_t i = 0; i < custom && r.ok(); ++i) setup.ruleset.custom.push_back(GetIdentifier(r));
  VisitLimits(setup.classify.extract, [&r](auto& value) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(r.U64());
  });
  setup.classify.max_occurrences = r.U32();
  setup.classify.show_values = r.Bool();
  setup.classify.hash_key = r.Str();
  setup.memory_limit_bytes = r.U64();
  setup.object_timeout_ms = r.U32();
  setup.columnar = r.Bool();
  if (!r.ok() || !r.at_end()) return DataLoss("the classifier's set-up does not decode");
  return setup;
}

void EncodeFindings(const Classification& c, std::string* out) {
  WireWriter w(out);
  w.U8(static_cast<uint8_t>(c.outcome));
  w.U8(static_cast<uint8_t>(c.reason));
  w.Bool(c.partial);
  w.U8(static_cast<uint8_t>(c.pii_impact));
  w.U64(c.bytes_classified);
  for (const uint32_t risk :
       {c.mimetype_risk, c.filetype_risk, c.theme_risk, c.regex_risk, c.dlp_risk}) {
    w.U8(static_cast<uint8_t>(risk));
  }
  for (const std::string* text :
       {&c.status_reason, &c.content_type, &c.encoding, &c.language_code}) {
    w.Str(*text);
  }
  for (const auto* list : StringLists(c)) PutStrings(w, *list);
  w.U32(static_cast<uint32_t>(c.detections.size()));
  for (const DetectionGroup& group : c.detections) PutGroup(w, group);
}

Status DecodeFindings(std::string_view bytes, Classification* out) {
  WireReader r(bytes);
  Classification c;
  c.outcome = GetEnum(r, Outcome::kFailed);
  c.reason = GetEnum(r, OutcomeReason::kSymlink);
  c.partial = r.Bool();
  c.pii_impact = GetEnum(r, PiiImpact::kHigh);
  c.bytes_classified = r.U64();
  for (uint32_t* risk :
       {&c.mimetype_risk, &c.filetype_risk, &c.theme_risk, &c.regex_risk, &c.dlp_risk}) {
    *risk = r.U8();
    if (*risk > 10) r.Fail();
  }
  for (std::string* text : {&c.status_reason, &c.content_type, &c.encoding, &c.language_code}) {
    *text = r.Str();
  }
  for (auto* list : StringLists(c)) *list = GetStrings(r);
  const uint32_t groups = r.Count(24);
  for (uint32_t i = 0; i < groups && r.ok(); ++i) c.detections.push_back(GetGroup(r));
  if (!r.ok() || !r.at_end()) return DataLoss("the classifier's answer does not decode");
  CopyFindings(std::move(c), out);
  return {};
}

}  // namespace assay
