// /api/v1: who may sign in to the console.
#include "api/console_request.h"
#include "api/json_io.h"
#include "aws/aws_time.h"
#include "base/password.h"
#include "base/random_bytes.h"
#include "store/access_rows.h"
#include "store/session_rows.h"

namespace assay {
namespace {

constexpr size_t kPasswordLetters = 20;
// Without those that are mistaken for each other.
constexpr std::string_view kReadable = "abcdefghjkmnpqrstuvwxyz23456789";

void WriteUser(const ConsoleUserRow& user, JsonOut* out) {
  out->Text("userName", user.user_name);
  out->Bool("readOnly", user.read_only);
  out->Time("createdAt", user.created_at_ms);
}

Result<std::string> ListUsersRoute(const ConsoleRequest& request) {
  std::vector<ConsoleUserRow> users;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(users, ListConsoleUsers(tx));
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Name("users").BeginArray();
  for (const ConsoleUserRow& user : users) {
    out.BeginObject();
    WriteUser(user, &out);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> AddUserRoute(const ConsoleRequest& request) {
  ConsoleUserRow user;
  ASSAY_ASSIGN_OR_RETURN(user.user_name, TextMemberOf(request.body, "userName", true));
  ASSAY_ASSIGN_OR_RETURN(user.read_only, BoolMemberOf(request.body, "readOnly"));
  ASSAY_RETURN_IF_ERROR(CheckUserName(user.user_name));
  const std::string password = RandomText(kPasswordLetters, kReadable);
  user.password_hash = HashPassword(password);
  user.created_at_ms = NowMs();
  const auto write = [&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const auto there, GetConsoleUser(tx, user.user_name));
    if (there) return InvalidArgument("there is a user " + user.user_name + " already");
    ASSAY_RETURN_IF_ERROR(PutConsoleUser(tx, user));
    return Audit(tx, request, "CreateConsoleUser", user.user_name);
  };
  ASSAY_RETURN_IF_ERROR(request.context->database->Write(write));
  JsonOut out;
  out.BeginObject();
  WriteUser(user, &out);
  out.Text("password", password);
  out.EndObject();
  return out.Take();
}

// The last user who may change something stays: nobody could make another in the console.
Status RemoveUser(Transaction& tx, const std::string& name) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ConsoleUserRow> users, ListConsoleUsers(tx));
  bool others = false;
  for (const ConsoleUserRow& user : users) others |= user.user_name != name && !user.read_only;
  ASSAY_RETURN_IF_ERROR(DeleteConsoleUser(tx, name));
  if (!others) return InvalidArgument(name + " is the last user who may change something");
  return DeleteConsoleSessionsOf(tx, name, "");
}

Result<std::string> RemoveUserRoute(const ConsoleRequest& request) {
  const std::string& name = request.path.front();
  const auto write = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(RemoveUser(tx, name));
    return Audit(tx, request, "DeleteConsoleUser", name);
  };
  ASSAY_RETURN_IF_ERROR(request.context->database->Write(write));
  return std::string("{}");
}

}  // namespace

std::vector<ConsoleRoute> UserRoutes() {
  return {
      {"GET", "/users", false, "", ListUsersRoute},
      {"POST", "/users", true, "", AddUserRoute},
      {"DELETE", "/users/{userName}", true, "", RemoveUserRoute},
  };
}

}  // namespace assay
