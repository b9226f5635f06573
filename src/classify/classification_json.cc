// ClassificationToJson: the writer of the jsonl line.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/rfc3339.h"
#include "base/utf8.h"
#include "classify/classification.h"
#include "classify/codec.h"

namespace assay {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// Writes members that have something to say and leaves the others out.
class Members {
 public:
  explicit Members(JsonWriter* writer) : w_(*writer) {}

  void Text(const char* name, std::string_view value) {
    if (!value.empty()) Always(name, value);
  }
  void Always(const char* name, std::string_view value) {
    w_.Key(name);
    String(value);
  }
  void Number(const char* name, uint64_t value) {
    w_.Key(name);
    w_.Uint64(value);
  }
  template <typename Optional>
  void Maybe(const char* name, const Optional& value) {
    if (value) Number(name, *value);
  }
  void Time(const char* name, int64_t ms) {
    if (ms != 0) Always(name, FormatRfc3339(ms));
  }
  void List(const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    w_.Key(name);
    w_.StartArray();
    for (const std::string& value : values) String(value);
    w_.EndArray();
  }
  // Bytes that may be no text: percent-encoded then, and a second member says so.
  void Bytes(const char* name, const char* encoding_name, std::string_view value) {
    if (IsValidUtf8(value)) {
      Always(name, value);
      return;
    }
    Always(name, PercentEncodeInvalid(value));
    Always(encoding_name, "percent");
  }

 private:
  void String(std::string_view value) {
    if (IsValidUtf8(value)) {
      w_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    } else {
      const std::string text = ToValidUtf8(value);
      w_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    }
  }
  JsonWriter& w_;
};

void WriteOccurrence(const Occurrence& occurrence, JsonWriter* w) {
  const Location& at = occurrence.location;
  Members m(w);
  w->StartObject();
  m.Maybe("line", at.line);
  m.Maybe("column", at.column);
  m.Number("start", at.start);
  m.Number("end", at.end);
  m.Text("cell", at.cell);
  m.Text("column_name", at.column_name);
  m.Maybe("record", at.record);
  m.Text("json_path", at.json_path);
  m.Maybe("page", at.page);
  m.Text("member", occurrence.member);
  m.Text("redacted", occurrence.redacted);
  m.Text("hash", occurrence.hash);
  m.Text("value", occurrence.value);
  w->EndObject();
}

void WriteDetections(const std::vector<DetectionGroup>& groups, JsonWriter* w) {
  w->StartArray();
  for (const DetectionGroup& group : groups) {
    Members m(w);
    w->StartObject();
    m.Always("id", group.id);
    m.Text("name", group.name);
    m.Text("category", group.category);
    m.Number("count", group.count);
    w->Key("occurrences");
    w->StartArray();
    for (const Occurrence& occurrence : group.occurrences) WriteOccurrence(occurrence, w);
    w->EndArray();
    w->EndObject();
  }
  w->EndArray();
}

void WriteMetadata(const Classification& c, JsonMembers members, JsonWriter* w) {
  Members m(w);
  if (members == JsonMembers::kRecord) {
    if (c.storage_class.empty()) return;
    w->Key("filesystem_metadata");
    w->StartObject();
    m.Always("storage_class", c.storage_class);
    w->EndObject();
    return;
  }
  w->Key("filesystem_metadata");
  w->StartObject();
  m.Text("bucket", c.bucket);
  m.Text("first_prefix", c.first_prefix);
  m.Text("ETag", c.etag);
  m.Time("last_modified", c.last_modified_ms);
  m.Number("size", c.size);
  m.Text("server_encryption", c.server_encryption);
  m.Text("sse_kms_key_id", c.sse_kms_key_id);
  m.Text("storage_class", c.storage_class);
  w->EndObject();
}

void WriteAcl(const ObjectAcl& acl, JsonWriter* w) {
  if (acl.empty()) return;
  Members m(w);
  w->Key("object_acl");
  w->StartObject();
  w->Key("Owner");
  w->StartObject();
  m.Text("ID", acl.owner_id);
  m.Text("DisplayName", acl.owner_display_name);
  w->EndObject();
  w->Key("Grants");
  w->StartArray();
  for (const ObjectGrant& grant : acl.grants) {
    w->StartObject();
    w->Key("Grantee");
    w->StartObject();
    m.Text("Type", grant.grantee_type);
    m.Text("ID", grant.grantee_id);
    m.Text("DisplayName", grant.grantee_display_name);
    m.Text("URI", grant.grantee_uri);
    w->EndObject();
    m.Text("Permission", grant.permission);
    w->EndObject();
  }
  w->EndArray();
  w->EndObject();
}

void WriteOutcome(const Classification& c, JsonMembers members, JsonWriter* w) {
  Members m(w);
  const bool whole = members != JsonMembers::kRecord;
  if (whole) {
    m.Always("outcome", OutcomeName(c.outcome));
    m.Text("reason", OutcomeReasonName(c.reason));
    if (c.reason != OutcomeReason::kNone) {
      w->Key("retryable");
      w->Bool(IsRetryable(c.reason));
    }
  }
  if (c.outcome == Outcome::kClassified) {
    // Absent from a record, it is COMPLETE.
    if (whole || c.partial) m.Always("status", c.partial ? "PARTIAL" : "COMPLETE");
    m.Text("status_reason", c.status_reason);
    if (whole) m.Number("bytes_classified", c.bytes_classified);
  }
  if (whole) m.Time("@timestamp", c.timestamp_ms);
  m.Time("last_crawl_time", c.last_crawl_ms);
}

void WriteFindings(const Classification& c, JsonMembers members, JsonWriter* w) {
  Members m(w);
  m.Text("content_type", c.content_type);
  m.List("mimetypes", c.mimetypes);
  m.Text("encoding", c.encoding);
  m.Text("language_code", c.language_code);
  m.List("filetypes", c.filetypes);
  if (c.outcome != Outcome::kClassified) return;
  m.Number("mimetype_risk", c.mimetype_risk);
  m.Number("filetype_risk", c.filetype_risk);
  m.Number("theme_risk", c.theme_risk);
  m.Number("regex_risk", c.regex_risk);
  const bool whole = members != JsonMembers::kRecord;
  if (whole) m.Number("dlp_risk", c.dlp_risk);
  m.List("keyword_themes", c.keyword_themes);
  m.List("regex_themes", c.regex_themes);
  if (whole) {
    m.List("themes", c.themes);
    m.List("pii_types", c.pii_types);
    m.Always("pii_impact", PiiImpactName(c.pii_impact));
  }
  if (members != JsonMembers::kAll || !c.encoded_detections.empty()) return;
  w->Key("detections");
  WriteDetections(c.detections, w);
}

}  // namespace

std::string ClassificationToJson(const Classification& classification, JsonMembers members) {
  constexpr size_t kUsualBytes = 2048;
  rapidjson::StringBuffer buffer(nullptr, kUsualBytes);
  JsonWriter w(buffer);
  Members m(&w);
  w.StartObject();
  if (members != JsonMembers::kRecord) {
    m.Text("bucket", classification.bucket);
    m.Bytes("key", "key_encoding", classification.key);
    m.Text("accountId", classification.account_id);
  }
  WriteOutcome(classification, members, &w);
  WriteMetadata(classification, members, &w);
  WriteAcl(classification.acl, &w);
  WriteFindings(classification, members, &w);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string WithDetections(std::string json, std::string_view encoded_detections) {
  const Result<std::vector<DetectionGroup>> groups = DecodeDetections(encoded_detections);
  if (!groups.ok() || !json.ends_with('}')) return json;
  rapidjson::StringBuffer buffer(nullptr, 2 * encoded_detections.size());
  JsonWriter w(buffer);
  WriteDetections(*groups, &w);
  json.pop_back();
  json += R"(,"detections":)";
  json.append(buffer.GetString(), buffer.GetSize());
  json += '}';
  return json;
}

}  // namespace assay
