// Reading and writing JSON bodies.
//
// Thread rule: a JsonOut belongs to one thread; the functions are pure.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// Reads a hostile body: kInvalidArgument unless it is one JSON object in UTF-8. An empty body is an
// empty object. Depth costs memory only in proportion to the size.
Result<rapidjson::Document> ParseJsonObject(std::string_view body);

std::string_view JsonText(const rapidjson::Value& text);  // REQUIRES: text.IsString()

// Builds one JSON text. A name is given for members of objects, none for elements of arrays.
class JsonOut {
 public:
  JsonOut() : writer_(buffer_) {}

  JsonOut& Name(std::string_view name);
  void BeginObject() { writer_.StartObject(); }
  void EndObject() { writer_.EndObject(); }
  void BeginArray() { writer_.StartArray(); }
  void EndArray() { writer_.EndArray(); }
  // Bytes that are not UTF-8 become U+FFFD.
  void String(std::string_view value);
  // JSON that is known to be JSON, as it is.
  void Raw(std::string_view json);

  void Text(std::string_view name, std::string_view value) { Name(name).String(value); }
  void Int(std::string_view name, int64_t value);
  void Uint(std::string_view name, uint64_t value);
  void Bool(std::string_view name, bool value);
  // ISO 8601 in UTC; left out when it is 0 ("never").
  void Time(std::string_view name, int64_t ms);

  std::string Take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace assay
