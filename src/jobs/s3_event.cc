#include "jobs/s3_event.h"

#include <rapidjson/document.h>

#include <utility>

#include "base/rfc3339.h"

namespace assay {
namespace {

using Json = rapidjson::Value;

// A document inside a document (SNS) is as deep as forms go.
constexpr int kMaxWraps = 2;
constexpr size_t kMaxBucketBytes = 500;
constexpr size_t kMaxKeyBytes = 4096;

const Json* Member(const Json& value, const char* name) {
  if (!value.IsObject()) return nullptr;
  const auto found = value.FindMember(name);
  return found == value.MemberEnd() ? nullptr : &found->value;
}

std::string_view Text(const Json* value) {
  if (value == nullptr || !value->IsString()) return {};
  return {value->GetString(), value->GetStringLength()};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Keys in "Records" are encoded as in HTML forms (Amazon S3 user guide, "Event message structure").
std::string FormDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
      continue;
    }
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

class EventReader {
 public:
  EventReader(const std::string& account_id, int64_t now_ms)
      : account_id_(account_id), now_ms_(now_ms) {}

  Status Read(std::string_view document, int wraps) {
    rapidjson::Document json;
    // Iterative: nesting of a hostile document costs no stack.
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
        document.data(), document.size());
    if (json.HasParseError() || !json.IsObject()) {
      return InvalidArgument("an object event must be a JSON object");
    }
    if (const Json* records = Member(json, "Records"); records != nullptr && records->IsArray()) {
      for (const Json& record : records->GetArray()) Record(record);
      return Status::Ok();
    }
    if (const Json* message = Member(json, "Message"); message != nullptr && wraps > 0) {
      return Read(Text(message), wraps - 1);
    }
    if (const Json* detail = Member(json, "detail"); detail != nullptr && detail->IsObject()) {
      EventBridge(json, *detail);
      return Status::Ok();
    }
    if (!Text(Member(json, "Event")).empty()) return Status::Ok();  // s3:TestEvent
    return InvalidArgument("not an S3 event: it has neither Records nor Message nor detail");
  }

  std::vector<EventRow> Take() { return std::move(events_); }

 private:
  void Record(const Json& record) {
    std::string_view name = Text(Member(record, "eventName"));
    if (name.starts_with("s3:")) name.remove_prefix(3);
    const bool created = name.starts_with("ObjectCreated") || name.starts_with("ObjectRestore");
    const bool deleted =
        name.starts_with("ObjectRemoved") || name.starts_with("LifecycleExpiration");
    const Json* s3 = Member(record, "s3");
    if ((!created && !deleted) || s3 == nullptr) return;
    const Json* bucket = Member(*s3, "bucket");
    const Json* object = Member(*s3, "object");
    if (bucket == nullptr || object == nullptr) return;
    const std::string_view bucket_name = Text(Member(*bucket, "name"));
    const std::string_view key = Text(Member(*object, "key"));
    const int64_t at_ms = Moment(Text(Member(record, "eventTime")));
    const std::string decoded = FormDecode(key);
    Add(bucket_name, decoded, deleted, at_ms);
    // Some stores send the key as it is. Looking at a key that is not there costs nothing.
    const std::string_view source = Text(Member(record, "eventSource"));
    if (decoded != key && source != "aws:s3" && source != "minio:s3") {
      Add(bucket_name, std::string(key), deleted, at_ms);
    }
  }

  // Keys are not encoded there (EventBridge's "Object Created" and "Object Deleted").
  void EventBridge(const Json& event, const Json& detail) {
    const std::string_view type = Text(Member(event, "detail-type"));
    const bool deleted = type == "Object Deleted";
    if (!deleted && type != "Object Created" && type != "Object Restore Completed") return;
    const Json* bucket = Member(detail, "bucket");
    const Json* object = Member(detail, "object");
    if (bucket == nullptr || object == nullptr) return;
    Add(Text(Member(*bucket, "name")), std::string(Text(Member(*object, "key"))), deleted,
        Moment(Text(Member(event, "time"))));
  }

  int64_t Moment(std::string_view text) const { return ParseRfc3339(text).value_or(now_ms_); }

  void Add(std::string_view bucket, std::string key, bool deleted, int64_t at_ms) {
    if (bucket.empty() || bucket.size() > kMaxBucketBytes) return;
    if (key.empty() || key.size() > kMaxKeyBytes) return;
    EventRow event;
    event.account_id = account_id_;
    event.bucket = bucket;
    event.key = std::move(key);
    event.deleted = deleted;
    event.event_ms = at_ms;
    event.received_ms = now_ms_;
    events_.push_back(std::move(event));
  }

  const std::string& account_id_;
  const int64_t now_ms_;
  std::vector<EventRow> events_;
};

}  // namespace

Result<std::vector<EventRow>> ParseS3Events(std::string_view document,
                                            const std::string& account_id, int64_t now_ms) {
  if (document.size() > kMaxEventDocumentBytes) {
    return InvalidArgument("an object event document may have at most 4 MB");
  }
  EventReader reader(account_id, now_ms);
  ASSAY_RETURN_IF_ERROR(reader.Read(document, kMaxWraps));
  return reader.Take();
}

}  // namespace assay
