#include "api/console_api.h"

#include <algorithm>

#include "api/json_io.h"
#include "aws/uri.h"

namespace assay {
namespace {

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

// Whether the path fits the pattern; *values gets what stands for its {...}, decoded. Segments that
// a proxy or a signer could fold away ("", ".", "..") fit nothing.
bool Matches(std::string_view pattern, std::string_view path, std::vector<std::string>* values) {
  const std::vector<std::string_view> wanted = Segments(pattern);
  const std::vector<std::string_view> given = Segments(path);
  if (wanted.size() != given.size()) return false;
  values->clear();
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::string segment = UriDecode(given[i]);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (wanted[i].starts_with('{')) {
      values->push_back(segment);
    } else if (given[i] != wanted[i]) {
      return false;
    }
  }
  return true;
}

bool NamesParameter(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

// '+' is a plus sign, as the signature has it. A parameter that comes twice could mean one thing to
// the signer and another to us; one that is not known would be a filter that does not filter.
Status ReadQuery(std::string_view query, std::string_view known,
                 std::map<std::string, std::string>* parameters) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string name = UriDecode(pair.substr(0, equals));
    if (name.starts_with("X-Amz-")) continue;  // of a presigned request
    if (!NamesParameter(known, name)) return InvalidArgument("there is no parameter " + name);
    const std::string value = UriDecode(pair.substr(std::min(equals + 1, pair.size())));
    if (!parameters->emplace(name, value).second) {
      return InvalidArgument("the parameter " + name + " is given twice");
    }
  }
  return Status::Ok();
}

int HttpStatusOf(const AuthenticationRefusal& refusal) {
  if (refusal.status == 500) return 500;
  if (refusal.name == "AccessDeniedException") return 403;
  return refusal.name == "ThrottlingException" ? 429 : 401;
}

struct ErrorKind {
  int status;
  std::string_view code;
};

ErrorKind KindOf(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument:
      return {400, "InvalidInput"};
    case StatusCode::kNotFound:
      return {404, "NotFound"};
    case StatusCode::kPermissionDenied:
      return {403, "AccessDenied"};
    case StatusCode::kAborted:
      return {409, "Conflict"};
    case StatusCode::kResourceExhausted:
      return {429, "LimitExceeded"};
    case StatusCode::kUnavailable:
    case StatusCode::kCancelled:
      return {503, "Unavailable"};
    case StatusCode::kDeadlineExceeded:
      return {504, "Timeout"};
    case StatusCode::kUnimplemented:
      return {501, "NotImplemented"};
    default:
      return {500, "InternalError"};
  }
}

}  // namespace

HttpAnswer ConsoleError(const Status& status) {
  const ErrorKind kind = KindOf(status.code());
  return HttpErrorAnswer(kind.status, kind.code, status.message());
}

HttpAnswer ConsoleApi::Handle(const HttpCall& call, std::string* route) {
  const std::string_view path = std::string_view(call.path).substr(kConsolePrefix.size());
  const std::string_view method = call.method == "HEAD" ? "GET" : std::string_view(call.method);
  if (path == "/session" || path == "/session/password") {
    *route = std::string(kConsolePrefix).append(path);
    return sessions_.Handle(call, path);
  }
  const ConsoleRoute* found = nullptr;
  std::string allowed;
  ConsoleRequest request;
  for (const ConsoleRoute& candidate : ConsoleRoutes()) {
    std::vector<std::string> values;
    if (!Matches(candidate.pattern, path, &values)) continue;
    if (candidate.method == method) {
      found = &candidate;
      request.path = std::move(values);
      break;
    }
    allowed.append(allowed.empty() ? "" : ", ").append(candidate.method);
  }
  if (found != nullptr) *route = std::string(kConsolePrefix).append(found->pattern);
  // Who may not call learns nothing about what is there.
  const bool changes = found != nullptr && found->changes;
  const auto who =
      ConsoleSessions::HasCookie(call)
          ? sessions_.Authenticate(call, changes)
          : authenticator_->Authenticate(
                call, "assay", found == nullptr ? "assay:Unknown" : "assay:" + call.method + *route,
                changes ? Sigv4Use::kChange : Sigv4Use::kRead);
  if (const auto* refusal = std::get_if<AuthenticationRefusal>(&who)) {
    HttpAnswer answer = HttpErrorAnswer(HttpStatusOf(*refusal), refusal->name, refusal->message);
    answer.delay_ms = refusal->delay_ms;
    return answer;
  }
  if (found == nullptr) {
    if (allowed.empty()) return HttpErrorAnswer(404, "NotFound", "There is no such page.");
    HttpAnswer answer =
        HttpErrorAnswer(405, "MethodNotAllowed", "This page takes " + allowed + ".");
    answer.headers.emplace_back("Allow", allowed);
    return answer;
  }
  request.context = context_;
  request.who = std::get<AuthenticatedCaller>(who);
  if (Status status = ReadQuery(call.query, found->query, &request.query); !status.ok()) {
    return ConsoleError(status);
  }
  Result<rapidjson::Document> body = ParseJsonObject(call.body);
  if (!body.ok()) return ConsoleError(body.status());
  request.body = *std::move(body);
  Result<std::string> result = found->handler(request);
  if (!result.ok()) return ConsoleError(result.status());
  HttpAnswer answer;
  answer.body = *std::move(result);
  return answer;
}

}  // namespace assay
