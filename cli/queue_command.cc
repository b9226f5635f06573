// `assay queue`: the workers of a fleet, what waits for them, and what they gave up.
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
  assay queue status
  assay queue dead-letters                     what was given up, and why
  assay queue dead-letters --all
  assay queue retry 17 18                      hand these out again
  assay queue retry --all)";

struct Options {
  ClientOptions client;
  std::vector<uint64_t> sequences;
  bool all = false;
  uint32_t limit = 100;
};

constexpr uint32_t kPage = 1000;  // what the service gives at once

std::string Count(const rapidjson::Value& object, const char* name) {
  return FormatCount(static_cast<uint64_t>(IntMember(object, name)));
}

void PrintWorkers(const rapidjson::Value& queue) {
  TextTable table({{"WORKER"},
                   {"STATE"},
                   {"VERSION"},
                   {"UNITS", TextTable::Align::kRight},
                   {"OBJECTS/MIN", TextTable::Align::kRight},
                   {"LAST SEEN"},
                   {"PROBLEM"}});
  for (const rapidjson::Value& worker : ArrayMember(queue, "workers").GetArray()) {
    table.Add(
        {TextMember(worker, "workerId"), TextMember(worker, "state"), TextMember(worker, "version"),
         fmt::format("{} of {}", IntMember(worker, "unitsInHand"), IntMember(worker, "units")),
         Count(worker, "objectsPerMinute"), FriendlyAge(TextMember(worker, "lastSeen")),
         TextMember(worker, "lastError")});
  }
  if (!table.empty()) std::printf("\n%s", table.Render().c_str());
}

Status ShowQueue(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document queue, client.Get("/queue"));
  if (options.client.format == "json") {
    PrintJson(queue);
    return Status::Ok();
  }
  if (!BoolMember(queue, "fleet")) {
    std::puts("This service does all work itself: it has no queue (set queue.url for one).");
    return Status::Ok();
  }
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) std::printf("%-16s %s\n", name, value.c_str());
  };
  line("Queue", BoolMember(queue, "connected") ? "connected" : "away");
  const std::string counted = TextMember(queue, "countedAt");
  if (!BoolMember(queue, "counted") && !counted.empty()) line("Last counted", FriendlyAge(counted));
  // What was never counted is not nothing.
  const auto number = [&](const char* name) {
    return counted.empty() ? "not known" : Count(queue, name);
  };
  line("Pages", number("pages") + " handed out and not finished");
  line("Events", number("events") + " units handed out and not finished");
  line("Dead letters", number("deadLetters"));
  const std::string leader = TextMember(queue, "leader");
  line("Leader", leader.empty() ? "nobody yet"
                                : leader + (BoolMember(queue, "leadsHere") ? " (here)" : "") +
                                      ", since " + FriendlyTime(TextMember(queue, "leaderSince")));
  line("Problem", TextMember(queue, "lastError"));
  PrintWorkers(queue);
  return Status::Ok();
}

// Whether there are more than the options ask for.
Result<bool> GetDeadLetters(ServiceClient& client, const Options& options,
                            rapidjson::Document* all) {
  rapidjson::Value letters(rapidjson::kArrayType);
  uint64_t left = options.all ? UINT64_MAX : options.limit;
  int64_t after = 0;
  bool more = true;
  while (more && left > 0) {
    const auto page = static_cast<uint32_t>(std::min<uint64_t>(left, kPage - 1));
    ASSAY_ASSIGN_OR_RETURN(
        const rapidjson::Document reply,
        client.Get("/queue/dead-letters",
                   {{"after", std::to_string(after)}, {"limit", std::to_string(page + 1)}}));
    const auto found = ArrayMember(reply, "deadLetters").GetArray();
    more = found.Size() > page;  // one more than was asked for tells
    const auto taken = std::min<rapidjson::SizeType>(found.Size(), page);
    for (rapidjson::SizeType i = 0; i < taken; ++i) {
      after = IntMember(found[i], "sequence");
      letters.PushBack(rapidjson::Value(found[i], all->GetAllocator()), all->GetAllocator());
    }
    left -= taken;
  }
  all->AddMember("deadLetters", letters, all->GetAllocator());
  return more;
}

// What the unit is about: "bucket/key", or "bucket: 1,000 objects up to key".
std::string Subject(const rapidjson::Value& letter) {
  const std::string bucket = TextMember(letter, "bucket");
  const std::string key = TextMember(letter, "key");
  if (!key.empty()) return bucket + '/' + key;
  const int64_t objects = IntMember(letter, "objects");
  if (objects == 0) return bucket;
  const std::string last = TextMember(letter, "lastKey");
  return fmt::format("{}{}{} object{}{}", bucket, bucket.empty() ? "" : ": ",
                     FormatCount(static_cast<uint64_t>(objects)), objects == 1 ? "" : "s",
                     last.empty() ? "" : " up to " + last);
}

Status ShowDeadLetters(ServiceClient& client, const Options& options) {
  rapidjson::Document all(rapidjson::kObjectType);
  ASSAY_ASSIGN_OR_RETURN(const bool more, GetDeadLetters(client, options, &all));
  if (options.client.format == "json") {
    PrintJson(all);
    return Status::Ok();
  }
  TextTable table({{"NUMBER", TextTable::Align::kRight},
                   {"ACCOUNT"},
                   {"UNIT"},
                   {"WHAT"},
                   {"GIVEN UP"},
                   {"REASON"}});
  for (const rapidjson::Value& letter : all["deadLetters"].GetArray()) {
    table.Add({std::to_string(IntMember(letter, "sequence")), TextMember(letter, "accountId"),
               TextMember(letter, "unitId"), Subject(letter),
               FriendlyTime(TextMember(letter, "at")), TextMember(letter, "reason")});
  }
  std::fputs(table.empty() ? "No unit of work was given up.\n" : table.Render().c_str(), stdout);
  if (more) std::puts("… and more: --limit N, or --all");
  return Status::Ok();
}

Status Retry(ServiceClient& client, const Options& options) {
  rapidjson::Document body(rapidjson::kObjectType);
  if (!options.all) {
    rapidjson::Value list(rapidjson::kArrayType);
    for (const uint64_t number : options.sequences) list.PushBack(number, body.GetAllocator());
    body.AddMember("sequences", list, body.GetAllocator());
  }
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("POST", "/queue/dead-letters/retry", body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::printf("Handed out again: %s\n", Count(reply, "retried").c_str());
  }
  const size_t missing =
      options.sequences.size() -
      std::min(options.sequences.size(), static_cast<size_t>(IntMember(reply, "retried")));
  if (options.all || missing == 0) return Status::Ok();
  return NotFound(fmt::format(
      "{} of the numbers {} no dead letter, or none any more: see 'assay queue dead-letters'",
      missing, missing == 1 ? "is" : "are"));
}

}  // namespace

void AddQueueCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* queue =
      app.add_subcommand("queue", "Workers of a fleet, what waits for them, and what they gave up");
  queue->footer(kFooter);
  queue->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  AddClientVerb(queue, "status", "What waits, who leads, who works", options, chosen, ShowQueue);
  CLI::App* letters =
      AddClientVerb(queue, "dead-letters", "Units of work that were given up, and why", options,
                    chosen, ShowDeadLetters);
  letters->add_option("--limit", options->limit, "How many, oldest first")
      ->capture_default_str()
      ->type_name("N");
  letters->add_flag("--all", options->all, "All of them");
  CLI::App* retry =
      AddClientVerb(queue, "retry", "Hand out given-up units again", options, chosen, Retry);
  CLI::Option_group* which = retry->add_option_group("");
  which->add_option("NUMBER", options->sequences, "Numbers that 'assay queue dead-letters' shows")
      ->type_name("NUMBER");
  which->add_flag("--all", options->all, "All of them");
  which->require_option(1);
}

}  // namespace assay
