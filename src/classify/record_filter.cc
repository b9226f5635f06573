#include "classify/record_filter.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <optional>

#include "base/rfc3339.h"

namespace assay {
namespace {

using Json = rapidjson::Value;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameLetter(char a, char b) { return Lower(a) == Lower(b); }

bool TextMeets(std::string_view text, const RecordTerm& term) {
  if (term.parameter->test == RecordTest::kContains) {
    return std::search(text.begin(), text.end(), term.text.begin(), term.text.end(), SameLetter) !=
           text.end();
  }
  return std::equal(text.begin(), text.end(), term.text.begin(), term.text.end(), SameLetter);
}

bool ValueMeets(const Json& value, const RecordTerm& term) {
  switch (term.parameter->test) {
    case RecordTest::kIs:
    case RecordTest::kContains:
      return value.IsString() && TextMeets({value.GetString(), value.GetStringLength()}, term);
    case RecordTest::kAtLeast:
      return value.IsInt64() && value.GetInt64() >= term.number;
    case RecordTest::kAtMost:
      return value.IsInt64() && value.GetInt64() <= term.number;
    case RecordTest::kSince:
    case RecordTest::kBefore:
      break;
  }
  if (!value.IsString()) return false;
  const auto time = ParseRfc3339({value.GetString(), value.GetStringLength()});
  if (!time) return false;
  return term.parameter->test == RecordTest::kSince ? *time >= term.number : *time < term.number;
}

// Whether something at `path` below `value` meets the term. Paths are ours, so this goes only a
// few levels deep.
bool AnyMeets(const Json& value, std::string_view path, const RecordTerm& term) {
  if (value.IsArray()) {
    return std::any_of(value.Begin(), value.End(), [&](const Json& element) {
      return !element.IsArray() && AnyMeets(element, path, term);
    });
  }
  if (path.empty()) return ValueMeets(value, term);
  if (!value.IsObject()) return false;
  const std::string_view name = path.substr(0, path.find('.'));
  const auto member = value.FindMember(
      Json(rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))));
  if (member == value.MemberEnd()) return false;
  return AnyMeets(member->value, path.substr(std::min(path.size(), name.size() + 1)), term);
}

}  // namespace

const std::vector<RecordParameter>& RecordParameters() {
  static const std::vector<RecordParameter> kAll = {
      {"keyContains", "", RecordTest::kContains},
      {"storageClass", "filesystem_metadata.storage_class", RecordTest::kIs},
      {"contentType", "content_type", RecordTest::kIs},
      {"mimetype", "mimetypes", RecordTest::kIs},
      {"encoding", "encoding", RecordTest::kIs},
      {"languageCode", "language_code", RecordTest::kIs},
      {"filetype", "filetypes", RecordTest::kIs},
      {"keywordTheme", "keyword_themes", RecordTest::kIs},
      {"regexTheme", "regex_themes", RecordTest::kIs},
      {"minMimetypeRisk", "mimetype_risk", RecordTest::kAtLeast},
      {"maxMimetypeRisk", "mimetype_risk", RecordTest::kAtMost},
      {"minFiletypeRisk", "filetype_risk", RecordTest::kAtLeast},
      {"maxFiletypeRisk", "filetype_risk", RecordTest::kAtMost},
      {"minThemeRisk", "theme_risk", RecordTest::kAtLeast},
      {"maxThemeRisk", "theme_risk", RecordTest::kAtMost},
      {"minRegexRisk", "regex_risk", RecordTest::kAtLeast},
      {"maxRegexRisk", "regex_risk", RecordTest::kAtMost},
      {"crawledSince", "last_crawl_time", RecordTest::kSince},
      {"crawledUntil", "last_crawl_time", RecordTest::kBefore},
      {"aclOwnerId", "object_acl.Owner.ID", RecordTest::kIs},
      {"aclOwnerName", "object_acl.Owner.DisplayName", RecordTest::kIs},
      {"aclGranteeId", "object_acl.Grants.Grantee.ID", RecordTest::kIs},
      {"aclGranteeName", "object_acl.Grants.Grantee.DisplayName", RecordTest::kIs},
      {"aclGranteeType", "object_acl.Grants.Grantee.Type", RecordTest::kIs},
      {"aclGranteeUri", "object_acl.Grants.Grantee.URI", RecordTest::kIs},
      {"aclPermission", "object_acl.Grants.Permission", RecordTest::kIs},
  };
  return kAll;
}

bool MeetsRecordFilter(const RecordFilter& filter, std::string_view key, std::string_view record) {
  if (filter.empty()) return true;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(record.data(), record.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  return std::all_of(filter.begin(), filter.end(), [&](const RecordTerm& term) {
    if (term.parameter->member.empty()) return TextMeets(key, term);
    return AnyMeets(document, term.parameter->member, term);
  });
}

std::string RecordFilterText(const RecordFilter& filter) {
  std::string text;
  for (const RecordTerm& term : filter) {
    text +=
        fmt::format("{} {} {}:{};", term.parameter->name, term.number, term.text.size(), term.text);
  }
  return text;
}

}  // namespace assay
