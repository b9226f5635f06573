// HttpCall and HttpAnswer: what needs nothing of the server's machinery.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <strings.h>

#include "api/http_server.h"

namespace assay {

std::string_view HttpCall::Header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header.size() != name.size()) continue;
    if (strncasecmp(header.data(), name.data(), name.size()) != 0) continue;
    const std::string_view text = value;
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
  }
  return {};
}

HttpAnswer HttpErrorAnswer(int status, std::string_view code, std::string_view message) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto member = [&](const char* name, std::string_view value) {
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  writer.Key("error");
  writer.StartObject();
  member("code", code);
  member("message", message);
  writer.EndObject();
  writer.EndObject();
  HttpAnswer answer;
  answer.status = status;
  answer.body = buffer.GetString();
  return answer;
}

}  // namespace assay
