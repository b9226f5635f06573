#include "api/json_io.h"

#include "base/rfc3339.h"
#include "base/utf8.h"

namespace assay {

Result<rapidjson::Document> ParseJsonObject(std::string_view body) {
  rapidjson::Document document;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    document.SetObject();
    return document;
  }
  // Iterative: a body of nothing but '[' cannot exhaust the stack.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      body.data(), body.size());
  if (document.HasParseError()) return InvalidArgument("the body is not JSON");
  if (!document.IsObject()) return InvalidArgument("the body is not a JSON object");
  return document;
}

std::string_view JsonText(const rapidjson::Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

JsonOut& JsonOut::Name(std::string_view name) {
  writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  return *this;
}

void JsonOut::String(std::string_view value) {
  if (IsValidUtf8(value)) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  } else {
    const std::string text = ToValidUtf8(value);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
}

void JsonOut::Raw(std::string_view json) {
  writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

void JsonOut::Int(std::string_view name, int64_t value) {
  Name(name);
  writer_.Int64(value);
}

void JsonOut::Uint(std::string_view name, uint64_t value) {
  Name(name);
  writer_.Uint64(value);
}

void JsonOut::Bool(std::string_view name, bool value) {
  Name(name);
  writer_.Bool(value);
}

void JsonOut::Time(std::string_view name, int64_t ms) {
  if (ms != 0) Text(name, FormatRfc3339(ms));
}

}  // namespace assay
