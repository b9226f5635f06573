// `assay estimate`: Total size, Total processed and Total cost estimate of buckets.
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
#include "cli/service/text_table.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay estimate                           every bucket of the master account
  assay estimate exports logs              these two
  assay estimate --account 444455556666 --format json
  assay estimate exports --fresh           from a snapshot taken now

Total processed counts 1 KB for smaller objects, 20 MB for larger ones and nothing for archived ones,
so it can exceed Total size. The figures come from a snapshot of at most 48 hours.)";

struct Options {
  ClientOptions client;
  std::string account;
  std::string region;
  std::vector<std::string> buckets;
  bool fresh = false;
};

Result<std::vector<std::string>> AllBuckets(ServiceClient& client, const std::string& account,
                                            const Options& options) {
  QueryParameters query;
  if (!options.region.empty()) query.emplace_back("region", options.region);
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Get("/accounts/" + UriEncode(account) + "/buckets", query));
  std::vector<std::string> names;
  for (const rapidjson::Value& bucket : ArrayMember(reply, "buckets").GetArray()) {
    names.push_back(TextMember(bucket, "bucketName"));
  }
  return names;
}

std::string Size(const rapidjson::Value& row, const char* name) {
  return FormatByteSize(static_cast<uint64_t>(IntMember(row, name)));
}

void PrintTable(const rapidjson::Value& reply) {
  TextTable table({{"BUCKET"},
                   {"OBJECTS", TextTable::Align::kRight},
                   {"TOTAL SIZE", TextTable::Align::kRight},
                   {"TOTAL PROCESSED", TextTable::Align::kRight},
                   {"TOTAL COST ESTIMATE", TextTable::Align::kRight},
                   {"SNAPSHOT"}});
  for (const rapidjson::Value& bucket : ArrayMember(reply, "buckets").GetArray()) {
    table.Add({TextMember(bucket, "bucketName"),
               FormatCount(static_cast<uint64_t>(IntMember(bucket, "objectCount"))),
               Size(bucket, "totalSize"), Size(bucket, "totalProcessed"),
               "$" + TextMember(bucket, "totalCostEstimate"),
               FriendlyTime(TextMember(bucket, "snapshotTime"))});
  }
  const auto totals = reply.FindMember("totals");
  if (totals != reply.MemberEnd() && totals->value.IsObject()) {
    table.Add({"Total", FormatCount(static_cast<uint64_t>(IntMember(totals->value, "objectCount"))),
               Size(totals->value, "totalSize"), Size(totals->value, "totalProcessed"),
               "$" + TextMember(totals->value, "totalCostEstimate"), ""});
  }
  std::fputs(table.Render().c_str(), stdout);
}

// The stable form for scripts: bytes and dollars per bucket, in the console's own terms.
void PrintEstimateJson(const rapidjson::Value& reply) {
  rapidjson::Document out(rapidjson::kObjectType);
  auto& allocator = out.GetAllocator();
  const auto row = [&](const rapidjson::Value& from, bool with_name) {
    rapidjson::Value to(rapidjson::kObjectType);
    const auto text = [&](const char* name, const char* source) {
      to.AddMember(rapidjson::StringRef(name),
                   rapidjson::Value(TextMember(from, source).c_str(), allocator), allocator);
    };
    const auto number = [&](const char* name, const char* source) {
      to.AddMember(rapidjson::StringRef(name), rapidjson::Value(IntMember(from, source)),
                   allocator);
    };
    if (with_name) text("bucket", "bucketName");
    number("object_count", "objectCount");
    number("total_size", "totalSize");
    number("total_processed", "totalProcessed");
    const std::string cost = TextMember(from, "totalCostEstimate");
    rapidjson::Value dollars;
    dollars.SetDouble(std::strtod(cost.c_str(), nullptr));
    to.AddMember("total_cost_estimate", dollars, allocator);
    if (with_name) text("snapshot_time", "snapshotTime");
    return to;
  };
  rapidjson::Value buckets(rapidjson::kArrayType);
  for (const rapidjson::Value& bucket : ArrayMember(reply, "buckets").GetArray()) {
    buckets.PushBack(row(bucket, true), allocator);
  }
  out.AddMember("buckets", buckets, allocator);
  const auto totals = reply.FindMember("totals");
  if (totals != reply.MemberEnd() && totals->value.IsObject()) {
    out.AddMember("totals", row(totals->value, false), allocator);
  }
  PrintJson(out);
}

Status Estimate(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const std::string account, AccountOrMaster(client, options.account));
  std::vector<std::string> buckets = options.buckets;
  if (buckets.empty()) {
    ASSAY_ASSIGN_OR_RETURN(buckets, AllBuckets(client, account, options));
  }
  if (buckets.empty()) return NotFound("account " + account + " has no bucket in this region");
  rapidjson::Document body(rapidjson::kObjectType);
  auto& allocator = body.GetAllocator();
  rapidjson::Value names(rapidjson::kArrayType);
  for (const std::string& bucket : buckets) {
    names.PushBack(rapidjson::Value(bucket.c_str(), allocator), allocator);
  }
  body.AddMember("buckets", names, allocator);
  if (!options.region.empty()) {
    body.AddMember("region", rapidjson::Value(options.region.c_str(), allocator), allocator);
  }
  if (options.fresh) body.AddMember("maxAgeHours", 0, allocator);
  ASSAY_ASSIGN_OR_RETURN(
      const rapidjson::Document reply,
      client.Send("POST", "/accounts/" + UriEncode(account) + "/estimate", body));
  if (options.client.format == "json") {
    PrintEstimateJson(reply);
  } else {
    PrintTable(reply);
  }
  return Status::Ok();
}

}  // namespace

void AddEstimateCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* estimate =
      app.add_subcommand("estimate", "What classifying all of a bucket would process and cost");
  estimate->footer(kFooter);
  const auto options = std::make_shared<Options>();
  AddClientOptions(estimate, &options->client, "");
  estimate->add_option("bucket", options->buckets, "Buckets; all of the account's by default")
      ->type_name("BUCKET");
  estimate->add_option("--account", options->account, "Account ID; the master by default")
      ->type_name("ID");
  estimate->add_option("--region", options->region, "Region; the home region by default")
      ->type_name("REGION");
  estimate->add_flag("--fresh", options->fresh,
                     "Take a new snapshot even when there is a recent one");
  estimate->callback([options, chosen] {
    *chosen = [options] {
      return RunClient(options->client,
                       [&](ServiceClient& client) { return Estimate(client, *options); });
    };
  });
}

}  // namespace assay
