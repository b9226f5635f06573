#include "api/store_calls.h"

#include <string_view>

namespace assay {
namespace {

constexpr std::string_view kConsole = "/api/v1";
constexpr std::string_view kClassicTarget = "MacieService.";

bool IsClassic(const HttpCall& call) { return call.path == "/" && call.method == "POST"; }

}  // namespace

bool WaitsForStores(const HttpCall& call) {
  const std::string_view path = call.path;
  if (IsClassic(call)) {
    std::string_view target = call.Header("x-amz-target");
    if (!target.starts_with(kClassicTarget)) return false;
    target.remove_prefix(kClassicTarget.size());
    return !target.starts_with("List");
  }
  if (!path.starts_with(kConsole)) return false;
  const std::string_view route = path.substr(kConsole.size());
  const bool reads = call.method == "GET" || call.method == "HEAD";
  if (route == "/setup" || route == "/enable" || route == "/disable") return true;
  if (route.starts_with("/buckets/")) return true;
  if (!route.starts_with("/accounts")) return false;
  // Of accounts, the list and what is monitored are in the database.
  return !reads || route.ends_with("/buckets") || route.ends_with("/prefixes");
}

HttpAnswer TooManyStoreCalls(const HttpCall& call) {
  if (IsClassic(call)) {
    HttpAnswer answer;
    answer.status = 400;
    answer.content_type = "application/x-amz-json-1.1";
    answer.body = R"({"__type":"ThrottlingException","message":"Rate exceeded"})";
    return answer;
  }
  HttpAnswer answer = HttpErrorAnswer(
      503, "SlowDown", "Too many requests wait for stores that do not answer: try again later.");
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

}  // namespace assay
