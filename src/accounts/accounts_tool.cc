// Drives AccountService and AccountAccess for the tests: one operation per run, the outcome as
// lines of text or JSON.
//   accounts_tool STORE_URL MASTER_ID REGION CONNECTIONS.json VERB [WORD...]
// Verbs: enable | disable [no-access] [no-data] | state | associate IDS | disassociate ID |
// accounts
//   | quota ID BYTES | select ID REGION BUCKET [PREFIX] | unselect ID REGION BUCKET [PREFIX]
//   | sync ID REGION | resources ID | region ID BUCKET | buckets ID | rate ID SECONDS | kms ID KEY
//   | receive ID QUEUE | aliases ID | templates | template NAME | audit
// CONNECTIONS.json: a list of objects with the members of AccountConnection.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "accounts/account_service.h"
#include "accounts/templates.h"
#include "aws/iam.h"
#include "aws/json_body.h"
#include "aws/kms.h"
#include "aws/sqs.h"
#include "store/access_rows.h"
#include "store/resource_rows.h"

namespace assay {
namespace {

using Words = std::vector<std::string>;

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

void Print(JsonBody& line) { std::printf("%s\n", line.Finish().c_str()); }

AccountConnection ConnectionFrom(const rapidjson::Value& json) {
  AccountConnection connection;
  connection.account_id = JsonText(json, "account_id");
  const std::string kind = JsonText(json, "kind");
  if (kind == "s3") connection.kind = AccountKind::kS3;
  if (kind == "directory") connection.kind = AccountKind::kDirectory;
  connection.directory = JsonText(json, "directory");
  connection.endpoint_url = JsonText(json, "endpoint_url");
  connection.regions = JsonTexts(json, "regions");
  connection.profile = JsonText(json, "profile");
  connection.keys.access_key_id = JsonText(json, "access_key_id");
  connection.keys.secret_access_key = JsonText(json, "secret_access_key");
  connection.service_role = JsonText(json, "service_role");
  connection.create_roles = !JsonFlag(json, "keep_roles");
  const auto rate = json.FindMember("max_requests_per_second");
  if (rate != json.MemberEnd() && rate->value.IsUint()) {
    connection.max_requests_per_second = rate->value.GetUint();
  }
  const auto services = json.FindMember("service_endpoint_urls");
  if (services != json.MemberEnd() && services->value.IsObject()) {
    for (const auto& one : services->value.GetObject()) {
      connection.service_endpoint_urls[one.name.GetString()] = one.value.GetString();
    }
  }
  return connection;
}

Result<std::vector<AccountConnection>> ReadConnections(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (!document.IsArray()) return InvalidArgument("no list of connections in " + path);
  std::vector<AccountConnection> connections;
  for (const auto& one : document.GetArray()) connections.push_back(ConnectionFrom(one));
  return connections;
}

class Tool {
 public:
  Tool(Database* database, AccountAccess* access)
      : database_(database), access_(access), service_(database, access) {}

  int Run(const std::string& verb, const Words& words);

 private:
  int State();
  int Associate(const std::string& ids);
  int Accounts();
  int Select(const Words& words, bool selected);
  int Resources(const std::string& account_id);
  int Buckets(const std::string& account_id);
  int Rate(const std::string& account_id, const std::string& seconds);
  int Kms(const std::string& account_id, const std::string& key);
  int Receive(const std::string& account_id, const std::string& queue);
  int Aliases(const std::string& account_id);
  int Audit();
  std::string RoleOf(const std::string& account_id);
  int Done(const Status& status) { return status.ok() ? 0 : Fail(status); }

  Database* const database_;
  AccountAccess* const access_;
  AccountService service_;
  const Caller caller_{.user = "tester", .source_ip = "192.0.2.1"};
};

std::string Tool::RoleOf(const std::string& account_id) {
  std::string arn;
  (void)database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> row, GetAccount(tx, account_id));
    if (row) arn = row->service_role_arn;
    return Status::Ok();
  });
  return arn;
}

int Tool::State() {
  const Result<ServiceState> state = service_.State();
  if (!state.ok()) return Fail(state.status());
  JsonBody line;
  line.Flag("enabled", state->enabled).Text("master", state->master_account_id);
  Print(line);
  return 0;
}

int Tool::Associate(const std::string& ids) {
  const Result<Words> parsed = AccountService::ParseAccountIds(ids);
  if (!parsed.ok()) return Fail(parsed.status());
  for (const MemberResult& result : service_.AssociateMembers(*parsed, caller_)) {
    JsonBody line;
    line.Text("account", result.account_id).Flag("ok", result.status.ok());
    line.Text("message", result.status.message()).Text("remedy", result.remedy);
    line.Text("code", StatusCodeName(result.status.code())).Flag("limit", result.limit_exceeded);
    Print(line);
  }
  return 0;
}

int Tool::Accounts() {
  std::vector<AccountRow> rows;
  const Status status = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListAccounts(tx));
    return Status::Ok();
  });
  if (!status.ok()) return Fail(status);
  for (const AccountRow& row : rows) {
    JsonBody line;
    line.Text("account", row.account_id);
    line.Flag("master", row.role == AccountRole::kMaster);
    line.Text("state", row.state == AccountState::kIntegrated      ? "integrated"
                       : row.state == AccountState::kDisassociated ? "disassociated"
                                                                   : "disabled");
    line.Text("handshake", row.handshake_role_arn).Text("service_role", row.service_role_arn);
    line.Text("error", row.last_error).Number("quota", row.quota_bytes);
    Print(line);
  }
  return 0;
}

int Tool::Select(const Words& words, bool selected) {
  ResourceRow row;
  row.account_id = words[0];
  row.region = words[1];
  row.bucket = words[2];
  row.prefix = words[3];
  return Done(database_->Write([&](Transaction& tx) -> Status {
    if (selected) return InsertResource(tx, row).status();
    ASSAY_ASSIGN_OR_RETURN(const std::optional<ResourceRow> found,
                           FindResource(tx, row.account_id, row.region, row.bucket, row.prefix));
    return found ? DeleteResource(tx, found->id) : NotFound("no such resource");
  }));
}

int Tool::Resources(const std::string& account_id) {
  std::vector<ResourceRow> rows;
  const Status status = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListResources(tx, account_id, "", "", "", 0));
    return Status::Ok();
  });
  for (const ResourceRow& row : rows) {
    std::printf("%s/%s\n", row.bucket.c_str(), row.prefix.c_str());
  }
  return Done(status);
}

int Tool::Buckets(const std::string& account_id) {
  const auto store = access_->OpenStore(account_id, "", RoleOf(account_id));
  if (!store.ok()) return Fail(store.status());
  const auto buckets = (*store)->ListBuckets();
  if (!buckets.ok()) return Fail(buckets.status());
  for (const BucketInfo& bucket : *buckets) std::printf("%s\n", bucket.name.c_str());
  return 0;
}

// How many requests an account's store lets through in some seconds.
int Tool::Rate(const std::string& account_id, const std::string& seconds) {
  const auto end =
      std::chrono::steady_clock::now() +
      std::chrono::milliseconds(static_cast<int64_t>(std::atof(seconds.c_str()) * 1000));
  int requests = 0;
  for (; std::chrono::steady_clock::now() < end; ++requests) {
    const auto store = access_->OpenStore(account_id, "", RoleOf(account_id));
    if (!store.ok()) return Fail(store.status());
    const Status status = (*store)->ListBuckets().status();
    if (!status.ok()) return Fail(status);
  }
  std::printf("%d\n", requests);
  return 0;
}

int Tool::Kms(const std::string& account_id, const std::string& key) {
  const auto context =
      access_->ServiceContext(account_id, "kms", access_->home_region(), RoleOf(account_id));
  if (!context.ok()) return Fail(context.status());
  const KmsClient kms(*context);
  const Result<KmsKey> found = kms.DescribeKey(key);
  if (!found.ok()) return Fail(found.status());
  const Result<std::string> policy = kms.GetKeyPolicy(found->arn);
  if (!policy.ok()) return Fail(policy.status());
  const Result<std::vector<KmsGrant>> grants = kms.ListGrants(found->arn);
  if (!grants.ok()) return Fail(grants.status());
  JsonBody line;
  line.Text("account", found->account_id).Text("state", found->state).Text("policy", *policy);
  line.StartArray("grants");
  for (const KmsGrant& grant : *grants) {
    line.StartObject().Text("grantee", grant.grantee_principal);
    line.Texts("operations", grant.operations).EndObject();
  }
  line.EndArray();
  Print(line);
  return 0;
}

// Takes all messages of a queue and deletes them.
int Tool::Receive(const std::string& account_id, const std::string& queue) {
  const auto context =
      access_->ServiceContext(account_id, "sqs", access_->home_region(), RoleOf(account_id));
  if (!context.ok()) return Fail(context.status());
  const SqsClient sqs(*context);
  const Result<std::string> url = sqs.GetQueueUrl(queue, "");
  if (!url.ok()) return Fail(url.status());
  for (;;) {
    const auto messages = sqs.ReceiveMessage(*url, {.max_messages = 10, .wait_seconds = 0});
    if (!messages.ok()) return Fail(messages.status());
    if (messages->empty()) return 0;
    for (const SqsMessage& message : *messages) std::printf("%s\n", message.body.c_str());
    const auto failed = sqs.DeleteMessageBatch(*url, *messages);
    if (!failed.ok()) return Fail(failed.status());
    if (!failed->empty()) return Fail(Unavailable("a message could not be deleted"));
  }
}

int Tool::Aliases(const std::string& account_id) {
  const auto context =
      access_->ServiceContext(account_id, "iam", access_->home_region(), RoleOf(account_id));
  if (!context.ok()) return Fail(context.status());
  const auto aliases = IamClient(*context).ListAccountAliases();
  if (!aliases.ok()) return Fail(aliases.status());
  for (const std::string& alias : *aliases) std::printf("%s\n", alias.c_str());
  return 0;
}

int Tool::Audit() {
  std::vector<AuditRow> rows;
  const Status status = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(rows, ListAudit(tx, 0, 1000));
    return Status::Ok();
  });
  if (!status.ok()) return Fail(status);
  for (const AuditRow& row : rows) {
    JsonBody line;
    line.Text("actor", row.actor).Text("source", row.source).Text("action", row.action);
    line.Text("target", row.target).Text("result", row.result).Text("detail", row.detail);
    Print(line);
  }
  return 0;
}

int Tool::Run(const std::string& verb, const Words& words) {
  const std::map<std::string, std::function<int()>> verbs = {
      {"enable", [&] { return Done(service_.Enable(caller_)); }},
      {"disable",
       [&] {
         const bool no_access = words[0] == "no-access" || words[1] == "no-access";
         const bool no_data = words[0] == "no-data" || words[1] == "no-data";
         return Done(
             service_.Disable({.access_ends = !no_access, .data_is_deleted = !no_data}, caller_));
       }},
      {"state", [&] { return State(); }},
      {"associate", [&] { return Associate(words[0]); }},
      {"disassociate", [&] { return Done(service_.DisassociateMember(words[0], caller_)); }},
      {"accounts", [&] { return Accounts(); }},
      {"quota",
       [&] { return Done(service_.SetQuota(words[0], std::atoll(words[1].c_str()), caller_)); }},
      {"select", [&] { return Select(words, true); }},
      {"unselect", [&] { return Select(words, false); }},
      {"sync", [&] { return Done(service_.SyncTrail(words[0], words[1])); }},
      {"resources", [&] { return Resources(words[0]); }},
      {"region",
       [&] {
         const auto region = access_->BucketRegion(words[0], words[1], RoleOf(words[0]));
         if (!region.ok()) return Fail(region.status());
         std::printf("%s\n", region->c_str());
         return 0;
       }},
      {"buckets", [&] { return Buckets(words[0]); }},
      {"rate", [&] { return Rate(words[0], words[1]); }},
      {"kms", [&] { return Kms(words[0], words[1]); }},
      {"receive", [&] { return Receive(words[0], words[1]); }},
      {"aliases", [&] { return Aliases(words[0]); }},
      {"audit", [&] { return Audit(); }},
      {"templates",
       [&] {
         for (const auto& one : CloudFormationTemplates()) {
           std::printf("%.*s\n", static_cast<int>(one.name.size()), one.name.data());
         }
         return 0;
       }},
      {"template",
       [&] {
         const CloudFormationTemplate* found = FindCloudFormationTemplate(words[0]);
         if (found == nullptr) return 1;
         std::fwrite(found->text.data(), 1, found->text.size(), stdout);
         return 0;
       }},
  };
  const auto found = verbs.find(verb);
  return found == verbs.end() ? 2 : found->second();
}

int Main(int argc, char** argv) {
  Words words(argv + 1, argv + argc);
  if (words.size() < 5) return 2;
  const Words arguments(words.begin(), words.begin() + 5);
  words.erase(words.begin(), words.begin() + 5);
  words.resize(std::max<size_t>(words.size(), 4));
  Result<std::vector<AccountConnection>> connections = ReadConnections(arguments[3]);
  if (!connections.ok()) return Fail(connections.status());
  Result<std::unique_ptr<Database>> database = Database::Open({.url = arguments[0]});
  if (!database.ok()) return Fail(database.status());
  AccountAccess access(arguments[1], arguments[2], *std::move(connections), nullptr);
  return Tool(database->get(), &access).Run(arguments[4], words);
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Main(argc, argv); }
