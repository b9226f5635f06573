// A service for tests of the API: real database, accounts that are folders, and a classification
// service that only takes notes. Used by the unit tests and by api_server_tool.cc.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/service_context.h"
#include "base/password.h"
#include "store/access_rows.h"
#include "store/account_rows.h"
#include "store/resource_rows.h"

namespace assay {

inline constexpr char kFixtureMaster[] = "111122223333";
inline constexpr char kFixtureMember[] = "444455556666";
inline constexpr char kFixtureRegion[] = "us-east-1";

// Keeps events in the database, as the real one does, and works nothing off.
class NotingClassification final : public ClassificationService {
 public:
  explicit NotingClassification(Database* database) : database_(database) {}
  void Stop(int64_t) override {}
  void Wake() override {}
  Status AddEvents(const std::vector<EventRow>& events) override {
    return database_->Write([&](Transaction& tx) { return PutEvents(tx, events); });
  }
  Status ClassifyAgain(const std::string& account_id, const std::string& bucket,
                       const std::string& key) override {
    if (key == "missing") return NotFound("no such object");
    const std::lock_guard lock(mutex_);
    again_.push_back(account_id + '/' + bucket + '/' + key);
    return Status::Ok();
  }
  ClassificationStatus Snapshot() override {
    ClassificationStatus status;
    const Status read = database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(status.walks, ListUnfinishedWalks(tx));
      ASSAY_ASSIGN_OR_RETURN(status.events, GetEventBacklog(tx));
      return Status::Ok();
    });
    status.last_error = read.message();
    return status;
  }
  Status SetRuleset(const RulesetOptions& ruleset) override {
    return Ruleset::Load(ruleset).status();
  }
  std::vector<std::string> again() {
    const std::lock_guard lock(mutex_);
    return again_;
  }

 private:
  Database* const database_;
  std::mutex mutex_;
  std::vector<std::string> again_;
};

// Everything in `directory`: the database, and the folders of the two accounts as its children
// "111122223333" and "444455556666".
class ApiFixture {
 public:
  static Result<std::unique_ptr<ApiFixture>> Open(const std::string& directory) {
    std::error_code ignored;
    for (const char* account : {kFixtureMaster, kFixtureMember}) {
      std::filesystem::create_directories(directory + "/" + account, ignored);
    }
    DatabaseOptions options;
    options.url = "sqlite:" + directory + "/assay.db";
    ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options));
    std::unique_ptr<ApiFixture> fixture(new ApiFixture(directory, std::move(database)));
    ASSAY_RETURN_IF_ERROR(fixture->accounts.Enable({}));
    return fixture;
  }

  Status AddCredential(const std::string& id, const std::string& secret, bool read_only,
                       const std::string& account = kFixtureMaster, bool active = true) {
    ApiCredentialRow row;
    row.access_key_id = id;
    row.sealed_secret = SealSecret(key, ApiCredentialSecretName(id), secret);
    row.user_name = read_only ? "auditor" : "admin";
    row.account_id = account;
    row.read_only = read_only;
    row.active = active;
    return database->Write([&](Transaction& tx) { return PutApiCredential(tx, row); });
  }

  Status AddConsoleUser(const std::string& name, const std::string& password, bool read_only) {
    ConsoleUserRow row;
    row.user_name = name;
    row.password_hash = HashPassword(password);
    row.read_only = read_only;
    return database->Write([&](Transaction& tx) { return PutConsoleUser(tx, row); });
  }

  ServiceContext Context() {
    ServiceContext context;
    context.database = database.get();
    context.database_watch = &database_watch;
    context.access = &access;
    context.accounts = &accounts;
    context.resources = &resources;
    context.inventory = &inventory;
    context.classification = &classification;
    context.key = &key;
    context.events_token = "webhook-token";
    context.version = "test";
    context.regions = {kFixtureRegion, "eu-west-1"};
    return context;
  }

  const SealingKey key = *SealingKey::FromBytes(std::string(32, 'k'));
  const std::unique_ptr<Database> database;
  const DatabaseWatch database_watch{database.get()};
  std::atomic<bool> cancel{false};
  AccountAccess access;
  AccountService accounts;
  S3ResourceService resources;
  InventoryService inventory;
  NotingClassification classification;

 private:
  static std::vector<AccountConnection> Connections(const std::string& directory) {
    std::vector<AccountConnection> connections;
    for (const char* account : {kFixtureMaster, kFixtureMember}) {
      AccountConnection& connection = connections.emplace_back();
      connection.account_id = account;
      connection.kind = AccountKind::kDirectory;
      connection.directory = directory + "/" + account;
    }
    return connections;
  }

  ApiFixture(const std::string& directory, std::unique_ptr<Database> opened)
      : database(std::move(opened)),
        access(kFixtureMaster, kFixtureRegion, Connections(directory), &cancel),
        accounts(database.get(), &access),
        resources(database.get(), &access, {}),
        inventory(database.get(), &access, {}, &cancel),
        classification(database.get()) {}
};

}  // namespace assay
