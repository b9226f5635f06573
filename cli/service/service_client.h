// ServiceClient: the command line as a user of the running service's own JSON API (/api/v1).
//
// Thread rule: one thread.
#pragma once

#include <rapidjson/document.h>

#include <memory>
#include <string>

#include "aws/http.h"
#include "aws/uri.h"
#include "base/status.h"
#include "cli/service/data_directory.h"

namespace assay {

class ServiceClient {
 public:
  // The service that runs in `directory`. kNotFound: none is set up there, or none runs.
  static Result<ServiceClient> Connect(const std::string& directory);

  // `path` below /api/v1, percent-encoded ("/accounts/111122223333"). The reply's JSON; an error
  // reply becomes a Status with its message and remedy.
  Result<rapidjson::Document> Get(const std::string& path, const QueryParameters& query = {});
  Result<rapidjson::Document> Send(const std::string& method, const std::string& path,
                                   const rapidjson::Value& body);
  const std::string& base_url() const { return base_url_; }

 private:
  ServiceClient(DataDirectory directory, std::string base_url);
  Result<rapidjson::Document> Exchange(const std::string& method, const std::string& path,
                                       const QueryParameters& query, std::string body);

  DataDirectory directory_;
  std::string base_url_;
  std::unique_ptr<HttpClient> http_;
};

// A member as text, "" when it is absent or none; as a number, 0 then.
std::string TextMember(const rapidjson::Value& object, const char* name);
int64_t IntMember(const rapidjson::Value& object, const char* name);
bool BoolMember(const rapidjson::Value& object, const char* name);
// An array member's elements; none when it is absent.
const rapidjson::Value& ArrayMember(const rapidjson::Value& object, const char* name);
std::string JsonText(const rapidjson::Value& value);

}  // namespace assay
