#include "classify/codec.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/hmac.h"
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

// What an occurrence has besides its span, as bits of a number that comes first: most have few.
template <typename O>
auto OccurrenceNumbers(O& o) {
  return std::array{&o.location.line, &o.location.column, &o.location.record};
}
template <typename O>
auto OccurrenceTexts(O& o) {
  return std::array{&o.location.cell,
                    &o.location.column_name,
                    &o.location.json_path,
                    &o.member,
                    &o.redacted,
                    &o.hash,
                    &o.value};
}
constexpr size_t kTexts = 7;
constexpr size_t kHashText = 5;
constexpr unsigned kPageBit = 3;
constexpr unsigned kFirstTextBit = 4;
// Instead of the hash's text: its bytes, which are half of it and no length. Since format 2.
constexpr unsigned kHashBytesBit = kFirstTextBit + kTexts;
constexpr uint64_t kOccurrenceBits = (1U << (kHashBytesBit + 1)) - 1;

constexpr uint8_t kNoDigit = 0x80;
// The bytes that DigestHex made this of; nothing for any other text.
std::optional<std::array<char, kHashBytes>> HashBytes(std::string_view hex) {
  // Digits of hashes are random, and a branch on each would be guessed wrong every other time.
  static constexpr auto kDigits = [] {
    std::array<uint8_t, 256> digits{};
    digits.fill(kNoDigit);
    for (uint8_t i = 0; i < 16; ++i) digits[static_cast<uint8_t>("0123456789abcdef"[i])] = i;
    return digits;
  }();
  std::array<char, kHashBytes> bytes{};
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  uint8_t seen = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint8_t high = kDigits[static_cast<uint8_t>(hex[2 * i])];
    const uint8_t low = kDigits[static_cast<uint8_t>(hex[2 * i + 1])];
    seen |= high | low;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  if ((seen & kNoDigit) != 0) return std::nullopt;
  return bytes;
}

std::string HashText(std::string_view bytes) {
  Sha256Digest digest{};
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return DigestHex(digest, bytes.size());
}

void PutOccurrence(WireWriter& w, const Occurrence& occurrence) {
  const auto numbers = OccurrenceNumbers(occurrence);
  const auto texts = OccurrenceTexts(occurrence);
  const Location& at = occurrence.location;
  const auto hash = HashBytes(occurrence.hash);
  uint64_t bits = at.page ? 1U << kPageBit : 0;
  for (size_t i = 0; i < numbers.size(); ++i) bits |= uint64_t{*numbers[i] ? 1U : 0U} << i;
  for (size_t i = 0; i < texts.size(); ++i) {
    bits |= uint64_t{texts[i]->empty() ? 0U : 1U} << (kFirstTextBit + i);
  }
  if (hash) bits ^= 1U << (kFirstTextBit + kHashText) | 1U << kHashBytesBit;
  w.Var(bits);
  w.Var(at.start);
  w.Var(at.end - at.start);
  for (const auto* number : numbers) {
    if (*number) w.Var(**number);
  }
  if (at.page) w.Var(*at.page);
  for (size_t i = 0; i < texts.size(); ++i) {
    if ((bits >> (kFirstTextBit + i) & 1) != 0) w.VarStr(*texts[i]);
  }
  if (hash) w.Bytes({hash->data(), hash->size()});
}

// The bits, the span: the least an occurrence can take.
constexpr size_t kMinOccurrenceBytes = 3;

// Null: it is only checked.
void GetOccurrence(WireReader& r, Occurrence* out) {
  const uint64_t bits = r.Var();
  if (bits > kOccurrenceBits) r.Fail();
  const uint64_t start = r.Var();
  const uint64_t length = r.Var();
  std::array<uint64_t, kFirstTextBit> numbers{};
  for (size_t i = 0; i < numbers.size(); ++i) {
    if ((bits >> i & 1) != 0) numbers[i] = r.Var();
  }
  if (numbers[kPageBit] > UINT32_MAX) r.Fail();
  std::array<std::string_view, kTexts> texts;
  for (size_t i = 0; i < texts.size(); ++i) {
    if ((bits >> (kFirstTextBit + i) & 1) != 0) texts[i] = r.VarStr();
  }
  std::string_view hash;
  if ((bits >> kHashBytesBit & 1) != 0) {
    if (!texts[kHashText].empty()) r.Fail();
    hash = r.Bytes(kHashBytes);
  }
  if (out == nullptr || !r.ok()) return;
  out->location.start = start;
  out->location.end = start + length;
  const auto number_members = OccurrenceNumbers(*out);
  for (size_t i = 0; i < number_members.size(); ++i) {
    if ((bits >> i & 1) != 0) *number_members[i] = numbers[i];
  }
  if ((bits >> kPageBit & 1) != 0) out->location.page = static_cast<uint32_t>(numbers[kPageBit]);
  const auto text_members = OccurrenceTexts(*out);
  for (size_t i = 0; i < texts.size(); ++i) *text_members[i] = texts[i];
  if (!hash.empty()) out->hash = HashText(hash);
}

void PutGroup(WireWriter& w, const DetectionGroup& group) {
  for (const std::string* text : {&group.id, &group.name, &group.category}) w.VarStr(*text);
  w.Var(group.count);
  w.U32(static_cast<uint32_t>(group.occurrences.size()));
  for (const Occurrence& occurrence : group.occurrences) PutOccurrence(w, occurrence);
}

// Three lengths, the count, the number of occurrences: the least a group can take.
constexpr size_t kMinGroupBytes = 8;

// Null: it is only checked. Takes its occurrences from *items.
void GetGroup(WireReader& r, uint64_t* items, DetectionGroup* out) {
  const std::string_view id = r.VarStr();
  const std::string_view name = r.VarStr();
  const std::string_view category = r.VarStr();
  const uint64_t total = r.Var();
  const uint32_t count = r.Count(kMinOccurrenceBytes);
  if (count > *items) return r.Fail();
  *items -= count;
  if (out != nullptr) {
    out->id = id;
    out->name = name;
    out->category = category;
    out->count = total;
    out->occurrences.resize(count);
  }
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    GetOccurrence(r, out == nullptr ? nullptr : &out->occurrences[i]);
  }
}

// First of what is kept. Formats that were once kept are read for ever: 1 has hashes as texts only.
constexpr char kDetectionsFormat = 2;

// All groups, to the end of the bytes, and how many they are. Null: they are only checked.
Result<uint32_t> GetGroups(WireReader& r, std::vector<DetectionGroup>* out) {
  const uint32_t count = r.Count(kMinGroupBytes);
  uint64_t items = kMaxDetectionItems;
  if (count > items) r.Fail();
  items -= count;
  if (out != nullptr && r.ok()) out->resize(count);
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    GetGroup(r, &items, out == nullptr ? nullptr : &(*out)[i]);
  }
  if (!r.ok() || !r.at_end()) return DataLoss("the detections do not decode");
  return count;
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
  to->encoded_detections = std::move(from.encoded_detections);
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

uint64_t CountItems(const std::vector<DetectionGroup>& detections) {
  uint64_t items = detections.size();
  for (const DetectionGroup& group : detections) items += group.occurrences.size();
  return items;
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

Status DecodeFindings(std::string_view bytes, DetectionsAs detections, Classification* out) {
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
  if (!r.ok()) return DataLoss("the classifier's answer does not decode");
  const std::string_view groups = r.rest();
  const bool keep = detections == DetectionsAs::kBytes;
  ASSAY_ASSIGN_OR_RETURN(const uint32_t count, GetGroups(r, keep ? nullptr : &c.detections));
  if (keep && count > 0 && c.outcome == Outcome::kClassified) {
    c.encoded_detections.reserve(1 + groups.size());
    c.encoded_detections = kDetectionsFormat;
    c.encoded_detections += groups;
  }
  CopyFindings(std::move(c), out);
  return {};
}

Result<std::vector<DetectionGroup>> DecodeDetections(std::string_view bytes) {
  if (bytes.empty() || bytes.front() < 1 || bytes.front() > kDetectionsFormat) {
    return DataLoss("these detections were written in a format this version does not know");
  }
  WireReader r(bytes.substr(1));
  std::vector<DetectionGroup> groups;
  ASSAY_RETURN_IF_ERROR(GetGroups(r, &groups).status());
  return groups;
}

}  // namespace assay
