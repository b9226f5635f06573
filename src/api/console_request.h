// What the routes of /api/v1 share: the request as they get it, and reading its parts.
//
// Thread rule: values and pure functions.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/authenticator.h"
#include "api/http_server.h"
#include "api/service_context.h"
#include "base/status.h"

namespace assay {

struct ConsoleRequest {
  const ServiceContext* context = nullptr;
  AuthenticatedCaller who;
  std::vector<std::string> path;  // the values of {...} in the route, decoded
  std::map<std::string, std::string> query;
  rapidjson::Document body;  // an object; empty for requests without a body

  // The first value of the path. REQUIRES: the route has one.
  const std::string& account() const { return path.front(); }
};

// The body of the answer (JSON), or why there is none.
using ConsoleHandler = Result<std::string> (*)(const ConsoleRequest&);

struct ConsoleRoute {
  std::string_view method;
  std::string_view pattern;  // "/accounts/{account}/buckets", below /api/v1
  bool changes;              // read-only callers may not
  std::string_view query;    // names of its query parameters, with blanks between
  ConsoleHandler handler;
};
// All routes, as docs/openapi.yaml describes them.
const std::vector<ConsoleRoute>& ConsoleRoutes();
// The parts they are put together from, one per console_<part>.cc.
std::vector<ConsoleRoute> SetupRoutes();
std::vector<ConsoleRoute> AccountRoutes();
std::vector<ConsoleRoute> ResourceRoutes();
std::vector<ConsoleRoute> DashboardRoutes();
std::vector<ConsoleRoute> ObjectRoutes();
std::vector<ConsoleRoute> IdentifierRoutes();
std::vector<ConsoleRoute> AdministrationRoutes();
std::vector<ConsoleRoute> UserRoutes();
std::vector<ConsoleRoute> QueueRoutes();

// kInvalidArgument unless it is 12 digits.
Status RequireAccountId(const std::string& account_id);
// The query parameter, "" when it is absent.
std::string QueryText(const ConsoleRequest& request, const std::string& name);
// kInvalidArgument unless it is a whole number from `min` to `max`, or absent.
Result<std::optional<uint32_t>> QueryNumber(const ConsoleRequest& request, const std::string& name,
                                            uint32_t min, uint32_t max);
Result<std::optional<int64_t>> QueryTime(const ConsoleRequest& request, const std::string& name);
// A member of a JSON object. kInvalidArgument: required and absent or "", or of another type.
Result<std::string> TextMemberOf(const rapidjson::Value& object, const char* name, bool required);
// false when it is absent.
Result<bool> BoolMemberOf(const rapidjson::Value& object, const char* name);
Result<std::optional<int64_t>> IntMemberOf(const rapidjson::Value& object, const char* name);
// `region` of the query or of the body; the home region when there is none. kInvalidArgument: not a
// region of this service.
Result<std::string> RegionOr(const ConsoleRequest& request, const std::string& region);

// kInvalidArgument unless it is a name that fits into an ARN and an audit log.
Status CheckUserName(const std::string& name);

// "1234.50": dollars without separators.
std::string DollarString(int64_t cents);
// Writes an audit entry of the caller; for changes that no service below writes one for.
Status Audit(Transaction& tx, const ConsoleRequest& request, std::string_view action,
             const std::string& target);

}  // namespace assay
