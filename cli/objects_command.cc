// `assay objects`: what a service found, object by object.
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
#include "cli/terminal.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  assay objects list --min-risk 8
  assay objects list --pii-type ssn --bucket exports --format csv
  assay objects list --outcome failed --since 2026-11-01T00:00:00Z
  assay objects list --all --format jsonl > objects.jsonl     the records of 'assay scan'
  assay objects show exports/hr/staff.csv
  assay objects retry exports/hr/staff.csv                    classify again, at no charge)";

struct Options {
  ClientOptions client;
  std::string account, bucket, prefix, outcome, reason, pii_type, pii_impact, theme, since, until;
  std::string order = "risk";
  std::string object;
  uint32_t min_risk = 0, max_risk = 10;
  uint32_t limit = 50;
  bool all = false;
};

constexpr uint32_t kPage = 1000;

QueryParameters Query(const Options& options, uint32_t limit, const std::string& token) {
  QueryParameters query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query.emplace_back(name, value);
  };
  add("account", options.account);
  add("bucket", options.bucket);
  add("prefix", options.prefix);
  add("outcome", options.outcome);
  add("reason", options.reason);
  add("piiType", options.pii_type);
  add("piiImpact", options.pii_impact);
  add("theme", options.theme);
  add("since", options.since);
  add("until", options.until);
  add("order", options.order);
  if (options.min_risk > 0) add("minRisk", std::to_string(options.min_risk));
  if (options.max_risk < 10) add("maxRisk", std::to_string(options.max_risk));
  add("limit", std::to_string(limit));
  add("nextToken", token);
  return query;
}

std::string Join(const rapidjson::Value& list) {
  std::string text;
  for (const rapidjson::Value& item : list.GetArray()) {
    if (!item.IsString()) continue;
    text += (text.empty() ? "" : " ") + std::string(item.GetString(), item.GetStringLength());
  }
  return text;
}

// What is in it, or why nobody knows.
std::string Finding(const rapidjson::Value& object) {
  if (TextMember(object, "outcome") != "classified") return TextMember(object, "reason");
  std::string text;
  for (const rapidjson::Value& group : ArrayMember(object, "detections").GetArray()) {
    const std::string part =
        fmt::format("{} ×{}", TextMember(group, "name"),
                    FormatCount(static_cast<uint64_t>(IntMember(group, "count"))));
    if (!text.empty() && text.size() + part.size() > 70) return text + " …";
    text += (text.empty() ? "" : " · ") + part;
  }
  if (text.empty()) text = Join(ArrayMember(object, "themes"));
  // Of a kind that is risky whatever is in it.
  return text.empty() ? TextMember(object, "content_type") : text;
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Takes the objects of the reply page by page and writes them in the form asked for.
class ObjectWriter {
 public:
  explicit ObjectWriter(const std::string& format) : format_(format) {
    if (format == "csv") {
      std::puts(
          "account,bucket,key,outcome,reason,risk,pii_impact,pii_types,themes,size,last_modified,"
          "encryption");
    }
    if (format == "json") std::fputs("[", stdout);
  }

  void Add(const rapidjson::Value& object) {
    if (format_ == "jsonl") {
      std::printf("%s\n", JsonText(object).c_str());
    } else if (format_ == "json") {
      std::printf("%s%s", count_ == 0 ? "\n" : ",\n", JsonText(object).c_str());
    } else if (format_ == "csv") {
      AddCsv(object);
    } else {
      table_.Add({std::to_string(IntMember(object, "dlp_risk")), TextMember(object, "accountId"),
                  Shorten(TextMember(object, "bucket") + "/" + TextMember(object, "key"), 60),
                  TextMember(object, "pii_impact"), Finding(object)});
    }
    ++count_;
  }

  void End() {
    if (format_ == "json") std::puts(count_ == 0 ? "]" : "\n]");
    if (format_ == "table" && count_ == 0) std::puts("No object matches.");
    if (format_ == "table" && count_ > 0) std::fputs(table_.Render().c_str(), stdout);
  }

 private:
  static void AddCsv(const rapidjson::Value& object) {
    static const rapidjson::Value kNone(rapidjson::kObjectType);
    const auto found = object.FindMember("filesystem_metadata");
    const rapidjson::Value& file = found == object.MemberEnd() ? kNone : found->value;
    std::string line;
    for (const std::string& cell :
         {TextMember(object, "accountId"), TextMember(object, "bucket"), TextMember(object, "key"),
          TextMember(object, "outcome"), TextMember(object, "reason"),
          std::to_string(IntMember(object, "dlp_risk")), TextMember(object, "pii_impact"),
          Join(ArrayMember(object, "pii_types")), Join(ArrayMember(object, "themes")),
          std::to_string(IntMember(file, "size")), TextMember(file, "last_modified"),
          TextMember(file, "server_encryption")}) {
      line += (line.empty() ? "" : ",") + CsvCell(cell);
    }
    std::printf("%s\n", line.c_str());
  }

  const std::string format_;
  TextTable table_{{{"RISK", TextTable::Align::kRight}, {"ACCOUNT"}, {"OBJECT"}, {"PII"}, {"WHY"}}};
  size_t count_ = 0;
};

Status ListObjects(ServiceClient& client, const Options& options) {
  ObjectWriter writer(options.client.format);
  uint64_t left = options.all ? UINT64_MAX : options.limit;
  std::string token;
  do {
    const auto page = static_cast<uint32_t>(std::min<uint64_t>(left, kPage));
    ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                           client.Get("/objects", Query(options, page, token)));
    const auto objects = ArrayMember(reply, "objects").GetArray();
    for (const rapidjson::Value& object : objects) writer.Add(object);
    left -= std::min<uint64_t>(left, objects.Size());
    token = TextMember(reply, "nextToken");
  } while (!token.empty() && left > 0);
  writer.End();
  if (!token.empty() && options.client.format == "table") {
    std::puts("… and more: --limit N, or --all");
  }
  return Status::Ok();
}

// BUCKET/KEY; the account as named, else the master.
Result<QueryParameters> ObjectQuery(ServiceClient& client, const Options& options) {
  std::string text = options.object;
  if (text.starts_with("s3://")) text.erase(0, 5);
  const size_t slash = text.find('/');
  if (slash == std::string::npos || slash + 1 == text.size()) {
    return InvalidArgument("name an object as BUCKET/KEY");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string account, AccountOrMaster(client, options.account));
  return QueryParameters{
      {"account", account}, {"bucket", text.substr(0, slash)}, {"key", text.substr(slash + 1)}};
}

Status ShowObject(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const QueryParameters query, ObjectQuery(client, options));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document object, client.Get("/objects/record", query));
  if (options.client.format == "jsonl") {
    std::printf("%s\n", JsonText(object).c_str());
  } else {
    PrintJson(object);
  }
  return Status::Ok();
}

Status RetryObject(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const QueryParameters query, ObjectQuery(client, options));
  rapidjson::Document body(rapidjson::kObjectType);
  auto& allocator = body.GetAllocator();
  for (const auto& [name, value] : query) {
    body.AddMember(rapidjson::Value(name.c_str(), allocator),
                   rapidjson::Value(value.c_str(), allocator), allocator);
  }
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("POST", "/objects/classify-again", body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::puts("It will be classified again.");
  }
  return Status::Ok();
}

void AddFilters(CLI::App* list, Options* options) {
  const auto text = [&](const char* name, std::string* value, const char* help, const char* type) {
    list->add_option(name, *value, help)->type_name(type);
  };
  text("--account", &options->account, "Only this account", "ID");
  text("--bucket", &options->bucket, "Only this bucket", "BUCKET");
  text("--prefix", &options->prefix, "Only keys that begin so (with --bucket)", "PREFIX");
  text("--outcome", &options->outcome, "classified, skipped or failed", "OUTCOME");
  text("--reason", &options->reason, "Why it was not classified, such as archived", "REASON");
  text("--pii-type", &options->pii_type, "Holds this kind: ssn, credit_card, name ...", "TYPE");
  text("--pii-impact", &options->pii_impact, "high, moderate, low or none", "IMPACT");
  text("--theme", &options->theme, "Has this theme", "THEME");
  text("--since", &options->since, "Recorded at or after this time (ISO 8601)", "TIME");
  text("--until", &options->until, "Recorded before this time", "TIME");
  list->add_option("--min-risk", options->min_risk, "At least this risk")
      ->check(CLI::Range(0, 10))
      ->type_name("0-10");
  list->add_option("--max-risk", options->max_risk, "At most this risk")
      ->check(CLI::Range(0, 10))
      ->type_name("0-10");
  list->add_option("--order", options->order, "risk, time or key")
      ->check(CLI::IsMember({"risk", "time", "key"}))
      ->capture_default_str()
      ->type_name("ORDER");
  list->add_option("--limit", options->limit, "How many")->capture_default_str()->type_name("N");
  list->add_flag("--all", options->all, "All of them");
}

}  // namespace

void AddObjectsCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* objects = app.add_subcommand("objects", "What a service found, object by object");
  objects->footer(kFooter);
  objects->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddFilters(AddClientVerb(objects, "list", "Objects, riskiest first", options, chosen, ListObjects,
                           "jsonl,csv"),
             options.get());
  for (CLI::App* verb : {AddClientVerb(objects, "show", "Everything about one object", options,
                                       chosen, ShowObject, "jsonl"),
                         AddClientVerb(objects, "retry", "Classify one object again", options,
                                       chosen, RetryObject)}) {
    verb->add_option("object", options->object, "BUCKET/KEY")->required()->type_name("OBJECT");
    verb->add_option("--account", options->account, "Account ID; the master by default")
        ->type_name("ID");
  }
}

}  // namespace assay
