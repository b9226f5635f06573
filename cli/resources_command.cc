// `assay resources`: which buckets and prefixes are monitored.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/service/client_command.h"
#include "cli/service/text_table.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay resources list
  assay resources add exports                     objects added from now on
  assay resources add exports --classify-all      and everything that is there already
  assay resources add logs/2024/ --account 444455556666
  assay resources remove exports

A resource is BUCKET or BUCKET/PREFIX; up to 250 per account.)";

struct Options {
  ClientOptions client;
  std::string account;
  std::string region;
  std::vector<std::string> resources;
  bool classify_all = false;
};

Status ListResources(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, AccountOrMaster(client, options.account));
  rapidjson::Document all(rapidjson::kObjectType);
  rapidjson::Value list(rapidjson::kArrayType);
  std::string token;
  do {
    QueryParameters query;
    if (!options.region.empty()) query.emplace_back("region", options.region);
    if (!token.empty()) query.emplace_back("nextToken", token);
    ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                           client.Get("/accounts/" + UriEncode(account) + "/resources", query));
    for (const rapidjson::Value& item : ArrayMember(reply, "resources").GetArray()) {
      list.PushBack(rapidjson::Value(item, all.GetAllocator()), all.GetAllocator());
    }
    token = TextMember(reply, "nextToken");
  } while (!token.empty());
  if (options.client.format == "json") {
    all.AddMember("resources", list, all.GetAllocator());
    PrintJson(all);
    return Status::Ok();
  }
  TextTable table(
      {{"BUCKET"}, {"PREFIX"}, {"REGION"}, {"CLASSIFY ALL"}, {"NEW OBJECTS"}, {"STATE"}});
  for (const rapidjson::Value& item : list.GetArray()) {
    table.Add({TextMember(item, "bucketName"), TextMember(item, "prefix"),
               TextMember(item, "region"), TextMember(item, "oneTime") == "FULL" ? "yes" : "no",
               TextMember(item, "continuous") == "FULL" ? "yes" : "no", TextMember(item, "state")});
  }
  if (table.empty()) {
    std::printf("Nothing is monitored in %s yet. Add a bucket: assay resources add BUCKET\n",
                account.c_str());
  } else {
    std::fputs(table.Render().c_str(), stdout);
  }
  return Status::Ok();
}

// BUCKET or BUCKET/PREFIX, also with s3:// before it.
rapidjson::Value ResourceJson(std::string text, const Options& options, bool with_type,
                              rapidjson::Document::AllocatorType& allocator) {
  if (text.starts_with("s3://")) text.erase(0, 5);
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string prefix = slash < text.size() ? text.substr(slash + 1) : "";
  rapidjson::Value resource(rapidjson::kObjectType);
  resource.AddMember("bucketName", rapidjson::Value(text.substr(0, slash).c_str(), allocator),
                     allocator);
  resource.AddMember("prefix", rapidjson::Value(prefix.c_str(), allocator), allocator);
  if (with_type) {
    resource.AddMember(
        "oneTime", rapidjson::Value(options.classify_all ? "FULL" : "NONE", allocator), allocator);
    resource.AddMember("continuous", "FULL", allocator);
  }
  return resource;
}

Status Change(ServiceClient& client, const Options& options, bool add) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, AccountOrMaster(client, options.account));
  rapidjson::Document body(rapidjson::kObjectType);
  auto& allocator = body.GetAllocator();
  if (!options.region.empty()) {
    body.AddMember("region", rapidjson::Value(options.region.c_str(), allocator), allocator);
  }
  rapidjson::Value list(rapidjson::kArrayType);
  for (const std::string& text : options.resources) {
    list.PushBack(ResourceJson(text, options, add, allocator), allocator);
  }
  body.AddMember("resources", list, allocator);
  const std::string path = "/accounts/" + UriEncode(account) + "/resources";
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("POST", add ? path : path + "/disassociate", body));
  if (options.client.format == "json") PrintJson(reply);
  const auto failed = ArrayMember(reply, "failedS3Resources").GetArray();
  for (const rapidjson::Value& item : failed) {
    const auto what = item.FindMember("failedItem");
    if (options.client.format == "json" || what == item.MemberEnd()) continue;
    const std::string prefix = TextMember(what->value, "prefix");
    std::fprintf(stderr, "%s%s%s: %s\n", TextMember(what->value, "bucketName").c_str(),
                 prefix.empty() ? "" : "/", prefix.c_str(),
                 TextMember(item, "errorMessage").c_str());
  }
  const size_t done =
      options.resources.size() - std::min<size_t>(failed.Size(), options.resources.size());
  if (options.client.format != "json" && done > 0) {
    std::printf("%zu %s in %s\n", done, add ? "monitored" : "no longer monitored", account.c_str());
  }
  if (failed.Empty()) return Status::Ok();
  return InvalidArgument(
      fmt::format("{} of {} could not be done", failed.Size(), options.resources.size()));
}

Status AddResources(ServiceClient& client, const Options& options) {
  return Change(client, options, true);
}
Status RemoveResources(ServiceClient& client, const Options& options) {
  return Change(client, options, false);
}

CLI::App* AddVerb(CLI::App* parent, const char* name, const char* help,
                  const std::shared_ptr<Options>& options, CommandBody* chosen,
                  Status (*body)(ServiceClient&, const Options&)) {
  CLI::App* verb = AddClientVerb(parent, name, help, options, chosen, body);
  verb->add_option("--account", options->account, "Account ID; the master by default")
      ->type_name("ID");
  verb->add_option("--region", options->region, "Region; the home region by default")
      ->type_name("REGION");
  return verb;
}

}  // namespace

void AddResourcesCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* resources =
      app.add_subcommand("resources", "Choose the buckets and prefixes to monitor");
  resources->footer(kFooter);
  resources->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddVerb(resources, "list", "What is monitored", options, chosen, ListResources);
  CLI::App* add =
      AddVerb(resources, "add", "Monitor buckets or prefixes", options, chosen, AddResources);
  add->add_option("resource", options->resources, "BUCKET or BUCKET/PREFIX")
      ->required()
      ->type_name("RESOURCE");
  add->add_flag("--classify-all", options->classify_all,
                "Also classify what is there already (see 'assay estimate' first)");
  AddVerb(resources, "remove", "Stop monitoring", options, chosen, RemoveResources)
      ->add_option("resource", options->resources, "BUCKET or BUCKET/PREFIX")
      ->required()
      ->type_name("RESOURCE");
}

}  // namespace assay
