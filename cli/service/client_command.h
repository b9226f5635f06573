// What the commands that talk to a running service have in common: --dir, --format, and how an
// answer or an error ends up on the terminal.
//
// Thread rule: one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "cli/command.h"
#include "cli/service/service_client.h"

namespace assay {

struct ClientOptions {
  std::string directory;         // --dir as typed
  std::string format = "table";  // --format
};

// Adds --dir and --format (table, json, and `more_formats` as "jsonl,csv").
void AddClientOptions(CLI::App* command, ClientOptions* options, const std::string& more_formats);

// Connects, runs `body`, prints an error as "assay: message"; the exit code.
int RunClient(const ClientOptions& options, const std::function<Status(ServiceClient&)>& body);

// `named`, or the master account when it is "".
Result<std::string> AccountOrMaster(ServiceClient& client, const std::string& named);

// Adds the subcommand `name` that runs `body` against the service. Options needs a member `client`.
template <typename Options>
CLI::App* AddClientVerb(CLI::App* parent, const char* name, const char* help,
                        const std::shared_ptr<Options>& options, CommandBody* chosen,
                        Status (*body)(ServiceClient&, const Options&),
                        const std::string& more_formats = "") {
  CLI::App* verb = parent->add_subcommand(name, help);
  AddClientOptions(verb, &options->client, more_formats);
  verb->callback([options, chosen, body] {
    *chosen = [options, body] {
      return RunClient(options->client,
                       [&](ServiceClient& client) { return body(client, *options); });
    };
  });
  return verb;
}

// The JSON on standard output, indented.
void PrintJson(const rapidjson::Value& value);

// "2026-11-24T02:30:00Z" -> "2026-11-24 02:30 UTC"; "" -> "never".
std::string FriendlyTime(const std::string& iso);
// How long ago that was, for what happens all the time: "12 s ago"; from an hour on as
// FriendlyTime.
std::string FriendlyAge(const std::string& iso);

}  // namespace assay
