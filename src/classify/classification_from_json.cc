// ClassificationFromJson: reads a jsonl line back. The line may come from anywhere, so the parser
// does not recurse, every type is checked, and unknown members are passed over.
#include <rapidjson/document.h>

#include <initializer_list>
#include <limits>
#include <optional>

#include "base/rfc3339.h"
#include "base/utf8.h"
#include "classify/classification.h"

namespace assay {
namespace {

using Json = rapidjson::Value;

// Reads members of one JSON object; the first wrong type latches ok() to false.
class Members {
 public:
  Members(const Json& object, bool* ok) : object_(object), ok_(*ok) {}

  const Json* Find(const char* name) const {
    const auto member = object_.FindMember(name);
    return member == object_.MemberEnd() ? nullptr : &member->value;
  }
  std::string Text(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr) return "";
    if (!value->IsString()) return Bad<std::string>();
    return {value->GetString(), value->GetStringLength()};
  }
  std::optional<uint64_t> Maybe(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->IsUint64()) return Bad<std::optional<uint64_t>>();
    return value->GetUint64();
  }
  uint64_t Number(const char* name, uint64_t most = std::numeric_limits<uint64_t>::max()) {
    const uint64_t value = Maybe(name).value_or(0);
    return value <= most ? value : Bad<uint64_t>();
  }
  int64_t Time(const char* name) {
    const std::string text = Text(name);
    if (text.empty()) return 0;
    const auto ms = ParseRfc3339(text);
    return ms ? *ms : Bad<int64_t>();
  }
  std::vector<std::string> List(const char* name) {
    std::vector<std::string> values;
    const Json* list = Array(name);
    if (list == nullptr) return values;
    for (const Json& value : list->GetArray()) {
      if (!value.IsString()) return Bad<std::vector<std::string>>();
      values.emplace_back(value.GetString(), value.GetStringLength());
    }
    return values;
  }
  const Json* Array(const char* name) {
    const Json* value = Find(name);
    if (value != nullptr && !value->IsArray()) return Bad<const Json*>();
    return value;
  }
  // The enumerator that the member names.
  template <typename Enum>
  Enum Named(const char* name, std::optional<Enum> (*of_name)(std::string_view)) {
    const std::optional<Enum> value = of_name(Text(name));
    return value ? *value : Bad<Enum>();
  }

 private:
  template <typename T>
  T Bad() {
    ok_ = false;
    return T{};
  }
  const Json& object_;
  bool& ok_;
};

Occurrence ReadOccurrence(const Json& json, bool* ok) {
  Occurrence occurrence;
  if (!json.IsObject()) {
    *ok = false;
    return occurrence;
  }
  Members m(json, ok);
  Location& at = occurrence.location;
  at.line = m.Maybe("line");
  at.column = m.Maybe("column");
  at.start = m.Number("start");
  at.end = m.Number("end");
  at.cell = m.Text("cell");
  at.column_name = m.Text("column_name");
  at.record = m.Maybe("record");
  at.json_path = m.Text("json_path");
  if (m.Find("page") != nullptr) at.page = static_cast<uint32_t>(m.Number("page", UINT32_MAX));
  occurrence.member = m.Text("member");
  occurrence.redacted = m.Text("redacted");
  occurrence.hash = m.Text("hash");
  occurrence.value = m.Text("value");
  return occurrence;
}

DetectionGroup ReadGroup(const Json& json, bool* ok) {
  DetectionGroup group;
  if (!json.IsObject()) {
    *ok = false;
    return group;
  }
  Members m(json, ok);
  group.id = m.Text("id");
  group.name = m.Text("name");
  group.category = m.Text("category");
  group.count = m.Number("count");
  if (const Json* occurrences = m.Array("occurrences")) {
    for (const Json& occurrence : occurrences->GetArray()) {
      group.occurrences.push_back(ReadOccurrence(occurrence, ok));
    }
  }
  return group;
}

void ReadMetadata(const Json& json, bool* ok, Classification* c) {
  if (!json.IsObject()) {
    *ok = false;
    return;
  }
  Members m(json, ok);
  c->first_prefix = m.Text("first_prefix");
  c->etag = m.Text("ETag");
  c->last_modified_ms = m.Time("last_modified");
  c->size = m.Number("size");
  c->server_encryption = m.Text("server_encryption");
  c->sse_kms_key_id = m.Text("sse_kms_key_id");
  c->storage_class = m.Text("storage_class");
}

// Member `name` of a JSON object, which is one itself; null, and maybe not ok, when it is not.
const Json* ObjectIn(const Json& json, const char* name, bool* ok) {
  if (!json.IsObject()) {
    *ok = false;
    return nullptr;
  }
  const auto member = json.FindMember(name);
  if (member == json.MemberEnd()) return nullptr;
  if (!member->value.IsObject()) *ok = false;
  return member->value.IsObject() ? &member->value : nullptr;
}

ObjectGrant ReadGrant(const Json& json, bool* ok) {
  ObjectGrant grant;
  if (const Json* grantee = ObjectIn(json, "Grantee", ok)) {
    Members m(*grantee, ok);
    grant.grantee_type = m.Text("Type");
    grant.grantee_id = m.Text("ID");
    grant.grantee_display_name = m.Text("DisplayName");
    grant.grantee_uri = m.Text("URI");
  }
  if (json.IsObject()) grant.permission = Members(json, ok).Text("Permission");
  return grant;
}

void ReadAcl(const Json& json, bool* ok, ObjectAcl* acl) {
  if (const Json* owner = ObjectIn(json, "Owner", ok)) {
    Members m(*owner, ok);
    acl->owner_id = m.Text("ID");
    acl->owner_display_name = m.Text("DisplayName");
  }
  if (!json.IsObject()) return;
  if (const Json* grants = Members(json, ok).Array("Grants")) {
    for (const Json& grant : grants->GetArray()) acl->grants.push_back(ReadGrant(grant, ok));
  }
}

void ReadOutcome(Members& m, bool* ok, Classification* c) {
  if (m.Find("outcome") != nullptr) {
    c->outcome = m.Named("outcome", OutcomeOfName);
  }
  c->reason = m.Named("reason", OutcomeReasonOfName);
  const std::string status = m.Text("status");
  if (!status.empty() && status != "COMPLETE" && status != "PARTIAL") *ok = false;
  c->partial = status == "PARTIAL";
  c->status_reason = m.Text("status_reason");
  c->bytes_classified = m.Number("bytes_classified");
  c->timestamp_ms = m.Time("@timestamp");
  c->last_crawl_ms = m.Time("last_crawl_time");
}

void ReadFindings(Members& m, bool* ok, Classification* c) {
  c->content_type = m.Text("content_type");
  c->mimetypes = m.List("mimetypes");
  c->encoding = m.Text("encoding");
  c->language_code = m.Text("language_code");
  c->filetypes = m.List("filetypes");
  c->mimetype_risk = static_cast<uint32_t>(m.Number("mimetype_risk", 10));
  c->filetype_risk = static_cast<uint32_t>(m.Number("filetype_risk", 10));
  c->theme_risk = static_cast<uint32_t>(m.Number("theme_risk", 10));
  c->regex_risk = static_cast<uint32_t>(m.Number("regex_risk", 10));
  c->dlp_risk = static_cast<uint32_t>(m.Number("dlp_risk", 10));
  c->keyword_themes = m.List("keyword_themes");
  c->regex_themes = m.List("regex_themes");
  c->themes = m.List("themes");
  c->pii_types = m.List("pii_types");
  if (m.Find("pii_impact") != nullptr) {
    c->pii_impact = m.Named("pii_impact", PiiImpactOfName);
  }
  if (const Json* groups = m.Array("detections")) {
    for (const Json& group : groups->GetArray()) c->detections.push_back(ReadGroup(group, ok));
  }
}

}  // namespace

Result<Classification> ClassificationFromJson(std::string_view json, JsonMembers members) {
  rapidjson::Document document;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  document.Parse<kFlags>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    return DataLoss("not a classification record: no JSON object");
  }
  Classification c;
  bool ok = true;
  Members m(document, &ok);
  c.bucket = m.Text("bucket");
  c.key = m.Text("key");
  const std::string encoding = m.Text("key_encoding");
  if (encoding == "percent") c.key = PercentDecode(c.key);
  c.account_id = m.Text("accountId");
  const bool whole = m.Find("key") != nullptr && m.Find("outcome") != nullptr;
  if (!whole && members != JsonMembers::kRecord) ok = false;
  if (!encoding.empty() && encoding != "percent") ok = false;
  ReadOutcome(m, &ok, &c);
  if (const Json* metadata = m.Find("filesystem_metadata")) ReadMetadata(*metadata, &ok, &c);
  if (const Json* acl = m.Find("object_acl")) ReadAcl(*acl, &ok, &c.acl);
  ReadFindings(m, &ok, &c);
  if (!ok) return DataLoss("not a classification record: a member has the wrong form");
  return c;
}

}  // namespace assay
