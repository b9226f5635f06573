#include "api/console_request.h"

#include <charconv>

#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/rfc3339.h"
#include "store/access_rows.h"

namespace assay {
namespace {

const rapidjson::Value* Find(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

}  // namespace

const std::vector<ConsoleRoute>& ConsoleRoutes() {
  static const std::vector<ConsoleRoute> kRoutes = [] {
    std::vector<ConsoleRoute> all;
    for (auto part : {SetupRoutes, AccountRoutes, ResourceRoutes, DashboardRoutes, ObjectRoutes,
                      IdentifierRoutes, AdministrationRoutes, UserRoutes, QueueRoutes}) {
      for (const ConsoleRoute& route : part()) all.push_back(route);
    }
    return all;
  }();
  return kRoutes;
}

Status RequireAccountId(const std::string& account_id) {
  if (account_id.size() == 12 && account_id.find_first_not_of("0123456789") == std::string::npos) {
    return Status::Ok();
  }
  return InvalidArgument("an account ID has 12 digits");
}

std::string QueryText(const ConsoleRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

Result<std::optional<uint32_t>> QueryNumber(const ConsoleRequest& request, const std::string& name,
                                            uint32_t min, uint32_t max) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return std::optional<uint32_t>();
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < min || number > max) {
    return InvalidArgument(name + " must be a whole number from " + std::to_string(min) + " to " +
                           std::to_string(max));
  }
  return std::optional<uint32_t>(number);
}

Result<std::optional<int64_t>> QueryTime(const ConsoleRequest& request, const std::string& name) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return std::optional<int64_t>();
  const std::optional<int64_t> ms = ParseRfc3339(text);
  if (!ms) return InvalidArgument(name + " must be a time like 2026-11-24T02:30:00Z");
  return ms;
}

Result<std::string> TextMemberOf(const rapidjson::Value& object, const char* name, bool required) {
  const rapidjson::Value* value = Find(object, name);
  if (value != nullptr && !value->IsString()) {
    return InvalidArgument(std::string(name) + " must be a string");
  }
  std::string text(value == nullptr ? std::string_view() : JsonText(*value));
  if (required && text.empty()) return InvalidArgument(std::string(name) + " is required");
  return text;
}

Result<bool> BoolMemberOf(const rapidjson::Value& object, const char* name) {
  const rapidjson::Value* value = Find(object, name);
  if (value == nullptr) return false;
  if (!value->IsBool()) return InvalidArgument(std::string(name) + " must be true or false");
  return value->GetBool();
}

Result<std::optional<int64_t>> IntMemberOf(const rapidjson::Value& object, const char* name) {
  const rapidjson::Value* value = Find(object, name);
  if (value == nullptr) return std::optional<int64_t>();
  if (!value->IsInt64()) return InvalidArgument(std::string(name) + " must be a whole number");
  return std::optional<int64_t>(value->GetInt64());
}

Result<std::string> RegionOr(const ConsoleRequest& request, const std::string& region) {
  if (region.empty()) return request.context->access->home_region();
  ASSAY_RETURN_IF_ERROR(RequireRegion(*request.context, region));
  return region;
}

Status CheckUserName(const std::string& name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
  if (!name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == std::string::npos) {
    return Status::Ok();
  }
  return InvalidArgument("userName must be 1 to 64 letters, digits and + = , . @ _ -");
}

std::string DollarString(int64_t cents) {
  const std::string part = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (part.size() < 2 ? ".0" : ".") + part;
}

Status Audit(Transaction& tx, const ConsoleRequest& request, std::string_view action,
             const std::string& target) {
  AuditRow row;
  row.at_ms = NowMs();
  row.actor = request.who.caller.user;
  row.source = request.who.caller.source_ip;
  row.action = std::string(action);
  row.target = target;
  row.result = "ok";
  row.detail = "{}";
  return AddAudit(tx, row);
}

}  // namespace assay
