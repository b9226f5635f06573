// `assay accounts`: the accounts that are integrated, and adding and removing members.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/byte_size.h"
#include "cli/command.h"
#include "cli/service/client_command.h"
#include "cli/service/store_keys.h"
#include "cli/service/text_table.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay accounts list
  assay accounts add 111122223333,444455556666    each succeeds or fails on its own
  assay accounts remove 444455556666              its roles stay; adding it again skips their set-up
  assay accounts quota 111122223333 5TB           how much is classified before it stops
  assay accounts keys 444455556666                keys of an S3-compatible store, asked for and sealed)";

struct Options {
  ClientOptions client;
  std::vector<std::string> ids;
  std::string id;
  std::string size;
};

Status PrintAccounts(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Get("/accounts"));
  if (options.client.format == "json") {
    PrintJson(reply);
    return Status::Ok();
  }
  TextTable table({{"ACCOUNT"},
                   {"ROLE"},
                   {"KIND"},
                   {"STATE"},
                   {"CLASSIFIED", TextTable::Align::kRight},
                   {"QUOTA", TextTable::Align::kRight},
                   {"LAST CONTACT"},
                   {"PROBLEM"}});
  for (const rapidjson::Value& account : ArrayMember(reply, "accounts").GetArray()) {
    table.Add({TextMember(account, "accountId"), TextMember(account, "role"),
               TextMember(account, "kind"), TextMember(account, "state"),
               FormatByteSize(static_cast<uint64_t>(IntMember(account, "chargedBytes"))),
               FormatByteSize(static_cast<uint64_t>(IntMember(account, "quotaBytes"))),
               FriendlyTime(TextMember(account, "lastContact")), TextMember(account, "lastError")});
  }
  std::fputs(table.Render().c_str(), stdout);
  return Status::Ok();
}

Status AddAccounts(ServiceClient& client, const Options& options) {
  rapidjson::Document body(rapidjson::kObjectType);
  const std::string ids = fmt::format("{}", fmt::join(options.ids, ","));
  body.AddMember("accountIds", rapidjson::Value(ids.c_str(), body.GetAllocator()),
                 body.GetAllocator());
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Send("POST", "/accounts", body));
  if (options.client.format == "json") PrintJson(reply);
  size_t failed = 0;
  for (const rapidjson::Value& result : ArrayMember(reply, "results").GetArray()) {
    const bool ok = BoolMember(result, "ok");
    if (!ok) ++failed;
    if (options.client.format == "json") continue;
    std::printf("%s  %s\n", TextMember(result, "accountId").c_str(),
                ok ? "integrated" : TextMember(result, "message").c_str());
    const std::string remedy = TextMember(result, "remedy");
    if (!ok && !remedy.empty()) std::printf("              %s\n", remedy.c_str());
  }
  if (failed == 0) return Status::Ok();
  return PermissionDenied(fmt::format("{} of the accounts could not be integrated", failed));
}

Status RemoveAccount(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("DELETE", "/accounts/" + UriEncode(options.id),
                                     rapidjson::Value(rapidjson::kObjectType)));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("%s is no longer a member; its roles are still there.\n", options.id.c_str());
  }
  return Status::Ok();
}

Status SetQuota(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSize(options.size));
  rapidjson::Document body(rapidjson::kObjectType);
  body.AddMember("quotaBytes", rapidjson::Value(static_cast<int64_t>(bytes)), body.GetAllocator());
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("PATCH", "/accounts/" + UriEncode(options.id), body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("The quota of %s is %s.\n", options.id.c_str(), FormatByteSize(bytes).c_str());
  }
  return Status::Ok();
}

}  // namespace

void AddAccountsCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* accounts =
      app.add_subcommand("accounts", "List, add and remove the accounts a service looks after");
  accounts->footer(kFooter);
  accounts->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddClientVerb(accounts, "list", "The master and its members", options, chosen, PrintAccounts);
  AddClientVerb(accounts, "add", "Integrate members", options, chosen, AddAccounts)
      ->add_option("id", options->ids, "Account IDs of 12 digits, separated by commas or blanks")
      ->required()
      ->type_name("ID");
  AddClientVerb(accounts, "remove", "Disassociate a member", options, chosen, RemoveAccount)
      ->add_option("id", options->id, "Account ID")
      ->required()
      ->type_name("ID");
  CLI::App* quota = AddClientVerb(accounts, "quota", "Set how much is classified in an account",
                                  options, chosen, SetQuota);
  quota->add_option("id", options->id, "Account ID")->required()->type_name("ID");
  quota->add_option("size", options->size, "For example 3TB")->required()->type_name("SIZE");

  CLI::App* keys = accounts->add_subcommand(
      "keys", "Seal the keys of an S3-compatible store (read from standard input, or asked for)");
  keys->add_option("--dir", options->client.directory, "Data directory of the service")
      ->type_name("DIR");
  keys->add_option("id", options->id, "Account ID")->required()->type_name("ID");
  keys->callback([options, chosen] {
    *chosen = [options]() -> int {
      return ReadAndSealStoreKeys(options->client.directory, options->id);
    };
  });
}

}  // namespace assay
