// `assay status`, `assay enable`, `assay disable`.
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "cli/byte_size.h"
#include "cli/command.h"
#include "cli/service/client_command.h"
#include "cli/service/text_table.h"

namespace assay {
namespace {

// A fleet's leader needs a moment to hand out what comes next.
constexpr int kStuckLooks = 20;

constexpr const char* kStatusFooter = R"(Examples:
  assay status                             what is under way, and what came of it so far
  assay status --wait                      first wait until everything that is there is classified
  assay status --format json --dir ~/assay

A problem that is shown is in the service's log too, with the time it began.)";

constexpr const char* kEnableFooter = R"(Examples:
  assay enable                             with the master account of assay.toml
  assay accounts add 444455556666          then: members that were integrated before as well)";

constexpr const char* kDisableFooter = R"(Examples:
  assay disable --access-ends --data-is-deleted

Both acknowledgements are needed. The roles in the accounts stay in place, and your own objects are
never touched.)";

struct Options {
  ClientOptions client;
  bool wait = false;
  bool access_ends = false;
  bool data_is_deleted = false;
};

void PrintFacts(const rapidjson::Value& status) {
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) std::printf("%-16s %s\n", name, value.c_str());
  };
  line("Service", BoolMember(status, "enabled")
                      ? "enabled since " + FriendlyTime(TextMember(status, "enabledAt"))
                      : "not enabled; run: assay enable");
  line("Master account", TextMember(status, "masterAccountId"));
  line("Region", TextMember(status, "region"));
  line("Store", TextMember(status, "store"));
  line("Version", TextMember(status, "version"));
  line("Last start", FriendlyTime(TextMember(status, "lastStart")) +
                         (BoolMember(status, "lastStopWasClean")
                              ? ""
                              : ", after a stop that was not clean: nothing was lost"));
  line("Speed",
       fmt::format("{} objects a minute, {}/s",
                   FormatCount(static_cast<uint64_t>(IntMember(status, "objectsPerMinute"))),
                   FormatByteSize(static_cast<uint64_t>(IntMember(status, "bytesPerSecond")))));
  line("Problem", TextMember(status, "lastError"));
}

void PrintWalks(const rapidjson::Value& status) {
  TextTable table({{"UNDER WAY"},
                   {"BUCKET"},
                   {"KIND"},
                   {"STATE"},
                   {"LISTED", TextTable::Align::kRight},
                   {"PROBLEM"}});
  for (const rapidjson::Value& walk : ArrayMember(status, "walks").GetArray()) {
    table.Add({TextMember(walk, "accountId"), TextMember(walk, "resource"),
               TextMember(walk, "kind"), TextMember(walk, "state"),
               FormatCount(static_cast<uint64_t>(IntMember(walk, "listedObjects"))),
               TextMember(walk, "lastError")});
  }
  if (!table.empty()) std::printf("\n%s", table.Render().c_str());
}

// Of a fleet: who works.
void PrintFleet(const rapidjson::Value& queue) {
  size_t working = 0, lost = 0;
  for (const rapidjson::Value& worker : ArrayMember(queue, "workers").GetArray()) {
    ++(TextMember(worker, "state") == "lost" ? lost : working);
  }
  std::printf("%-16s %zu%s\n", "Workers", working,
              lost == 0 ? "" : fmt::format(", {} not heard of any more", lost).c_str());
  std::printf("%-16s %s pages, %s units of events, %s dead letters%s\n", "Queue",
              FormatCount(static_cast<uint64_t>(IntMember(queue, "pages"))).c_str(),
              FormatCount(static_cast<uint64_t>(IntMember(queue, "events"))).c_str(),
              FormatCount(static_cast<uint64_t>(IntMember(queue, "deadLetters"))).c_str(),
              BoolMember(queue, "connected") ? "" : " (away)");
}

void PrintOutcomes(const rapidjson::Value& status) {
  TextTable table({{"OUTCOME"},
                   {"REASON"},
                   {"OBJECTS", TextTable::Align::kRight},
                   {"CLASSIFIED", TextTable::Align::kRight},
                   {"HIGH RISK", TextTable::Align::kRight}});
  for (const rapidjson::Value& row : ArrayMember(status, "outcomes").GetArray()) {
    table.Add({TextMember(row, "outcome"), TextMember(row, "reason"),
               FormatCount(static_cast<uint64_t>(IntMember(row, "objects"))),
               FormatByteSize(static_cast<uint64_t>(IntMember(row, "bytesClassified"))),
               FormatCount(static_cast<uint64_t>(IntMember(row, "highRisk")))});
  }
  if (!table.empty()) std::printf("\n%s", table.Render().c_str());
}

// Work that ends by itself: classification of what exists, and events. Comparisons never end.
bool IsBusy(const rapidjson::Value& status) {
  if (IntMember(status, "eventBacklog") > 0) return true;
  for (const rapidjson::Value& walk : ArrayMember(status, "walks").GetArray()) {
    if (TextMember(walk, "kind") != "one-time") continue;
    const std::string state = TextMember(walk, "state");
    if (state == "ready" || state == "blocked") return true;
  }
  return false;
}

// One line, redrawn; only on a terminal.
class WaitLine {
 public:
  void Draw(const rapidjson::Value& status) {
    if (!shown_) return;
    uint64_t recorded = 0, bytes = 0, expected = 0;
    for (const rapidjson::Value& row : ArrayMember(status, "outcomes").GetArray()) {
      recorded += static_cast<uint64_t>(IntMember(row, "objects"));
      bytes += static_cast<uint64_t>(IntMember(row, "bytesClassified"));
    }
    expected = std::max(recorded, static_cast<uint64_t>(IntMember(status, "expectedObjects")));
    constexpr uint64_t kWidth = 30;
    const uint64_t full = expected == 0 ? 0 : recorded * kWidth / expected;
    std::string bar;
    for (uint64_t i = 0; i < kWidth; ++i) bar += i < full ? "█" : "░";
    std::fprintf(stderr, "\r\033[K%s %s of %s objects, %s classified", bar.c_str(),
                 FormatCount(recorded).c_str(), FormatCount(expected).c_str(),
                 FormatByteSize(bytes).c_str());
  }
  ~WaitLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

 private:
  const bool shown_ = isatty(STDERR_FILENO) != 0;
};

Status WaitUntilIdle(ServiceClient& client) {
  WaitLine line;
  int stuck = 0;  // looks in a row at nothing but what was given up
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document status, client.Get("/status"));
    line.Draw(status);
    if (!IsBusy(status)) return Status::Ok();
    ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document queue, client.Get("/queue"));
    const int64_t dead = IntMember(queue, "deadLetters");
    const bool at_work = IntMember(queue, "pages") + IntMember(queue, "events") > 0;
    if (dead > 0 && BoolMember(queue, "counted") && !at_work && ++stuck >= kStuckLooks) {
      return Unavailable(fmt::format(
          "it does not end by itself: {} unit{} given up ('assay queue dead-letters' says why, "
          "'assay queue retry --all' hands out again)",
          dead, dead == 1 ? " of work was" : "s of work were"));
    }
    if (at_work) stuck = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}

Status ShowStatus(ServiceClient& client, const Options& options) {
  if (options.wait) ASSAY_RETURN_IF_ERROR(WaitUntilIdle(client));
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document status, client.Get("/status"));
  if (options.client.format == "json") {
    PrintJson(status);
    return Status::Ok();
  }
  PrintFacts(status);
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document queue, client.Get("/queue"));
  if (BoolMember(queue, "fleet")) PrintFleet(queue);
  PrintWalks(status);
  PrintOutcomes(status);
  return Status::Ok();
}

Status Enable(ServiceClient& client, const Options& options) {
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply,
                         client.Send("POST", "/enable", rapidjson::Value(rapidjson::kObjectType)));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::puts(
        "Enabled. Members that were integrated before must be added again: assay accounts add");
  }
  return Status::Ok();
}

Status Disable(ServiceClient& client, const Options& options) {
  rapidjson::Document body(rapidjson::kObjectType);
  body.AddMember("accessEnds", options.access_ends, body.GetAllocator());
  body.AddMember("dataIsDeleted", options.data_is_deleted, body.GetAllocator());
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document reply, client.Send("POST", "/disable", body));
  if (options.client.format == "json") {
    PrintJson(reply);
  } else {
    std::puts("Disabled. What was collected is deleted; your own objects were not touched.");
  }
  return Status::Ok();
}

}  // namespace

void AddStatusCommand(CLI::App& app, CommandBody* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* status =
      AddClientVerb(&app, "status", "What a running service is doing, and what came of it", options,
                    chosen, ShowStatus);
  status->footer(kStatusFooter);
  status->add_flag("--wait", options->wait,
                   "First wait, with a progress bar, until all existing objects are classified");
}

void AddEnableCommand(CLI::App& app, CommandBody* chosen) {
  AddClientVerb(&app, "enable", "Enable the service with its master account, or enable it again",
                std::make_shared<Options>(), chosen, Enable)
      ->footer(kEnableFooter);
}

void AddDisableCommand(CLI::App& app, CommandBody* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* disable = AddClientVerb(
      &app, "disable", "Disable the service: monitoring ends, what was collected is deleted",
      options, chosen, Disable);
  disable->footer(kDisableFooter);
  disable->add_flag("--access-ends", options->access_ends,
                    "I know that access to all members ends and that they must be added again");
  disable->add_flag("--data-is-deleted", options->data_is_deleted,
                    "I know that processing stops and that all collected metadata is deleted");
}

}  // namespace assay
