// `assay credentials`, `assay users` and `assay audit`: who may call the service, who may sign in
// to its console, and who did what.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/service/client_command.h"
#include "cli/service/text_table.h"

namespace assay {
namespace {

constexpr const char* kCredentialsFooter = R"(Examples:
  assay credentials list
  assay credentials add alice                  the secret is shown this once
  assay credentials add reports --read-only    may call the List and read operations only
  assay credentials remove AKIAASSAYEXAMPLE00

They are for the AWS CLI and boto3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. The 'assay' command
itself needs none on the service's own machine: it reads the key file.)";

constexpr const char* kUsersFooter = R"(Examples:
  assay users list
  assay users add alice                        the password is shown this once
  assay users add auditor --read-only
  assay users remove alice                     and end her sessions)";

constexpr const char* kAuditFooter = R"(Examples:
  assay audit                                  the last 50 changes, newest first
  assay audit --limit 1000 --format json)";

struct Options {
  ClientOptions client;
  std::string user;
  std::string access_key_id;
  bool read_only = false;
  uint32_t limit = 50;
};

Status ListCredentials(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Get("/credentials"));
  if (options.client.format == "json") {
    PrintJson(reply);
    return Status::Ok();
  }
  TextTable table({{"ACCESS KEY ID"}, {"USER"}, {"MAY"}, {"CREATED"}, {"LAST USED"}});
  for (const rapidjson::Value& row : ArrayMember(reply, "credentials").GetArray()) {
    table.Add({TextMember(row, "accessKeyId"), TextMember(row, "userName"),
               BoolMember(row, "readOnly") ? "read" : "change",
               FriendlyTime(TextMember(row, "createdAt")),
               FriendlyTime(TextMember(row, "lastUsed"))});
  }
  std::fputs(table.Render().c_str(), stdout);
  return Status::Ok();
}

Status AddCredential(ServiceClient& client, const Options& options) {
  rapidjson::Document body(rapidjson::kObjectType);
  body.AddMember("userName", rapidjson::Value(options.user.c_str(), body.GetAllocator()),
                 body.GetAllocator());
  body.AddMember("readOnly", options.read_only, body.GetAllocator());
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("POST", "/credentials", body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("Shown this once:\n  AWS_ACCESS_KEY_ID=%s\n  AWS_SECRET_ACCESS_KEY=%s\n",
                TextMember(reply, "accessKeyId").c_str(),
                TextMember(reply, "secretAccessKey").c_str());
  }
  return Status::Ok();
}

Status RemoveCredential(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("DELETE", "/credentials/" + UriEncode(options.access_key_id),
                                     rapidjson::Value(rapidjson::kObjectType)));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("%s is no longer accepted.\n", options.access_key_id.c_str());
  }
  return Status::Ok();
}

Status ListUsers(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Get("/users"));
  if (options.client.format == "json") {
    PrintJson(reply);
    return Status::Ok();
  }
  TextTable table({{"USER"}, {"MAY"}, {"CREATED"}});
  for (const rapidjson::Value& row : ArrayMember(reply, "users").GetArray()) {
    table.Add({TextMember(row, "userName"), BoolMember(row, "readOnly") ? "read" : "change",
               FriendlyTime(TextMember(row, "createdAt"))});
  }
  std::fputs(table.Render().c_str(), stdout);
  return Status::Ok();
}

Status AddUser(ServiceClient& client, const Options& options) {
  rapidjson::Document body(rapidjson::kObjectType);
  body.AddMember("userName", rapidjson::Value(options.user.c_str(), body.GetAllocator()),
                 body.GetAllocator());
  body.AddMember("readOnly", options.read_only, body.GetAllocator());
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Send("POST", "/users", body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("Shown this once:\n  console user %s, password %s\n",
                TextMember(reply, "userName").c_str(), TextMember(reply, "password").c_str());
  }
  return Status::Ok();
}

Status RemoveUser(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("DELETE", "/users/" + UriEncode(options.user),
                                     rapidjson::Value(rapidjson::kObjectType)));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("%s can sign in no longer.\n", options.user.c_str());
  }
  return Status::Ok();
}

Status ShowAudit(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Get("/audit", {{"limit", std::to_string(options.limit)}}));
  if (options.client.format == "json") {
    PrintJson(reply);
    return Status::Ok();
  }
  TextTable table({{"WHEN"}, {"WHO"}, {"FROM"}, {"WHAT"}, {"ON"}, {"RESULT"}});
  for (const rapidjson::Value& row : ArrayMember(reply, "entries").GetArray()) {
    table.Add({FriendlyTime(TextMember(row, "at")), TextMember(row, "actor"),
               TextMember(row, "source"), TextMember(row, "action"), TextMember(row, "target"),
               TextMember(row, "result")});
  }
  std::fputs(table.Render().c_str(), stdout);
  return Status::Ok();
}

}  // namespace

void AddCredentialsCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* credentials =
      app.add_subcommand("credentials", "Credentials that a service accepts on its API");
  credentials->footer(kCredentialsFooter);
  credentials->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddClientVerb(credentials, "list", "Whose there are, and what they may do", options, chosen,
                ListCredentials);
  CLI::App* add = AddClientVerb(credentials, "add", "Make new ones; the secret is shown once",
                                options, chosen, AddCredential);
  add->add_option("user", options->user, "A name, for the audit log")
      ->required()
      ->type_name("USER");
  add->add_flag("--read-only", options->read_only, "May only list and read");
  AddClientVerb(credentials, "remove", "Accept them no longer", options, chosen, RemoveCredential)
      ->add_option("access-key-id", options->access_key_id, "Which")
      ->required()
      ->type_name("KEY_ID");
}

void AddUsersCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* users = app.add_subcommand("users", "Who may sign in to the web console");
  users->footer(kUsersFooter);
  users->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddClientVerb(users, "list", "Whom there are, and what they may do", options, chosen, ListUsers);
  CLI::App* add = AddClientVerb(users, "add", "Make a user; the password is shown once", options,
                                chosen, AddUser);
  add->add_flag("--read-only", options->read_only, "May look, and change nothing");
  for (CLI::App* verb : {add, AddClientVerb(users, "remove", "Let a user sign in no longer",
                                            options, chosen, RemoveUser)}) {
    verb->add_option("user", options->user, "The name")->required()->type_name("USER");
  }
}

void AddAuditCommand(CLI::App& app, CommandBody* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* audit =
      AddClientVerb(&app, "audit", "Every change made to a service: who, what, when, from where",
                    options, chosen, ShowAudit);
  audit->footer(kAuditFooter);
  audit->add_option("--limit", options->limit, "How many, newest first")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace assay
