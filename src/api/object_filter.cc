#include "api/object_filter.h"

#include <charconv>
#include <limits>
#include <memory>
#include <utility>

#include "classify/record_filter.h"

namespace assay {
namespace {

constexpr uint32_t kMaxRiskValue = 10;

// A filter that nothing can match is a typing error.
Status RequireOneOf(const std::string& name, const std::string& value,
                    std::initializer_list<std::string_view> known) {
  std::string all;
  for (const std::string_view one : known) {
    if (value.empty() || value == one) return Status::Ok();
    all.append(all.empty() ? "" : ", ").append(one);
  }
  return InvalidArgument(name + " must be one of " + all);
}

Result<std::optional<int64_t>> QuerySize(const ConsoleRequest& request, const std::string& name) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return std::optional<int64_t>();
  int64_t size = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, size);
  if (error != std::errc() || stop != end || size < 0) {
    return InvalidArgument(name + " must be a number of bytes");
  }
  return std::optional<int64_t>(size);
}

// What the object's row is looked up by.
Status ReadIndexed(const ConsoleRequest& request, ObjectFilter* filter) {
  filter->account_id = QueryText(request, "account");
  filter->bucket = QueryText(request, "bucket");
  filter->prefix = QueryText(request, "prefix");
  filter->key = QueryText(request, "key");
  filter->outcome = QueryText(request, "outcome");
  filter->reason = QueryText(request, "reason");
  filter->pii_type = QueryText(request, "piiType");
  filter->pii_impact = QueryText(request, "piiImpact");
  filter->theme = QueryText(request, "theme");
  const std::string world_readable = QueryText(request, "worldReadable");
  filter->world_readable = world_readable == "true";
  ASSAY_RETURN_IF_ERROR(RequireOneOf("worldReadable", world_readable, {"true"}));
  ASSAY_RETURN_IF_ERROR(
      RequireOneOf("outcome", filter->outcome, {"classified", "skipped", "failed"}));
  ASSAY_RETURN_IF_ERROR(
      RequireOneOf("piiImpact", filter->pii_impact, {"none", "low", "moderate", "high"}));
  if (!filter->account_id.empty()) ASSAY_RETURN_IF_ERROR(RequireAccountId(filter->account_id));
  if (!filter->prefix.empty() && filter->bucket.empty()) {
    return InvalidArgument("prefix needs bucket");
  }
  ASSAY_ASSIGN_OR_RETURN(filter->min_risk, QueryNumber(request, "minRisk", 0, kMaxRiskValue));
  ASSAY_ASSIGN_OR_RETURN(filter->max_risk, QueryNumber(request, "maxRisk", 0, kMaxRiskValue));
  ASSAY_ASSIGN_OR_RETURN(filter->since_ms, QueryTime(request, "since"));
  ASSAY_ASSIGN_OR_RETURN(filter->until_ms, QueryTime(request, "until"));
  return Status::Ok();
}

// Further columns of the row.
Status ReadColumns(const ConsoleRequest& request, ObjectFilter* filter) {
  filter->first_prefix = QueryText(request, "firstPrefix");
  filter->etag = QueryText(request, "etag");
  filter->server_encryption = QueryText(request, "serverEncryption");
  filter->sse_kms_key_id = QueryText(request, "kmsKeyId");
  if (filter->first_prefix.find('/') != std::string::npos) {
    return InvalidArgument("firstPrefix is what a key has before its first '/'");
  }
  ASSAY_ASSIGN_OR_RETURN(filter->min_size, QuerySize(request, "minSize"));
  ASSAY_ASSIGN_OR_RETURN(filter->max_size, QuerySize(request, "maxSize"));
  ASSAY_ASSIGN_OR_RETURN(filter->modified_since_ms, QueryTime(request, "modifiedSince"));
  ASSAY_ASSIGN_OR_RETURN(filter->modified_until_ms, QueryTime(request, "modifiedUntil"));
  return Status::Ok();
}

Result<RecordFilter> ReadTerms(const ConsoleRequest& request) {
  RecordFilter terms;
  for (const RecordParameter& parameter : RecordParameters()) {
    const std::string name(parameter.name);
    RecordTerm term;
    term.parameter = &parameter;
    term.text = QueryText(request, name);
    if (term.text.empty()) continue;
    if (parameter.test == RecordTest::kAtLeast || parameter.test == RecordTest::kAtMost) {
      ASSAY_ASSIGN_OR_RETURN(const auto number, QueryNumber(request, name, 0, kMaxRiskValue));
      term.number = number.value_or(0);
      term.text.clear();
    } else if (parameter.test == RecordTest::kSince || parameter.test == RecordTest::kBefore) {
      ASSAY_ASSIGN_OR_RETURN(const auto time, QueryTime(request, name));
      term.number = time.value_or(0);
      term.text.clear();
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

}  // namespace

std::string ObjectFilterParameters() {
  std::string names =
      "account bucket prefix key firstPrefix outcome reason minRisk maxRisk piiType piiImpact "
      "theme "
      "since until worldReadable etag minSize maxSize modifiedSince modifiedUntil serverEncryption "
      "kmsKeyId";
  for (const RecordParameter& parameter : RecordParameters()) {
    names.append(" ").append(parameter.name);
  }
  return names;
}

Result<ObjectFilter> ReadObjectFilter(const ConsoleRequest& request) {
  ObjectFilter filter;
  ASSAY_RETURN_IF_ERROR(ReadIndexed(request, &filter));
  ASSAY_RETURN_IF_ERROR(ReadColumns(request, &filter));
  ASSAY_ASSIGN_OR_RETURN(RecordFilter terms, ReadTerms(request));
  filter.record.text = RecordFilterText(terms);
  if (!terms.empty()) {
    filter.record.accepts = [terms = std::move(terms)](std::string_view key,
                                                       std::string_view record) {
      return MeetsRecordFilter(terms, key, record);
    };
  }
  return filter;
}

}  // namespace assay
