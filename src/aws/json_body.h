// Requests and replies of AWS JSON services as RapidJSON documents; for the .cc files of the typed
// clients only.
//
// Thread rule: pure functions.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace assay {

// Writes one JSON value, member by member.
class JsonBody {
 public:
  JsonBody() : writer_(buffer_) { writer_.StartObject(); }

  JsonBody& Text(const char* name, std::string_view value) {
    Key(name);
    String(value);
    return *this;
  }
  JsonBody& Number(const char* name, int64_t value) {
    Key(name);
    writer_.Int64(value);
    return *this;
  }
  JsonBody& Flag(const char* name, bool value) {
    Key(name);
    writer_.Bool(value);
    return *this;
  }
  JsonBody& Texts(const char* name, const std::vector<std::string>& values) {
    StartArray(name);
    for (const std::string& value : values) String(value);
    return EndArray();
  }
  JsonBody& StartArray(const char* name) {
    Key(name);
    writer_.StartArray();
    return *this;
  }
  JsonBody& EndArray() {
    writer_.EndArray();
    return *this;
  }
  // The name of a member; StartObject begins its value.
  JsonBody& Member(const char* name) {
    Key(name);
    return *this;
  }
  // An element of an array, or the value of a Member; its members follow.
  JsonBody& StartObject() {
    writer_.StartObject();
    return *this;
  }
  JsonBody& EndObject() {
    writer_.EndObject();
    return *this;
  }
  // Ends the body; nothing may be written afterwards.
  std::string Finish() {
    writer_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  void Key(const char* name) { writer_.Key(name); }
  void String(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

// kDataLoss: no JSON object.
inline Result<rapidjson::Document> ParseJsonBody(const std::string& text, std::string_view what) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) {
    return DataLoss(std::string(what) + ": a reply that is no JSON object");
  }
  return document;
}

// A member's text; "" when it is missing or no text.
inline std::string JsonText(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

inline bool JsonFlag(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsBool() && found->value.GetBool();
}

// The objects of an array member; other elements are left out.
inline std::vector<const rapidjson::Value*> JsonObjects(const rapidjson::Value& object,
                                                        const char* name) {
  std::vector<const rapidjson::Value*> objects;
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsArray()) return objects;
  for (const rapidjson::Value& element : found->value.GetArray()) {
    if (element.IsObject()) objects.push_back(&element);
  }
  return objects;
}

// The texts of an array member.
inline std::vector<std::string> JsonTexts(const rapidjson::Value& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsArray()) return texts;
  for (const rapidjson::Value& element : found->value.GetArray()) {
    if (element.IsString()) texts.emplace_back(element.GetString(), element.GetStringLength());
  }
  return texts;
}

}  // namespace assay
