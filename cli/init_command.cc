// `assay init`: a new data directory with its settings, key, database, first credentials and
// console password.
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "aws/shared_config.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/service/client_command.h"
#include "cli/service/data_directory.h"
#include "cli/service/first_access.h"
#include "cli/service/key_check.h"
#include "cli/service/service_config.h"
#include "cli/service/store_keys.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay init --dir ~/assay --master-account 111122223333 --directory 111122223333=~/exports
  assay init --dir /var/lib/assay --master-account 111122223333 \
      --s3 111122223333=http://minio.internal:9000 --region eu-west-1
  assay init --dir ~/assay --master-account 111122223333 --directory 111122223333=~/exports \
      --store postgresql://assay@db.internal/assay

The keys of an S3-compatible store are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY when they
are set, sealed under the directory's key, and can be changed with 'assay accounts keys'.
Credentials and the password are shown this once.)";

struct Options {
  std::string directory;
  std::string master_account;
  std::string region;
  std::string store_url;
  std::vector<std::string> directories;
  std::vector<std::string> stores;
  std::string format = "table";
};

// "111122223333=VALUE".
Result<AccountConnection> ParseAccount(const std::string& text, AccountKind kind) {
  const size_t equals = text.find('=');
  const std::string id = text.substr(0, equals);
  if (equals == std::string::npos || equals + 1 == text.size() || id.size() != 12 ||
      id.find_first_not_of("0123456789") != std::string::npos) {
    return InvalidArgument(fmt::format("'{}' is not ID={}: the ID has 12 digits", text,
                                       kind == AccountKind::kDirectory ? "PATH" : "ENDPOINT"));
  }
  AccountConnection account;
  account.account_id = id;
  account.kind = kind;
  const std::string value = text.substr(equals + 1);
  if (kind == AccountKind::kS3) {
    ASSAY_RETURN_IF_ERROR(ParseUrl(value).status());
    account.endpoint_url = value;
    return account;
  }
  std::error_code error;
  account.directory = std::filesystem::weakly_canonical(value, error).string();
  if (!std::filesystem::is_directory(account.directory, error)) {
    return NotFound(value + " is not a directory; its entries would be the account's buckets");
  }
  return account;
}

Result<ServiceConfig> MakeConfig(const Options& options) {
  ServiceConfig config;
  config.directory = ServiceDirectory(options.directory);
  const auto set = [&](std::string_view key, const std::string& text) -> Status {
    for (const ServiceSetting& setting : ServiceSettings()) {
      if (setting.key == key) return setting.apply(text, &config);
    }
    return Internal("no such setting");
  };
  ASSAY_RETURN_IF_ERROR(set("master_account", options.master_account));
  if (!options.region.empty()) ASSAY_RETURN_IF_ERROR(set("region", options.region));
  if (!options.store_url.empty()) ASSAY_RETURN_IF_ERROR(set("store.url", options.store_url));
  for (const std::string& text : options.directories) {
    ASSAY_ASSIGN_OR_RETURN(AccountConnection account, ParseAccount(text, AccountKind::kDirectory));
    config.accounts.push_back(std::move(account));
  }
  for (const std::string& text : options.stores) {
    ASSAY_ASSIGN_OR_RETURN(AccountConnection account, ParseAccount(text, AccountKind::kS3));
    config.accounts.push_back(std::move(account));
  }
  return config;
}

Status SealEnvironmentKeys(const ServiceConfig& config, Database* database, const SealingKey& key) {
  const Environment environment = ProcessEnvironment();
  const auto id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret) return Status::Ok();
  AwsCredentials keys;
  keys.access_key_id = *id;
  keys.secret_access_key = *secret;
  for (const AccountConnection& account : config.accounts) {
    if (account.kind != AccountKind::kS3) continue;
    ASSAY_RETURN_IF_ERROR(PutStoreKeys(database, key, account.account_id, keys));
  }
  return Status::Ok();
}

void Show(const Options& options, const ServiceConfig& config, const FirstAccess& access) {
  if (options.format == "json") {
    rapidjson::Document out(rapidjson::kObjectType);
    auto& allocator = out.GetAllocator();
    const auto add = [&](const char* name, const std::string& value) {
      out.AddMember(rapidjson::StringRef(name), rapidjson::Value(value.c_str(), allocator),
                    allocator);
    };
    add("directory", config.directory);
    add("url", config.BaseUrl());
    add("region", config.region);
    add("master_account", config.master_account);
    add("access_key_id", access.access_key_id);
    add("secret_access_key", access.secret_access_key);
    add("console_user", access.console_user);
    add("console_password", access.console_password);
    PrintJson(out);
    return;
  }
  std::fputs(FormatFirstAccess(access).c_str(), stdout);
  std::printf("\nSettings: %s/assay.toml\nStart it: assay serve --dir %s\n",
              config.directory.c_str(), config.directory.c_str());
}

Status Init(const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const ServiceConfig config, MakeConfig(options));
  const std::string file = config.directory + "/assay.toml";
  if (access(file.c_str(), F_OK) == 0) {
    return InvalidArgument(file +
                           " is there already: this directory holds a service; start it "
                           "with 'assay serve --dir " +
                           config.directory + "', or choose another --dir");
  }
  ASSAY_ASSIGN_OR_RETURN(const DataDirectory directory,
                         DataDirectory::CreateOrOpen(config.directory));
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                         Database::Open({.url = config.DatabaseUrl()}));
  ASSAY_RETURN_IF_ERROR(CheckSealingKey(database.get(), directory.key(), config.directory));
  ASSAY_ASSIGN_OR_RETURN(const FirstAccess access,
                         MakeFirstAccess(database.get(), directory.key(), config.master_account));
  ASSAY_RETURN_IF_ERROR(SealEnvironmentKeys(config, database.get(), directory.key()));
  // Last, for it is what says that the set-up is complete.
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(file, RenderNewConfig(config)));
  Show(options, config, access);
  return Status::Ok();
}

}  // namespace

void AddInitCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* init = app.add_subcommand("init", "Set up a service in a new data directory");
  init->footer(kFooter);
  const auto options = std::make_shared<Options>();
  init->add_option("--dir", options->directory,
                   "Data directory (ASSAY_DIR, ~/.local/share/assay, /var/lib/assay)")
      ->type_name("DIR");
  init->add_option("--master-account", options->master_account,
                   "The account Macie is enabled with: 12 digits")
      ->required()
      ->type_name("ID");
  init->add_option("--region", options->region, "Home region (us-east-1)")->type_name("REGION");
  // As `assay serve` has it: the first credentials must be where it looks for them.
  init->add_option("--store", options->store_url,
                   "sqlite:PATH or postgresql://USER@HOST/NAME; SQLite in the directory")
      ->envname("ASSAY_STORE_URL")
      ->type_name("URL");
  init->add_option("--directory", options->directories,
                   "An account whose buckets are the entries of a folder. May be repeated")
      ->type_name("ID=PATH")
      ->allow_extra_args(false);
  init->add_option("--s3", options->stores, "An account in an S3-compatible store. May be repeated")
      ->type_name("ID=ENDPOINT")
      ->allow_extra_args(false);
  init->add_option("-f,--format", options->format, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  init->callback([options, chosen] {
    *chosen = [options]() -> int {
      const Status status = Init(*options);
      if (status.ok()) return kExitDone;
      std::fprintf(stderr, "assay: %s\n", status.message().c_str());
      return kExitError;
    };
  });
}

}  // namespace assay
